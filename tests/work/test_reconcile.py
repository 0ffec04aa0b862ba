"""What is in doubt is looked up at the stated times, closed by proof or by the clock, and never sent again blindly."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
from dataclasses import replace

import pytest
from sqlalchemy import select
from support_world import add_person, make_world, move_clock, only, plan_everything, publish, touches

from channels.base import CallState
from channels.voice import CarrierUnreachable, VoiceEvent
from opportune.rules.facts import DAY, HOUR
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import calls, gate, optout, reconcile

MINUTE = 60
OURS = "+442079460100"


class Listing:
    """A carrier whose list says what the test says; it remembers when it was asked, and for what."""

    def __init__(self, world):
        self.world, self.known, self.silent, self.other = world, [], False, {}
        self.asked, self.cancelled, self.ended = [], [], []

    def find(self, to, since):  # noqa: ARG002
        self.asked.append(self.world.clock.now())
        if self.silent:
            raise CarrierUnreachable("no answer")
        return [replace(CallState(sid, "queued", to, OURS), **self.other) for sid in self.known]

    def cancel(self, sid):
        self.cancelled.append(sid)
        return True

    def end(self, sid):
        self.ended.append(sid)
        return True


@pytest.fixture
def world(db, tmp_path):
    """An executive's call was asked for, and no answer came."""
    world = make_world(db, tmp_path)
    publish(world)
    add_person(world)
    plan_everything(world)
    move_clock(world, only(world).due_at)
    doubt(world)
    world.__dict__["carrier"] = Listing(world)
    return world


def doubt(world):
    """What is due may have left; the number that it shows was chosen with the gate's mark."""
    now = world.clock.now()
    with world.db.write() as session:
        claimed = ledger.claim(session, "call", now, "test", limit=5)
        [(touch, _)] = gate.pass_through(world, session, claimed, now)
        touch.caller = OURS
        ledger.move(session, touch, "uncertain", now=now, who="dispatcher", why="no answer within ten seconds")


def pass_time(world, until, step=10):
    """Until so many seconds after the request, the reconciler looking all the while."""
    began = only(world, channel="call").sending_at if len(touches(world)) == 1 else touches(world)[0].sending_at
    for at in range(world.clock.now(), began + until + 1, step):
        move_clock(world, at)
        reconcile.uncertain(world)
    return [asked - began for asked in world.carrier.asked]


def call(world):
    return touches(world)[0]


def no(world):
    with world.db.write() as session:
        person = call(world).contact_id
        return optout.opt_out(
            world, session, person, reason="operator", evidence="", now=world.clock.now(), touch_id=None
        )


def test_the_carriers_list_is_read_four_times_and_then_the_call_is_given_up_for_that_day(world):
    """D3"""
    assert pass_time(world, HOUR + 20) == [30, 120, 600, 3600]
    assert call(world).state == "not_sent"
    with world.db.read() as session:
        assert session.scalars(select(m.Enrolment.decide_at)).one() >= call(world).sending_at + DAY
    assert len(touches(world)) == 1  # no redial that day


def test_a_call_in_the_list_is_bound_and_no_longer_in_doubt(world):
    """D3"""
    pass_time(world, MINUTE)
    world.carrier.known = ["CA1"]
    pass_time(world, 3 * MINUTE)
    assert (call(world).state, call(world).provider_id, call(world).look_at) == ("sent", "CA1", None)


def test_silence_of_the_carrier_is_no_proof(world):
    """Two lists without the call are: those that came do count."""
    world.carrier.silent = True
    asked = pass_time(world, HOUR + 5 * MINUTE)
    assert call(world).state == "uncertain"
    assert max(later - earlier for earlier, later in itertools.pairwise(asked)) <= 70
    world.carrier.silent = False
    pass_time(world, HOUR + 9 * MINUTE)
    assert (call(world).state, call(world).looks) == ("not_sent", 2)


def test_a_call_of_another_attempt_is_not_taken_for_this_one(world):
    with world.db.write() as session:
        key = "c:another:1:1"
        [other] = ledger.plan(
            session,
            [{"key": key, "token": key, "contact_id": call(world).contact_id, "step": 9, "attempt": 1,
              "channel": "call", "kind": "approach", "template": "announce", "automated": True, "voicemail": False,
              "due_at": world.clock.now() + DAY, "not_after": world.clock.now() + DAY, "rules_version": "1"}],
            world.clock.now(), "test",
        )  # fmt: skip
        other.provider_id = "CA1"
    world.carrier.known = ["CA1"]
    pass_time(world, 3 * MINUTE)
    assert call(world).state == "uncertain"


#: What the carrier says of a call that is not this one.
OTHERS = [
    {"caller": "+442079460200"},  # from another number of ours
    {"created_at": -(MINUTE * 3)},  # before or after our request; when it began to ring says nothing, it may wait long
    {"created_at": MINUTE * 3},
]


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_rang_this_number_otherwise_is_not_taken_for_this_call(world, other):
    """D3"""
    began = call(world).sending_at
    world.carrier.known, world.carrier.other = (
        ["CA1"],
        {name: value if name == "caller" else began + value for name, value in other.items()},
    )
    pass_time(world, 3 * MINUTE)
    assert call(world).state == "uncertain"
    world.carrier.other = {"created_at": began + MINUTE, "caller": "44 20 7946 0100"}  # ours, written otherwise
    pass_time(world, 11 * MINUTE)
    assert (call(world).state, call(world).provider_id) == ("sent", "CA1")


#: What rang that nobody knows of, and what it comes to.
STRANGE = [
    ({"caller": "+442079460200"}, "not_sent"),  # another number of ours rang: not this call
    ({"created_at": -(MINUTE * 7)}, "assumed_sent"),  # our clock may have been wrong when we asked for it
    ({"created_at": 3 * HOUR}, "assumed_sent"),  # or theirs
    ({"created_at": -(DAY + MINUTE)}, "not_sent"),  # not by a day
]


@pytest.mark.parametrize(("other", "state"), STRANGE)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_list_with_a_call_that_nobody_knows_proves_no_absence(world, other, state):
    """D3: a clock that was wrong by minutes must not have somebody rung twice."""
    began = call(world).sending_at
    world.carrier.known = ["CA1"]
    world.carrier.other = {name: value if name == "caller" else began + value for name, value in other.items()}
    pass_time(world, HOUR + 5 * MINUTE)
    assert (call(world).state, call(world).provider_id) == (state, None)


@pytest.fixture
def colleagues(world):
    """Another one of the same switchboard, whose call left together with the first."""
    id = add_person(world, 2, phone="+493023125001;ext=12")
    plan_everything(world)
    with world.db.write() as session:
        theirs = session.scalars(select(m.Touch).where(m.Touch.contact_id == id)).one()
        theirs.due_at, theirs.not_after = call(world).due_at, call(world).not_after
    doubt(world)
    assert [touch.state for touch in touches(world)] == ["uncertain", "uncertain"]
    return world


def test_nobody_takes_the_call_of_a_colleague_at_the_same_number(colleagues):
    """D3: one of the two was placed. The list cannot tell which; its late webhook can."""
    colleagues.carrier.known = ["CA1"]
    pass_time(colleagues, 11 * MINUTE)
    assert [touch.provider_id for touch in touches(colleagues)] == [None, None]
    second, now = touches(colleagues)[1], colleagues.clock.now()
    assert calls.status(colleagues, second.token, VoiceEvent("CA1", "ringing", "late", raw={"CallSid": "CA1"}), now)
    assert [touch.state for touch in touches(colleagues)] == ["uncertain", "ringing"]
    pass_time(colleagues, HOUR + 2 * MINUTE)
    assert [touch.state for touch in touches(colleagues)[:2]] == ["not_sent", "ringing"]


def test_what_no_webhook_ever_tells_apart_is_treated_as_made(colleagues):
    """D3: nobody is rung again that day."""
    colleagues.carrier.known = ["CA1"]
    pass_time(colleagues, HOUR + 20)
    assert [(touch.state, touch.provider_id) for touch in touches(colleagues)] == [("assumed_sent", None)] * 2
    with colleagues.db.read() as session:
        assert all(at >= call(colleagues).sending_at + DAY for at in session.scalars(select(m.Enrolment.decide_at)))


def test_a_call_whose_number_was_erased_meanwhile_stays_in_doubt_and_is_then_treated_as_made(world):
    """D3: a list that nobody could ask for proves nothing."""
    with world.db.write() as session:
        session.delete(session.get_one(m.PreparedMessage, call(world).id))
    assert pass_time(world, HOUR - MINUTE) == []
    assert call(world).state == "uncertain"
    pass_time(world, HOUR + 20)
    assert (call(world).state, len(touches(world))) == ("assumed_sent", 1)


def test_a_report_that_names_the_call_of_another_attempt_is_a_stray(colleagues):
    """D6: told and hung up on, not an error for ever."""
    first, second = touches(colleagues)
    for touch, answer in ((first, []), (second, ["CA1"])):
        report = VoiceEvent("CA1", "ringing", f"of {touch.id}", raw={"CallSid": "CA1"})
        assert calls.status(colleagues, touch.token, report, colleagues.clock.now())
        assert colleagues.carrier.ended == answer
    assert [touch.provider_id for touch in touches(colleagues)] == ["CA1", None]


def test_who_said_no_before_the_call_was_found_is_not_rung_by_it(world):
    """E2"""
    no(world)
    world.carrier.known = ["CA1"]
    pass_time(world, MINUTE)
    assert call(world).state == "cancel_requested"
    assert world.carrier.cancelled == ["CA1"]


def test_a_cancel_whose_process_died_is_asked_by_the_reconciler(world):
    """A10, A12: within two seconds, and again with growing waits until somebody confirms it."""
    world.carrier.known = ["CA1"]
    pass_time(world, MINUTE)
    no(world)  # and nobody asks the carrier: the process died after the commit
    began = world.clock.now()
    when = []
    for at in range(began, began + 400):
        move_clock(world, at)
        when += [at - began] * reconcile.cancels(world)
    assert when[0] <= 2
    assert when == sorted(when)
    assert len(when) == reconcile.ASKS + 1  # then the report that is missing is asked for
    report = VoiceEvent("CA1", "canceled", "last", raw={"CallSid": "CA1"})
    calls.status(world, call(world).token, report, world.clock.now())
    assert call(world).state == "cancelled"


GIVEN_UP = ["not_sent", "assumed_sent"]


@pytest.mark.parametrize("state", GIVEN_UP)
@pytest.mark.parametrize("path", ["words", "status"])
def test_a_call_that_turns_up_after_we_gave_it_up_is_hung_up_on(world, state, path):
    """D7: it counts, what was planned in its stead is cancelled, nobody is rung again that day."""
    with world.db.write() as session:
        touch = session.get_one(m.Touch, call(world).id)
        ledger.move(session, touch, state, now=world.clock.now(), who="test")
    plan_next(world)
    now = world.clock.now()
    said = VoiceEvent("CA9", "ringing", "late", raw={"CallSid": "CA9"})
    if path == "words":
        assert "<Hangup" in calls.words(world, call(world).token, said, now)
    else:
        assert calls.status(world, call(world).token, said, now)
        assert world.carrier.ended == ["CA9"]
    assert (call(world).state, call(world).provider_id) == ("assumed_sent", "CA9")
    assert [touch.state for touch in touches(world)[1:]] == ["cancelled"]
    with world.db.read() as session:
        assert session.scalars(select(m.Enrolment.decide_at)).one() == now + DAY
    over = VoiceEvent("CA9", "completed", "over", raw={"CallSid": "CA9"})
    assert calls.status(world, call(world).token, over, now)
    assert call(world).state == "assumed_sent"


def plan_next(world):
    """The next attempt, as after a refusal."""
    first, now = call(world), world.clock.now()
    with world.db.write() as session:
        same = ("campaign_id", "contact_id", "enrolment_id", "channel", "kind", "template", "rules_version")
        values = {name: getattr(first, name) for name in same}
        values |= {"key": "next", "token": "next", "step": 2, "attempt": 1, "automated": True, "voicemail": False,
                   "due_at": now + HOUR, "not_after": now + 2 * HOUR}  # fmt: skip
        ledger.plan(session, [values], now, "test")


def test_a_second_call_of_one_attempt_is_ended_and_told_once(world):
    """D6"""
    world.carrier.known = ["CA1"]
    pass_time(world, MINUTE)
    for status in ("initiated", "ringing"):
        stray = VoiceEvent("CA2", status, f"CA2 {status}", raw={"CallSid": "CA2"})
        assert calls.status(world, call(world).token, stray, world.clock.now())
    assert world.carrier.ended == ["CA2", "CA2"]
    assert call(world).provider_id == "CA1"
    with world.db.read() as session:
        told = session.scalars(select(m.Audit).where(m.Audit.act == "second_call")).one()
    assert (told.subject, told.data["bound"]) == ("CA2", "CA1")


def test_only_the_dead_of_this_machine_are_taken_for_dead():
    """A17"""
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()
    here = socket.gethostname()
    assert reconcile._dead(f"live {here}:{gone.pid}")
    assert not reconcile._dead(f"live {here}:{os.getpid()}")
    assert not reconcile._dead(f"live another.{here}:{gone.pid}")  # nobody here knows
    assert not reconcile._dead("cli")


def test_what_a_dead_worker_was_sending_is_doubted_when_its_lease_is_over(world):
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()
    owners = {f"live {socket.gethostname()}:{gone.pid}": "uncertain", f"live here:{os.getpid()}": "sending"}
    for owner, becomes in owners.items():
        with world.db.write() as session:
            touch = session.get_one(m.Touch, call(world).id)
            touch.state, touch.lease_owner, touch.lease_until = "sending", owner, world.clock.now() - 1
        reconcile.reap(world)
        assert call(world).state == becomes
