"""The whole way of a call that rings a colleague first, between our application and the carrier of practice."""

from __future__ import annotations

import time
from contextlib import contextmanager

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from support_carrier import ACCOUNT, CALLER, TOKEN, practice
from support_server import serving
from support_world import add_person, make_world, move_clock, only, plan_everything, publish, touches

from opportune import faults
from opportune.rehearsal.server import free_socket
from opportune.store import models as m
from opportune.web import twilio, voice_operator
from opportune.work import operator_first, operators, optout, reconcile

ANNA = "+442079460301"
LITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@contextmanager
def house(db, tmp_path, *options):
    """Our application at a carrier of practice, signatures on."""
    ours = free_socket()
    address = f"http://127.0.0.1:{ours.getsockname()[1]}"
    with practice(tmp_path / "log", "--account", ACCOUNT, "--token", TOKEN, *options) as carrier:
        at_carrier = {"twilio_url": carrier.url, "twilio_account": ACCOUNT, "twilio_token": TOKEN}
        world = make_world(db, tmp_path, calls_per_second=30, twilio_caller=CALLER, public_url=address, **at_carrier)
        app = Starlette(routes=[*twilio.routes(world), *voice_operator.routes(world)])
        with serving(app, ours):
            yield world, carrier
        world.carrier.close()


def due_calls(world, scripts):
    """One person for each script, all to be called by a colleague now; who is who by number."""
    publish(world)
    for number, _ in enumerate(scripts, start=1):
        add_person(world, number)
    plan_everything(world)
    now = touches(world)[0].due_at
    with world.db.write() as session:
        for touch in session.scalars(select(m.Touch)):
            touch.channel, touch.kind, touch.automated, touch.template = "call", "approach", False, "announce"
            touch.due_at = now
    move_clock(world, now)
    return {f"+4930231250{number:02d}": script for number, script in enumerate(scripts, start=1)}


def on_duty(world, *phones):
    for phone in phones:
        operators.add(world, f"Colleague {phone[-1]}", phone)
        operators.on_duty(world, phone)


def set_up(world, carrier, callees):
    carrier.ask("/_sim/clock", {"now": world.clock.now()})
    carrier.ask("/_sim/callees", callees)


def calls(world):
    return {t.contact_id: (t.state, t.result) for t in touches(world) if t.channel == "call" and t.sending_at}


@LITE
def test_one_line_serves_everybody_who_is_due(db, tmp_path):
    with house(db, tmp_path) as (world, carrier):
        people = due_calls(world, ["human", "busy", "no-answer", "nonexistent", "machine"])
        set_up(world, carrier, people | {ANNA: "operator:accepts"})
        on_duty(world, ANNA)
        assert operator_first.ring(world).rung == 1
        carrier.settle()
        assert calls(world) == {
            1: ("completed", "talked"),
            2: ("busy", "busy"),
            3: ("no_answer", "no_answer"),
            4: ("failed", "no_such_number"),
            5: ("completed", "talked"),  # only the colleague knows that it was a machine, and says so on the desk
        }
        stats = carrier.ask("/_sim/stats")
        assert stats["errors"] == 0
        with world.db.read() as session:
            assert session.scalar(select(m.OperatorCall.id).where(m.OperatorCall.over_at.is_(None))) is None
        assert operator_first.ring(world).rung == 0


@LITE
def test_who_does_not_take_it_leaves_it_to_the_next_one(db, tmp_path):
    scripts = ("operator:ignores", "operator:busy", "operator:declines", "operator:accepts")
    phones = [f"+44207946030{number}" for number, _ in enumerate(scripts)]
    with house(db, tmp_path) as (world, carrier):
        people = due_calls(world, ["human"])
        set_up(world, carrier, people | dict(zip(phones, scripts, strict=True)))
        on_duty(world, *phones)
        rung = 0
        for _ in range(5):
            rung += operator_first.ring(world).rung
            carrier.settle()
        assert (rung, list(calls(world).values())) == (4, [("completed", "talked")])


@LITE
def test_a_colleague_who_hangs_up_while_it_rings_leaves_a_missed_call(db, tmp_path):
    """A8: their phone rang, so that a mail follows and the call counts."""
    with house(db, tmp_path) as (world, carrier):
        people = due_calls(world, ["human"])
        set_up(world, carrier, people | {ANNA: "operator:hangs-up"})
        on_duty(world, ANNA)
        operator_first.ring(world)
        carrier.settle()
        assert calls(world) == {1: ("no_answer", "no_answer")}
        assert carrier.ask("/_sim/stats")["child_legs"] == 1
        assert [t.channel for t in touches(world, state="planned")] == ["email"]


@LITE
def test_an_optout_cancels_the_persons_leg_while_it_rings(db, tmp_path):
    with house(db, tmp_path, "--real-time", "0.1") as (world, carrier):
        people = due_calls(world, ["no-answer"])
        set_up(world, carrier, people | {ANNA: "operator:accepts"})
        on_duty(world, ANNA)
        operator_first.ring(world)
        while only(world, channel="call").state != "ringing":
            time.sleep(0.005)
        with world.db.write() as session:
            said = {"reason": "link", "evidence": "link", "now": world.clock.now(), "touch_id": None}
            sids = optout.opt_out(world, session, only(world, channel="call").contact_id, **said)
        optout.cancel_calls(world, sids)
        carrier.settle()
        assert only(world, channel="call").state == "cancelled"
        assert [event["status"] for event in carrier.log(sids[0]) if event["kind"] == "status"][-1] == "canceled"
        assert touches(world, state="planned") == []


@LITE
def test_words_that_are_lost_right_after_the_commit_dial_nobody(db, tmp_path):
    """The touch is `sending`, the answer with the dialling never left us: in doubt, looked up, never dialled again."""
    with house(db, tmp_path) as (world, carrier):
        people = due_calls(world, ["human"])
        set_up(world, carrier, people | {ANNA: "operator:accepts"})
        on_duty(world, ANNA)

        def dies(point):
            if point == "event.committed" and touches(world, state="sending"):
                raise RuntimeError("killed before the answer")

        faults.arm(dies)
        try:
            operator_first.ring(world)
            carrier.settle()
        finally:
            faults.arm(None)
        assert only(world, channel="call").state == "uncertain"
        for seconds in reconcile.CALL_LOOKS:
            move_clock(world, only(world, channel="call").sending_at + seconds)
            reconcile.uncertain(world)
        assert [t.state for t in touches(world) if t.sending_at] == ["not_sent"]
        assert carrier.ask("/_sim/stats")["child_legs"] == 0
