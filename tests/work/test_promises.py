"""A promised call is kept by us or by a colleague, also when the first try does not come about (C4)."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from support_world import add_person, at, make_world, move_clock, plan_everything, publish, touches

from channels.base import Accepted, Refused
from opportune.rules.facts import DAY, CallResult
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.desk import open_wishes
from opportune.work import campaign_life, desk, gate, optout, plan, promises, react, waiting_calls

LITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NO_ROOM = Refused("503", "try later", permanent=False, scope="sender")
NOBODY_THERE = Refused("21211", "no such number", permanent=True)
NOT_THEIRS = Refused("21219", "this call is not allowed", permanent=True, scope="message")


@pytest.fixture
def world(db, tmp_path):
    """Somebody pressed 1 while nobody was free: a call is promised in ten minutes."""
    return promised(make_world(db, tmp_path))


def promised(world, **person):
    publish(world)
    add_person(world, **person)
    plan_everything(world)
    with world.db.write() as session:
        enrolment = session.scalars(select(m.Enrolment)).one()
        promises.made(world, session, enrolment.id, world.clock.now())
        session.flush()
        plan.decide_again(world, session, enrolment.id, world.clock.now())
    return world


def planned(world):
    return [(touch.channel, touch.kind) for touch in touches(world, state="planned")]


def through_the_gate(world):
    """As a colleague accepts; answers whether it may leave."""
    [call] = touches(world, state="planned")
    move_clock(world, call.due_at)
    now = world.clock.now()
    with world.db.write() as session:
        touch = session.get_one(m.Touch, call.id)
        ledger.move(session, touch, "claimed", now=now, who="test", fence=touch.fence + 1)
        claimed = ledger.Claimed(touch.id, touch.contact_id, touch.fence, now + 60)
        return bool(gate.pass_through(world, session, [claimed], now))


def answered(world, answer):
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch).where(m.Touch.state == "sending")).one()
        react.answered(world, session, touch, answer, world.clock.now())


def ended(world, state):
    """The carrier says how it ended; then it is decided anew."""
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch).where(m.Touch.state == "sent")).one()
        ledger.move(session, touch, state, now=world.clock.now(), who="test")
        plan.decide_again(world, session, touch.enrolment_id, world.clock.now(), caused_by=touch.id)


@LITE
def test_a_call_that_was_cancelled_before_it_rang_is_made_again(world):
    assert planned(world) == [("call", "callback")]
    assert through_the_gate(world)
    answered(world, Accepted("CA1"))
    ended(world, "cancelled")
    assert planned(world) == [("call", "callback")]


@LITE
def test_a_call_that_rang_has_met_the_promise(world):
    through_the_gate(world)
    answered(world, Accepted("CA1"))
    with world.db.read() as session:
        assert session.scalars(select(m.Enrolment.id).where(promises.owed())).all(), "on its way, not kept yet"
    ended(world, "no_answer")
    assert ("call", "callback") not in planned(world)
    with world.db.read() as session:
        assert session.scalars(select(m.Enrolment.id).where(promises.owed())).all() == []


@LITE
def test_a_refusal_for_now_and_nobody_free_afterwards_forgets_nothing(world):
    through_the_gate(world)
    answered(world, NO_ROOM)
    [again] = touches(world, state="planned")
    move_clock(world, again.not_after + 1)
    assert waiting_calls.too_late(world, world.clock.now()) == 1
    assert planned(world) == [("call", "callback")]


@LITE
def test_a_line_that_fails_is_tried_a_little_later_a_few_times_and_then_a_colleague_has_it(world):
    began = world.clock.now()
    for tries in range(promises.MOST_TRIES):
        if tries:
            assert not through_the_gate(world), "just tried"
        assert through_the_gate(world)
        answered(world, Accepted(f"CA{tries}"))
        ended(world, "failed")
    assert world.clock.now() - began >= 2 * promises.APART
    assert not through_the_gate(world)
    assert ("call", "callback") not in planned(world)
    assert [wish.contact_id for wish in open_wishes(world.db)] == [1]


@LITE
def test_what_is_refused_for_good_is_a_colleagues_at_once(world):
    through_the_gate(world)
    answered(world, NOT_THEIRS)
    assert not through_the_gate(world)
    assert ("call", "callback") not in planned(world)
    assert [wish.message for wish in open_wishes(world.db)] == ["we promised to call · our call did not come about"]


@LITE
def test_a_number_that_does_not_exist_is_not_tried_again(world):
    through_the_gate(world)
    answered(world, NOBODY_THERE)
    assert ("call", "callback") not in planned(world)
    move_clock(world, world.clock.now() + 7 * DAY)
    plan_everything(world)
    assert ("call", "callback") not in planned(world)


def test_when_the_campaign_ends_a_colleague_keeps_the_promise(world):
    campaign_life.end(world, "meetings", by="ana")
    assert [(wish.name, wish.phone) for wish in open_wishes(world.db)] == [("Person 1", "+493023125001")]
    assert touches(world, state="planned") == []


@LITE
def test_when_the_campaign_ends_a_promise_that_was_kept_is_nobodys(world):
    through_the_gate(world)
    answered(world, Accepted("CA1"))
    ended(world, "completed")
    campaign_life.end(world, "meetings", by="ana")
    assert open_wishes(world.db) == []


@LITE
def test_when_the_campaign_ends_who_said_no_to_calls_is_not_listed(world):
    no = {"reason": "link", "evidence": "", "now": world.clock.now(), "touch_id": None, "channel": "call"}
    with world.db.write() as session:
        optout.opt_out(world, session, 1, **no)
        session.execute(m.Enrolment.__table__.update().values(promised_at=at("2026-03-04 15:00"), state="active"))
    campaign_life.end(world, "meetings", by="ana")
    assert open_wishes(world.db) == []


def nobody_there(world):
    """21211: the carrier knows no such number."""
    through_the_gate(world)
    answered(world, NOBODY_THERE)


def gone_in_another_campaign(world):
    """Nobody picks up there any more, as that one's call finds out before the promised day comes."""
    publish(world, "meetings", key="more-meetings")
    plan_everything(world)
    with world.db.write() as session:
        there = select(m.Touch).join(m.Campaign).where(m.Campaign.key == "more-meetings")
        other = session.scalars(there).one()
        other.channel, other.state, other.due_at, other.sending_at, other.sent_at = "call", "completed", 1, 1, 1
        react.call_over(world, session, other, CallResult.NO_SUCH_NUMBER, world.clock.now(), 0)
    [call] = touches(world, state="planned", kind="callback")
    move_clock(world, call.due_at)
    with world.db.write() as session:
        assert not gate.screen(world, session, session.get_one(m.Touch, call.id), call.due_at)


def nothing(world):
    """The rules find at once that no call of ours may be made."""


#: person, what happens then
UNKEPT = [
    ({}, nobody_there),
    ({"email": None}, nobody_there),  # nor is there another address
    ({"business": False, "consents": ("call_auto",)}, nothing),  # a yes to the recorded call is none to a live one
    ({}, gone_in_another_campaign),
]


@pytest.mark.parametrize(("person", "then"), UNKEPT)
@LITE
def test_a_promise_that_no_call_of_ours_can_keep_is_a_colleagues(db, tmp_path, person, then):
    world = promised(make_world(db, tmp_path), **person)
    then(world)
    assert ("call", "callback") not in planned(world)
    assert [wish.contact_id for wish in open_wishes(world.db)] == [1]
    move_clock(world, world.clock.now() + 7 * DAY)
    plan_everything(world)
    campaign_life.end(world, "meetings", by="ana")
    assert [wish.contact_id for wish in open_wishes(world.db)] == [1]  # once, however often it is decided anew


#: the state of both when a colleague says "Call back" -> what is planned, and whom the desk lists
NOTED = [
    ("active", "live", [("call", "callback")], []),
    ("done", "live", [("call", "callback")], []),  # the cadence was over when the result came
    ("active", "paused", [], [1]),  # nobody knows until when
    ("stopped", "ended", [], [1]),
]


@LITE
@pytest.mark.parametrize("note", ["", "tomorrow after 15"])
@pytest.mark.parametrize(("state", "campaign", "follows", "listed"), NOTED)
def test_a_callback_that_is_entered_late_is_kept_all_the_same(db, tmp_path, state, campaign, follows, listed, note):
    world = make_world(db, tmp_path)
    publish(world)
    add_person(world)
    plan_everything(world)
    with world.db.write() as session:
        talk, here = session.scalars(select(m.Touch)).one(), session.scalars(select(m.Enrolment)).one()
        talk.channel, talk.state, talk.due_at, talk.sending_at, talk.sent_at = "call", "completed", 1, 1, 1
        talk.result, here.state, here.stopped_why = "talked", state, None if state == "active" else "cadence_over"
        session.get_one(m.Campaign, here.campaign_id).state = campaign
    assert desk.enter(world, talk.token, CallResult.CALL_BACK, note)
    assert planned(world) == follows
    assert [wish.contact_id for wish in open_wishes(world.db)] == listed
    assert all(note in wish.message for wish in open_wishes(world.db))  # whoever calls reads when


@LITE
def test_whom_a_colleague_called_by_hand_is_not_called_for_the_same_promise_once_a_number_comes(world):
    nobody_there(world)
    assert desk.called_by_hand(world, 1, "ana")
    with world.db.write() as session:
        session.get_one(m.Contact, 1).phone = "+493023125009"
        plan.facts_changed(world, session, [1], world.clock.now())
    assert ("call", "callback") not in planned(world)
    assert open_wishes(world.db) == []


@LITE
def test_a_number_that_comes_before_a_colleague_called_keeps_the_promise(world):
    nobody_there(world)
    with world.db.write() as session:
        session.get_one(m.Contact, 1).phone = "+493023125009"
        plan.facts_changed(world, session, [1], world.clock.now())
    assert planned(world) == [("call", "callback")]
    assert open_wishes(world.db) == []  # nobody is called twice


@LITE
@pytest.mark.parametrize(
    ("kind", "state", "listed"),
    [
        ("callback", "live", []),  # our own call keeps it
        ("callback", "paused", [1]),  # nobody knows until when
        ("approach", "live", [1]),  # what another campaign wants from them is no answer
    ],
)
def test_only_a_callback_of_a_live_campaign_answers_a_wish(world, kind, state, listed):
    with world.db.write() as session:
        there = {"contact_id": 1, "kind": "callback", "source": "reply", "words": "Please call me", "channel": "call"}
        session.add(m.Remark(at=world.clock.now(), **there))
        session.scalars(select(m.Touch).where(m.Touch.state == "planned")).one().kind = kind
        session.scalars(select(m.Campaign)).one().state = state
    assert [wish.contact_id for wish in open_wishes(world.db)] == listed
