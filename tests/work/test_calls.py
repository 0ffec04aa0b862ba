"""A call's reports come twice, late, out of order, or for a call that is not ours: the result is the same."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import func, select
from support_world import add_person, make_world, move_clock, only, plan_everything, publish, touches

from channels.base import Accepted
from channels.voice import VoiceEvent
from opportune.rules.facts import CallResult
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import calls, costs, desk, gate, operators, optout, react, talks

SID = "CA1"


@pytest.fixture
def world(db, tmp_path):
    """An executive is being called: the touch is `sending`, its 201 has not come yet."""
    world = make_world(db, tmp_path)
    publish(world)
    add_person(world)
    plan_everything(world)
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch)).one()
        touch.channel, touch.kind, touch.automated, touch.voicemail = "call", "approach", True, True
        touch.template = "announce"
    move_clock(world, only(world).due_at)
    with world.db.write() as session:
        claimed = ledger.claim(session, "call", world.clock.now(), "test", limit=5)
        if not gate.pass_through(world, session, claimed, world.clock.now()):
            ledger.move(session, claimed[0], "claimed", now=0, who="test")
            ledger.begin_sending(session, claimed[0], now=world.clock.now(), who="test")
    return world


def token(world):
    return touches(world)[0].token


def event(status, sid=SID, sequence=None, **facts):
    key = f"{sid}:{sequence}:{status}:{facts.get('digits')}"
    return VoiceEvent(sid, status, key, sequence=sequence, **facts)


def report(world, status, **facts):
    return calls.status(world, token(world), event(status, **facts), world.clock.now())


def call(world):
    return touches(world)[0]


REPORTS = [("initiated", 0), ("ringing", 1), ("in-progress", 2), ("no-answer", 3)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "order", list(itertools.permutations(REPORTS))[::3], ids=lambda o: "".join(str(n) for _, n in o)
)
def test_any_order_of_reports_ends_the_same(world, order):
    for status, sequence in order:
        for _ in range(2):  # and each comes twice
            report(world, status, sequence=sequence)
    assert (call(world).state, call(world).result) == ("no_answer", "no_answer")
    follow_up = touches(world, state="planned")
    assert [(t.channel, t.kind, t.caused_by) for t in follow_up] == [("email", "follow_up", call(world).id)]


def test_the_first_call_binds_and_a_second_one_is_hung_up_on(world):
    report(world, "initiated", sequence=0)
    assert call(world).provider_id == SID
    twiml = calls.words(world, token(world), event("in-progress", sid="CA2"), world.clock.now())
    assert "<Hangup" in twiml
    assert "<Say" not in twiml
    assert call(world).provider_id == SID


def test_a_webhook_before_the_201_is_no_second_call(world):
    report(world, "ringing", sequence=1)
    with world.db.write() as session:
        react.answered(world, session, session.get_one(m.Touch, call(world).id), Accepted(SID), world.clock.now())
    assert call(world).state in ("sent", "ringing")
    assert call(world).provider_id == SID


def test_a_person_hears_who_calls_and_how_to_stop_it(world):
    twiml = calls.words(world, token(world), event("in-progress", answered_by="human"), world.clock.now())
    assert "<Gather" in twiml
    assert "Anna Keller" in twiml
    spoken = twiml.split("<Say", 1)[1].partition(">")[2]
    assert "nine" in spoken.partition(". ")[0].lower() or "9" in spoken.partition(". ")[0]  # in the first sentence
    assert call(world).said == "announce"


def test_a_machine_hears_the_voicemail_only_after_its_beep(world):
    twiml = calls.words(world, token(world), event("in-progress", answered_by="machine_end_beep"), world.clock.now())
    assert "<Say" in twiml
    report(world, "completed", sequence=3)
    assert (call(world).state, call(world).result) == ("voicemail_left", "voicemail_left")


def test_key_nine_is_written_before_it_is_confirmed(world):
    calls.words(world, token(world), event("in-progress", answered_by="human"), world.clock.now())
    talks.keys(world, token(world), event("in-progress", digits="9"), world.clock.now())
    with world.db.read() as session:
        assert session.scalar(select(func.count()).select_from(m.Suppression)) >= 1
    report(world, "completed", sequence=3)
    assert call(world).result == "do_not_call"
    assert touches(world, state="planned") == []


def test_key_one_rings_our_colleague_and_waits_for_the_result(world):
    calls.words(world, token(world), event("in-progress", answered_by="human"), world.clock.now())
    twiml = talks.keys(world, token(world), event("in-progress", digits="1"), world.clock.now())
    assert "+442079460999" in twiml
    talked = event("in-progress", dial_status="completed", dial_duration=120)
    talks.after_talk(world, token(world), talked, world.clock.now())
    report(world, "completed", sequence=3)
    assert (call(world).result, call(world).talk_seconds) == ("talked", 120)


def test_key_one_rings_whoever_was_idle_longest_from_the_number_the_callee_saw(world):
    """B9; and C4 when nobody is there."""
    for name, number in (("Kim", "+442079460801"), ("Lou", "+442079460802")):
        operators.add(world, name, number)
    with world.db.write() as session:
        session.get_one(m.Touch, call(world).id).caller = "+442079460777"
    first = event("in-progress", digits="1")
    assert talks.keys(world, token(world), first, world.clock.now()).count("<Dial") == 0, "both are off duty"
    operators.on_duty(world, "Lou")
    later = event("in-progress", sequence=9, digits="1")
    twiml = talks.keys(world, token(world), later, world.clock.now())
    assert "+442079460802" in twiml
    assert 'callerId="+442079460777"' in twiml


def test_key_one_rings_whoever_looks_after_the_callee(world):
    """B9"""
    for name, number in (("Kim", "+442079460801"), ("Lou", "+442079460802")):
        operators.add(world, name, number)
        operators.on_duty(world, name)
    with world.db.write() as session:
        lou = session.scalars(select(m.Operator).where(m.Operator.name == "Lou")).one()
        session.scalars(select(m.Contact)).one().owner_id = lou.id
    twiml = talks.keys(world, token(world), event("in-progress", digits="1"), world.clock.now())
    assert "+442079460802" in twiml


def test_a_number_that_does_not_exist_is_cleaned_out(world):
    report(world, "failed", sequence=3, sip_code=404)
    assert call(world).result == "no_such_number"
    with world.db.read() as session:
        assert session.scalars(select(m.Contact.phone)).one() is None


def test_who_opted_out_meanwhile_hears_nothing(world):
    with world.db.write() as session:
        session.add(m.Suppression(contact_id=call(world).contact_id, kind="person", reason="operator", at=1))
    assert "<Say" not in calls.words(world, token(world), event("in-progress"), world.clock.now())


def test_an_unknown_call_is_not_ours(world):
    assert not calls.status(world, "no such token", event("ringing"), world.clock.now())


def at_once(world, *told):
    for leaf, facts in told:
        leaf(world, token(world), event("in-progress", **facts) if leaf is not calls.status else over(), 1)


def over():
    return event("completed", sequence=3, answered_by="human")


#: Both sides hang up in the same instant: what is told last -> the result, whichever comes first
LAST_WORDS = [
    ([(talks.keys, {"digits": "1"}), (talks.after_talk, {"dial_status": "completed", "dial_duration": 90})], "talked"),
    ([(talks.keys, {"digits": "1"}), (talks.after_talk, {"dial_status": "no-answer"})], "call_back"),
    ([(talks.keys, {"digits": "2"})], "email_please"),
    ([(talks.keys, {"digits": "9"})], "do_not_call"),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("told", "result"), LAST_WORDS, ids=[result for _, result in LAST_WORDS])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_both_hang_up_in_the_same_instant_and_the_result_is_the_same(world, told, result, place):
    calls.words(world, token(world), event("in-progress", answered_by="human"), world.clock.now())
    at_once(world, *told[:place], (calls.status, {}), *told[place:])
    assert (call(world).state, call(world).result) == ("completed", result)
    planned = [(touch.channel, touch.kind) for touch in touches(world, state="planned")]
    assert planned == ([] if result == "do_not_call" else planned[:1])
    with world.db.read() as session:
        promised = session.scalars(select(m.Enrolment.promised_at)).one()
    assert (promised is not None) == (result == "call_back")


def test_what_a_colleague_said_of_a_talk_stays_when_the_carrier_comes_late(world):
    calls.words(world, token(world), event("in-progress", answered_by="human"), world.clock.now())
    talks.keys(world, token(world), event("in-progress", digits="1"), world.clock.now())
    report(world, "completed", sequence=3)
    desk.enter(world, token(world), CallResult.MEETING, "Thursday")
    after = event("completed", dial_status="completed", dial_duration=90)
    talks.after_talk(world, token(world), after, world.clock.now())
    assert call(world).result == "meeting_booked"


def test_a_result_whose_button_was_pressed_twice_counts_once(world):
    for _ in range(2):
        assert desk.enter(world, token(world), CallResult.NOT_INTERESTED, "has one already")
    with world.db.read() as session:
        assert session.scalar(select(func.count()).select_from(m.Outcome).where(m.Outcome.kind == "lost")) == 1


def test_a_fax_is_hung_up_on_and_what_is_unknown_is_a_person(world):
    heard = {
        who: calls.words(world, token(world), event("in-progress", answered_by=who, digits=who), world.clock.now())
        for who in ("fax", "unknown")
    }
    assert "<Say" not in heard["fax"]
    assert "<Gather" in heard["unknown"]


def test_why_a_colleague_could_not_be_reached_is_told_with_its_remedy(world):
    calls.words(world, token(world), event("in-progress", answered_by="human"), world.clock.now())
    talks.keys(world, token(world), event("in-progress", digits="1"), world.clock.now())
    failed = event("in-progress", dial_status="failed", error_code=13227)
    twiml = talks.after_talk(world, token(world), failed, world.clock.now())
    assert "call you back" in twiml
    report(world, "completed", sequence=3)
    assert call(world).result == "call_back"
    with world.db.read() as session:
        assert any("13227 Allow this country" in (each.why or "") for each in session.scalars(select(m.TouchEvent)))


def test_who_says_no_while_the_call_is_not_known_yet_is_not_rung_by_it(world, monkeypatch):
    cancelled = []
    monkeypatch.setattr(type(world.carrier), "cancel", lambda _, sid: cancelled.append(sid))
    with world.db.write() as session:
        optout.opt_out(world, session, call(world).contact_id, reason="link", evidence="", now=1, touch_id=None)
    report(world, "ringing", sequence=1)
    assert (cancelled, call(world).state) == ([SID], "cancel_requested")
    report(world, "canceled", sequence=2)
    assert call(world).state == "cancelled"


#: How the call ended, seconds as the carrier counted them -> started minutes we pay for (F1)
MINUTES = [("completed", 1, 1), ("completed", 60, 1), ("completed", 61, 2), ("no-answer", 0, 0), ("busy", None, 0)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("status", "seconds", "minutes"), MINUTES)
def test_a_call_costs_its_started_minutes(world, status, seconds, minutes):
    report(world, status, sequence=3, duration=seconds)
    with world.db.read() as session:
        cost = session.scalar(select(func.sum(m.TouchCost.amount))) or 0
    assert cost == pytest.approx(minutes * costs.MINUTE)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_both_legs_are_paid_once_though_the_end_is_told_twice(world):
    """The talk and the key come after the end: what was reckoned is reckoned again, the minutes are not."""
    report(world, "completed", sequence=3, duration=100)
    talks.after_talk(world, token(world), event("in-progress", dial_status="completed", dial_duration=70), 0)
    talks.keys(world, token(world), event("in-progress", digits="1"), world.clock.now())
    with world.db.read() as session:
        booked = dict(session.execute(select(m.TouchCost.kind, m.TouchCost.amount)).tuples().all())
        assert session.scalar(select(func.count(m.TouchCost.id))) == 2
    assert booked == pytest.approx({"minutes": 2 * costs.MINUTE, "talk": 2 * costs.MINUTE})


def test_a_call_answered_after_its_window_hears_nothing(world):
    late = call(world).not_after + calls.RINGING + 1
    assert "<Say" not in calls.words(world, token(world), event("in-progress", answered_by="human"), late)


def test_asked_twice_for_the_words_the_same_call_hears_them_twice(world):
    asked = event("in-progress", answered_by="human")
    twice = [calls.words(world, token(world), asked, world.clock.now()) for _ in range(2)]
    assert twice[0] == twice[1]
    assert "<Gather" in twice[1]
