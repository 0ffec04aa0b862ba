"""Each answer of a provider, and each thing a person does, moves the touch and plans what follows."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from support_world import add_person, make_world, move_clock, only, plan_everything, publish, touches

from channels.base import Accepted, Refused, Unknown
from opportune.rules.facts import DAY, CallResult
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.desk import open_wishes
from opportune.work import arrivals, desk, dispatch, erasure, gate, optout, plan, react, reconcile


@pytest.fixture
def world(db, tmp_path):
    """A clerk in a clarification campaign: a mail, marked as leaving."""
    world = make_world(db, tmp_path)
    publish(world, "clarifications")
    add_person(world, status="staff", interest="warm")
    plan_everything(world)
    move_clock(world, only(world).due_at)
    with world.db.write() as session:
        claimed = ledger.claim(session, "email", world.clock.now(), "test", limit=5)
        assert gate.pass_through(world, session, claimed, world.clock.now())
    return world


def answer(world, given):
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch).where(m.Touch.state.in_(("sending", "uncertain")))).one()
        react.answered(world, session, touch, given, world.clock.now())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("code", "detail", "told"),
    [
        ("550 5.1.1", "5.1.1 no such user", "550 5.1.1 no such user"),  # servers repeat their code
        ("550 5.7.1", "5.7.1 policy\n5.7.1 see the page", "550 5.7.1 policy\nsee the page"),  # on each line
        ("550", "no such user", "550 no such user"),
        ("21211", "'To' 21211 is no number", "21211 'To' 21211 is no number"),  # the carrier's words stay as they are
    ],
)
def test_a_refusal_names_its_code_once(world, code, detail, told):
    answer(world, Refused(code, detail, permanent=True, scope="message"))
    with world.db.read() as session:
        assert session.scalars(select(m.TouchEvent.why).where(m.TouchEvent.now == "failed")).one() == told


def contact(world):
    with world.db.read() as session:
        return session.scalars(select(m.Contact)).one()


def enrolment(world):
    with world.db.read() as session:
        return session.scalars(select(m.Enrolment)).one()


#: What the channel answered -> (state, attempts planned after it, is the address still good)
ANSWERS = [
    (Accepted("queued as 1"), "sent", 0, True),
    # a definite temporary refusal: another try is a new row
    (Refused("451 4.3.0", "later", permanent=False), "not_sent", 1, True),
    (Refused("", "nothing listens", permanent=False, scope="sender", phase="connect"), "not_sent", 1, True),
    # E7: the address does not exist
    (Refused("550 5.1.1", "no such user", permanent=True), "failed", 0, False),
    # our domain is at fault, never the person
    (Refused("550 5.7.1", "policy", permanent=True, scope="sender"), "failed", 0, True),
    # it may have left: never tried again blindly
    (Unknown("dropped after the dot", phase="body"), "uncertain", 0, True),
]


@pytest.mark.parametrize(("given", "state", "retries", "good"), ANSWERS, ids=[str(a[0])[:40] for a in ANSWERS])
def test_an_answer_moves_the_touch(world, given, state, retries, good):
    answer(world, given)
    first, *others = touches(world)
    assert first.state == state
    again = [t for t in others if t.step == first.step and t.state == "planned"]
    assert [t.attempt for t in again] == [2] * retries
    assert (contact(world).email is not None) is good


def test_an_answer_after_a_webhook_changes_nothing(world):
    answer(world, Accepted("one"))
    with world.db.write() as session:
        react.answered(world, session, session.get_one(m.Touch, only(world).id), Unknown("late"), 0)
    assert only(world).state == "sent"


def test_after_three_attempts_it_rests(world):
    for _ in range(2):
        answer(world, Refused("451", "later", permanent=False))
        planned = touches(world, state="planned")[0]
        move_clock(world, planned.due_at)
        with world.db.write() as session:
            session.get_one(m.Touch, planned.id).state = "sending"
    answer(world, Refused("451", "later", permanent=False))
    assert [t.state for t in touches(world)] == ["not_sent"] * 3


def test_a_reply_meets_a_clarifying_goal_and_stops_the_campaign(world):
    answer(world, Accepted("one"))
    with world.db.write() as session:
        react.replied(world, session, session.get_one(m.Touch, only(world).id), "Here is why", world.clock.now())
    assert (enrolment(world).state, enrolment(world).stopped_why) == ("stopped", "goal_met")
    with world.db.read() as session:
        assert sorted(session.scalars(select(m.Outcome.kind))) == ["goal_met", "reply"]


#: What the operator says -> (state of the enrolment, why it stopped)
WORDS = [
    (CallResult.MEETING, "stopped", "goal_met"),
    (CallResult.NOT_INTERESTED, "active", None),  # A17: lost for now, waits for another try
    (CallResult.INTERESTED, "active", None),  # B4: a mail follows
    (CallResult.CALL_BACK, "active", None),  # C4: promised
]


@pytest.mark.parametrize(("result", "state", "why"), WORDS)
def test_the_operators_word_decides_what_follows(db, tmp_path, result, state, why):
    world = make_world(db, tmp_path)
    publish(world)
    add_person(world)
    plan_everything(world)
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch)).one()
        touch.channel, touch.state = "call", "completed"
        touch.sending_at = touch.sent_at = world.clock.now() - 600
        touch.result, touch.talk_seconds = "talked", 200
        session.flush()
        react.operator_says(world, session, touch, result, "", world.clock.now())
    assert (enrolment(world).state, enrolment(world).stopped_why) == (state, why)
    planned = [(t.channel, t.kind) for t in touches(world, state="planned")]
    expected = {CallResult.INTERESTED: [("email", "follow_up")], CallResult.CALL_BACK: [("call", "callback")]}
    assert planned == expected.get(result, [])


def test_a17_lost_for_now_is_tried_again_by_mail_with_a_new_offer(db, tmp_path):
    world = make_world(db, tmp_path)
    publish(world, retry_lost_days=[7, 30])
    add_person(world)
    plan_everything(world)
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch)).one()
        touch.channel, touch.state = "call", "completed"
        touch.sending_at = touch.sent_at = world.clock.now() - 600
        session.flush()
        react.operator_says(world, session, touch, CallResult.NOT_INTERESTED, "not now", world.clock.now())
    assert enrolment(world).decide_at == world.clock.now() - 600 + 7 * DAY
    move_clock(world, enrolment(world).decide_at)
    plan_everything(world)
    again = only(world, state="planned")
    assert (again.channel, again.kind, again.template) == ("email", "nurture", "nurture")


@pytest.mark.parametrize(
    ("setting", "mine", "promised", "states"),
    [
        (True, "Acme", None, ["stopped", "stopped"]),
        (False, "Acme", None, ["stopped", "active"]),  # it is a setting
        (True, "Other", None, ["stopped", "active"]),  # another company
        (True, None, None, ["stopped", "active"]),  # no company known
        (True, "Acme", 1, ["stopped", "active"]),  # C4: what we promised we keep
    ],
)
def test_a_reply_stops_colleagues_too_where_the_campaign_says_so(db, tmp_path, setting, mine, promised, states):
    """Promise 5."""
    world = make_world(db, tmp_path)
    publish(world, "clarifications", stop_colleagues=setting)
    with world.db.write() as session:
        companies = {name: m.Company(name=name, facts={}, created_at=0) for name in ("Acme", "Other")}
        session.add_all(companies.values())
        session.flush()
        acme, other = companies["Acme"].id, companies[mine].id if mine else None
    add_person(world, 1, company_id=acme)
    add_person(world, 2, company_id=other)
    plan_everything(world)
    with world.db.write() as session:
        first, second = session.scalars(select(m.Enrolment).order_by(m.Enrolment.id))
        second.promised_at = promised
        touch = session.scalars(select(m.Touch).where(m.Touch.enrolment_id == first.id)).one()
        react.replied(world, session, touch, "We know enough", world.clock.now())
    with world.db.read() as session:
        found = session.execute(select(m.Enrolment.state, m.Enrolment.stopped_why).order_by(m.Enrolment.id)).all()
    assert [state for state, _ in found] == states
    assert found[1].stopped_why in (None, "colleague_goal_met")
    assert len(touches(world, state="planned")) == states.count("active")


def test_a_callback_promised_while_a_mail_left_is_planned_once(world):
    """C4: the mail's answer comes after the callback was planned; the planner must not plan it again."""
    with world.db.write() as session:
        enrolment(world)
        session.get_one(m.Enrolment, only(world).enrolment_id).promised_at = world.clock.now() + 600
        session.flush()
        plan.decide_again(world, session, only(world).enrolment_id, world.clock.now())
    assert [t.kind for t in touches(world, state="planned")] == ["callback"]
    answer(world, Accepted("queued as 1"))
    plan_everything(world)
    assert [t.kind for t in touches(world, state="planned")] == ["callback"]


def test_a_late_bounce_leaves_a_newer_address_alone(world):
    with world.db.write() as session:
        session.scalars(select(m.Contact)).one().email = "newer@firm.example"
    answer(world, Refused("550 5.1.1", "no such user", permanent=True))
    assert contact(world).email == "newer@firm.example"


def test_what_a_person_asked_for_is_tried_for_days_under_one_message_id(db, tmp_path):
    """Promise 1: at least once, also when our mail server is down for a day."""
    world = make_world(db, tmp_path)
    add_person(world)
    with world.db.write() as session:
        lead = m.Lead(
            public_id="x", idempotency_key="x", form="lead_magnet", form_version="1", fields={}, answer_by="email",
            received_at=world.clock.now(),
        )  # fmt: skip
        session.add(lead)
        session.flush()
        arrivals.leads_arrived(world, session, [(lead, session.scalars(select(m.Contact)).one())], lead.received_at)
    began = world.clock.now()
    while waiting := touches(world, state="planned"):
        move_clock(world, waiting[0].due_at)
        assert dispatch.requested(world).refused == 1  # nothing listens
    assert world.clock.now() - began > 2 * 86400
    tried = touches(world)
    assert len(tried) == react.ASKED_ATTEMPTS
    assert len({t.message_id for t in tried}) == len({t.words_hash for t in tried}) == 1
    world.close()


def a_lead(form, contact, received_at, **fields):
    return m.Lead(
        public_id=form, idempotency_key=form, form=form, form_version="1", contact_id=contact, fields=fields,
        answer_by="call", received_at=received_at,
    )  # fmt: skip


def test_a_meeting_booked_without_our_link_stops_the_campaign_that_asks_for_one(db, tmp_path):
    world = make_world(db, tmp_path)
    publish(world)
    who = add_person(world)
    plan_everything(world)
    with world.db.write() as session:
        lead = a_lead("booking", who, world.clock.now())
        session.add(lead)
        session.flush()
        arrivals.leads_arrived(world, session, [(lead, session.get_one(m.Contact, who))], world.clock.now())
    assert (enrolment(world).state, enrolment(world).stopped_why) == ("stopped", "goal_met")
    assert [touch.kind for touch in touches(world, state="planned")] == ["requested"]  # the confirmation


def test_who_asks_to_be_called_while_no_campaign_can_is_listed_at_the_desk(db, tmp_path):
    world = make_world(db, tmp_path)
    who = add_person(world)
    with world.db.write() as session:
        lead = a_lead("callback", who, world.clock.now(), message="about prices")
        session.add(lead)
        session.flush()
        arrivals.leads_arrived(world, session, [(lead, session.get_one(m.Contact, who))], world.clock.now())
    assert [(wish.name, wish.message) for wish in open_wishes(world.db)] == [("Person 1", "about prices")]

    for channel, listed in (("email", 1), ("call", 0)):  # a colleague calls by hand: no gate asks again
        with world.db.write() as session:
            no = {"reason": "link", "evidence": "", "now": world.clock.now(), "touch_id": None, "channel": channel}
            optout.opt_out(world, session, who, **no)
        assert len(open_wishes(world.db)) == listed
    optout.allow(world, f"#{who}", why="a wrong click", by="ana")
    assert len(open_wishes(world.db)) == 1
    erasure.erase(world, f"#{who}", by="ana", why="they asked")
    assert open_wishes(world.db) == []


@pytest.mark.parametrize(("goal", "listed"), [(None, 1), ("clarifications", 1), ("meetings", 0)])
def test_a_meeting_that_no_campaign_counts_is_listed_at_the_desk(db, tmp_path, goal, listed):
    """B7: somebody chose a time with us, and somebody must be there."""
    world = make_world(db, tmp_path)
    who = add_person(world)
    if goal:
        publish(world, goal)
        plan_everything(world)
    with world.db.write() as session:
        lead = a_lead("booking", who, world.clock.now(), when="2026-03-10T10:00", message="prices")
        session.add(lead)
        session.flush()
        arrivals.leads_arrived(world, session, [(lead, session.get_one(m.Contact, who))], world.clock.now())
    wishes = open_wishes(world.db)
    assert [wish.message for wish in wishes] == ["2026-03-10 10:00 · prices"] * listed
    assert [wish for wish in wishes if not desk.called_by_hand(world, wish.contact_id, "ana")] == []
    assert open_wishes(world.db) == []


def test_what_was_asked_for_is_transmitted_twice_at_most_under_one_message_id(db, tmp_path):
    world = make_world(db, tmp_path)
    publish(world)
    who = add_person(world)
    with world.db.write() as session:
        lead = a_lead("lead_magnet", who, world.clock.now())
        lead.answer_by = "email"
        session.add(lead)
        session.flush()
        arrivals.leads_arrived(world, session, [(lead, session.get_one(m.Contact, who))], world.clock.now())
    for _ in range(2):
        with world.db.write() as session:
            claimed = ledger.claim(session, "email", world.clock.now(), "test", limit=5, only_requested=True)
            [(touch, _)] = gate.pass_through(world, session, claimed, world.clock.now())
            react.answered(world, session, touch, Unknown("dropped after the dot"), world.clock.now())
        move_clock(world, world.clock.now() + reconcile.REQUESTED_AGAIN)
        reconcile.uncertain(world)
    mails = touches(world, kind="requested")
    assert [t.state for t in mails] == ["not_sent", "uncertain"]
    assert len({t.message_id for t in mails}) == 1
