"""Key 2 and "Send it by email" (A9): what was asked for leaves at once, and where it cannot, nothing is promised."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from support_world import add_person, at, make_world, move_clock, plan_everything, publish, touches

from channels.base import Accepted, Refused
from channels.voice import VoiceEvent
from opportune.rules.facts import CallResult
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.desk import open_wishes
from opportune.work import calls, desk, gate, optout, plan, react, talks

COMING = "will send it to you by email"
EVENING = at("2026-03-03 19:25")  # no slot, and past the hours of the campaign's mail


@pytest.fixture
def world(db, tmp_path):
    world = make_world(db, tmp_path)
    yield world
    world.close()


def event(status, **facts):
    return VoiceEvent("CA1", status, f"{status}:{facts}", **facts)


def talking(world, campaign="meetings", **given):
    """The announced call of one campaign is under way, in the evening; answers for its token."""
    publish(world, campaign, **given.pop("document", {}))
    who = add_person(world, **given)
    plan_everything(world)
    move_clock(world, EVENING)
    with world.db.write() as session:
        first = m.Touch.contact_id == who
        touch = session.scalars(select(m.Touch).where(first).order_by(m.Touch.id)).first()
        touch.channel, touch.kind, touch.automated, touch.template = "call", "approach", True, "announce"
        touch.state, touch.sending_at, touch.sent_at, touch.provider_id = "answered", EVENING - 60, EVENING - 60, "CA1"
        touch.answered_by = "human"
        return touch.token


def presses_2(world, token):
    said = talks.keys(world, token, event("in-progress", digits="2"), EVENING)
    calls.status(world, token, event("completed", sequence=3, answered_by="human"), EVENING)
    return said


def leaves(world):
    """What a pass for requested mail would send this very second."""
    with world.db.write() as session:
        now = world.clock.now()
        claimed = ledger.claim(session, "email", now, "test", limit=5, only_requested=True)
        return [(touch.kind, touch.template, words.recipient, words.content.decode("utf-8", "replace"))
                for touch, words in gate.pass_through(world, session, claimed, now)]  # fmt: skip


def enrolments(world):
    with world.db.read() as session:
        return session.scalars(select(m.Enrolment).order_by(m.Enrolment.id)).all()


def asked_by_key(world, token):
    presses_2(world, token)


def asked_of_a_colleague(world, token):
    desk.enter(world, token, CallResult.EMAIL_PLEASE, "")


ASKED = pytest.mark.parametrize("ask", [asked_by_key, asked_of_a_colleague])


@ASKED
def test_what_was_asked_for_leaves_at_once_whatever_the_hour_and_the_caps(world, ask):
    ask(world, talking(world, document={"caps": {"per_day": 1, "per_week": 1}}))
    [(kind, template, recipient, words)] = leaves(world)
    assert (kind, template, recipient) == ("requested", "after_talk", "person1@firm.example")
    assert "You asked on the phone to have it in writing" in words
    assert open_wishes(world.db) == []


def test_it_stays_in_the_thread_of_an_earlier_mail(world):
    token = talking(world)
    with world.db.write() as session:
        call = session.scalars(select(m.Touch)).one()
        call.step = 2
        same = {name: getattr(call, name) for name in m.Touch.__table__.columns.keys() if name != "id"}  # noqa: SIM118
        mail = {"key": "k", "token": "k", "step": 1, "channel": "email", "state": "delivered", "provider_id": None}
        mail |= {"sending_at": 1_700_000_000, "sent_at": 1_700_000_000, "message_id": "<first@brightdesk.example>"}
        session.add(m.Touch(**(same | mail | {"template": "first_proposal", "decision_id": None})))
    presses_2(world, token)
    assert "In-Reply-To: <first@brightdesk.example>" in leaves(world)[0][3]


@ASKED
def test_where_mail_wants_a_yes_that_one_mail_leaves_and_no_other(world, ask):
    """E1: who asks for it has said yes to it, and to nothing that follows."""
    token = talking(world, consents=("call", "call_auto", "voicemail"))
    if ask is asked_by_key:
        assert COMING in presses_2(world, token)
    else:
        ask(world, token)
    assert [kind for kind, *_ in leaves(world)] == ["requested"]
    assert open_wishes(world.db) == []
    with world.db.write() as session:
        react.answered(world, session, session.get_one(m.Touch, touches(world)[-1].id), Accepted("queued"), EVENING)
    for days in (0, 40):
        move_clock(world, EVENING + days * 86400)
        plan_everything(world)
        assert touches(world, state="planned") == []
    assert [(each.state, each.stopped_why) for each in enrolments(world)] == [("done", "needs_consent")]


def test_it_is_said_that_a_mail_comes_where_it_does(world):
    assert COMING in presses_2(world, talking(world))


#: What stands in the way -> held, why it ended, what the campaign is like
CANNOT = [
    ({"email": None}, None),  # no address: the enrolment waits for one
    ({"document": {"channels": ["call"]}}, "channel_off"),
]


@ASKED
@pytest.mark.parametrize(("given", "ended"), CANNOT)
def test_where_no_mail_can_leave_the_desk_lists_it_and_nobody_calls_again(world, ask, given, ended):
    ask(world, talking(world, **given))
    for days in (0, 2):
        move_clock(world, EVENING + days * 86400)
        plan_everything(world)
        assert touches(world, state="planned") == []
    assert [(each.stopped_why, each.state) for each in enrolments(world)] == [(ended, "done" if ended else "active")]
    assert [(wish.name, wish.mail) for wish in open_wishes(world.db)] == [("Person 1", True)]


@pytest.mark.parametrize(("given", "_"), CANNOT)
@pytest.mark.parametrize("language", ["en", "ru", "ro", "de"])
def test_no_mail_is_promised_that_cannot_leave(world, given, _, language):
    said = presses_2(world, talking(world, language=language, **given))
    assert "<Say" in said
    assert not [word for word in ("mail", "пись", "call you", "перезвон", "sunăm", "rufen") if word in said], said


def test_a_colleague_mends_the_address_and_the_mail_leaves(world):
    presses_2(world, talking(world, email=None))
    with world.db.write() as session:
        session.scalars(select(m.Contact)).one().email = "new@firm.example"
        session.flush()
        plan.facts_changed(world, session, [1], EVENING)
    [(_, _, recipient, words)] = leaves(world)
    assert recipient == "new@firm.example"
    assert "You asked on the phone to have it in writing" in words  # it still belongs to the call
    with world.db.write() as session:
        ledger.move(session, session.get_one(m.Touch, touches(world)[-1].id), "sent", now=EVENING, who="test",
                    sent_at=EVENING)  # fmt: skip
    assert open_wishes(world.db) == []


#: to what they say no since -> who is still listed, with which number to call
NOES = [
    ("email", []),  # they want it no more
    (None, []),
    ("call", [("Person 1", "")]),  # they want it all the same, and nobody rings them about it
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("channel", "listed"), NOES)
def test_who_says_no_to_mail_since_waits_for_none(world, channel, listed):
    """E1"""
    presses_2(world, talking(world, email=None))
    no = {"reason": "link", "evidence": "", "now": EVENING, "touch_id": None, "channel": channel}
    with world.db.write() as session:
        optout.opt_out(world, session, 1, **no)
    assert [(wish.name, wish.phone) for wish in open_wishes(world.db)] == listed


def test_what_is_on_its_way_is_not_planned_twice(world):
    presses_2(world, talking(world))
    with world.db.write() as session:
        plan.facts_changed(world, session, [1], EVENING)
    desk.enter(world, touches(world)[0].token, CallResult.EMAIL_PLEASE, "by mail, please")
    assert [touch.kind for touch in touches(world, channel="email")] == ["requested"]
    assert len(leaves(world)) == 1


#: What the server says for good -> the address is gone, and in how many seconds it is tried again
REFUSALS = [("address", True, None), ("message", False, 86400), ("sender", False, 900)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("scope", "gone", "again"), REFUSALS)
def test_a_refusal_does_not_make_it_leave_again_and_again(world, scope, gone, again):
    presses_2(world, talking(world))
    leaves(world)
    with world.db.write() as session:
        mine = session.get_one(m.Touch, touches(world)[-1].id)
        react.answered(world, session, mine, Refused("no", "550", permanent=True, scope=scope), EVENING)
    assert leaves(world) == []
    with world.db.read() as session:
        assert (session.get_one(m.Contact, 1).email is None) == gone
    move_clock(world, EVENING + (again or 86400))
    plan_everything(world)
    assert len(leaves(world)) == (0 if gone else 1)


@pytest.mark.parametrize("channel", [None, "email"])
def test_who_says_no_between_the_key_and_the_mail_gets_none(world, channel):
    presses_2(world, talking(world))
    with world.db.write() as session:
        no = {"reason": "link", "evidence": "", "now": EVENING, "touch_id": None, "channel": channel}
        optout.opt_out(world, session, 1, **no)
    assert leaves(world) == []
    assert touches(world, state="planned") == []


def test_a_no_that_came_by_the_address_stops_it_at_the_gate(world):
    """The opt-out of another record with the same address cancels nothing of ours: the gate sees it."""
    presses_2(world, talking(world))
    with world.db.write() as session:
        digest = world.signer.address_digest("person1@firm.example")
        session.add(m.Suppression(kind="email", digest=digest, channel="email", reason="link", evidence="", at=EVENING))
    assert leaves(world) == []
    assert [each.stopped_why for each in enrolments(world)] == ["consent_withdrawn"]


def test_key_2_counts_in_every_campaign(world):
    publish(world, "trials")
    token = talking(world)
    other = next(touch for touch in touches(world) if touch.token != token)
    with world.db.write() as session:
        mine = session.get_one(m.Touch, other.id)
        mine.channel, mine.automated, mine.due_at = "call", True, EVENING + 2 * 86400
    presses_2(world, token)
    with world.db.read() as session:
        contact = session.get_one(m.Contact, 1)
        assert (contact.prefers, contact.prefers_strength) == ("email", "stated")
        assert contact.prefers_evidence == "pressed 2 on the phone"
        [remark] = session.scalars(select(m.Remark).where(m.Remark.kind == "prefers"))
        assert (remark.source, remark.ref) == ("call", touches(world, token=token)[0].key)
    assert [touch.channel for touch in touches(world, state="planned", channel="call")] == []
    assert touches(world, id=other.id)[0].state == "cancelled"
