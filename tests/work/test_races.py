"""Two at once for the same person: neither fails, nothing is lost, nothing happens twice. Each pair stands at the very
point where PostgreSQL, which locks rows and not the house, once let both through."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select, update
from support_world import add_person, make_world, move_clock, only, plan_everything, publish, touches

from channels.base import Accepted, CallState, Incoming, Unknown
from channels.voice import VoiceEvent
from opportune.store import contacts, leads, ledger, pacing
from opportune.store import models as m
from opportune.work import (
    audience,
    belongings,
    call_doubts,
    calls,
    cases,
    gate,
    inbox,
    matching,
    one_person,
    optout,
    plan,
    prepare,
    react,
    reconcile,
    recording,
    stopping,
)


@pytest.fixture
def world(db, tmp_path):
    world = make_world(db, tmp_path)
    publish(world)
    add_person(world)
    return world


@pytest.fixture
def race(monkeypatch):
    """`second` begins when `first` has passed `module.name`, and has half a second there."""

    def run(module, name, first, second):
        inside, over = threading.Event(), threading.Event()
        act = getattr(module, name)

        def slow(*given, **named):
            answer = act(*given, **named)
            if not inside.is_set():
                inside.set()
                over.wait(0.5)
            return answer

        monkeypatch.setattr(module, name, slow)
        with ThreadPoolExecutor(2) as pool:
            one = pool.submit(first)
            assert inside.wait(10)
            two = pool.submit(second)
            two.add_done_callback(lambda _: over.set())
            return one.result(), two.result()

    return run


def test_a_call_that_begins_to_ring_while_somebody_at_its_number_says_no_is_cancelled_all_the_same(world, race):
    """E2: it goes to cancel_requested, so that the reconciler asks until somebody confirms it."""
    other = add_person(world, 2, phone="+493023125001")
    plan_everything(world)
    with world.db.write() as session:
        theirs = session.scalars(select(m.Touch).where(m.Touch.contact_id == other)).one()
        theirs.channel, theirs.state, theirs.provider_id, theirs.sent_at = "call", "sent", "CA2", world.clock.now()
    no = {"reason": "operator", "evidence": "", "now": world.clock.now(), "touch_id": None}
    rings = VoiceEvent("CA2", "ringing", "1", raw={"CallSid": "CA2"})
    sids, _ = race(
        stopping,
        "asking",
        lambda: world.db.attempt(lambda session: optout.opt_out(world, session, 1, **no)),
        lambda: calls.status(world, theirs.token, rings, world.clock.now()),
    )
    assert (sids, only(world, contact_id=other).state) == (["CA2"], "cancel_requested")


def claimed(world):
    plan_everything(world)
    move_clock(world, only(world).due_at)
    with world.db.write() as session:
        return ledger.claim(session, "call", world.clock.now(), "test", limit=8)


def leaving(world):
    group = claimed(world)
    with world.db.write() as session:
        return gate.pass_through(world, session, group, world.clock.now())


def says_no(world, contact):
    with world.db.write() as session:
        return optout.opt_out(
            world, session, contact, reason="link", evidence="", now=world.clock.now(), touch_id=None
        )  # fmt: skip


def test_an_opt_out_while_the_201_is_recorded_still_cancels_the_call(world, race):
    going = leaving(world)
    record = partial(recording.record, world, going, [Accepted("CA1", "queued")])
    to_cancel, also = race(cases, "suppressed", record, lambda: says_no(world, going[0][0].contact_id))
    assert [*to_cancel, *also] == ["CA1"]
    assert only(world).state == "cancel_requested"


def test_a_bounce_while_its_servers_answer_is_recorded_is_no_less_a_bounce(world, race):
    with world.db.write() as session:
        session.execute(update(m.Contact).values(phone=None))
    plan_everything(world)
    now = move_clock(world, only(world).due_at)
    with world.db.write() as session:
        going = gate.pass_through(world, session, ledger.claim(session, "email", now, "test", limit=1), now)
    words = f"Return-Path: <>\nTo: bounce+{only(world).token}@ours.example\nSubject: failure notice\n\n552 5.2.2 full\n"
    bounce = partial(inbox._take_in, world, "box", Incoming("7:1", f"From: MAILER-DAEMON@x.example\n{words}".encode()))
    race(matching, "touch_of", bounce, partial(recording.record, world, going, [Accepted("queued as 1")]))
    assert touches(world)[0].state == "bounced"


def test_an_opt_out_and_the_last_report_of_a_call_do_not_wait_for_each_other(world, race):
    going = leaving(world)
    touch = going[0][0]
    recording.record(world, going, [Accepted("CA1", "queued")])
    report = VoiceEvent("CA1", "no-answer", "last")
    race(
        calls.voice, "call_result",
        lambda: calls.status(world, touch.token, report, world.clock.now()),
        lambda: says_no(world, touch.contact_id),
    )  # fmt: skip
    assert not touches(world, state="planned")
    assert touches(world)[0].state == "no_answer"


def test_a_reply_while_the_gate_looks_does_not_break_the_gate(world, race):
    group = claimed(world)

    def at_the_gate():
        with world.db.write() as session:
            return gate.pass_through(world, session, group, world.clock.now())

    def replied():
        with world.db.write() as session:
            stopping.stop(session, session.scalars(select(m.Enrolment)).one(), "replied", world.clock.now())

    race(prepare, "prepared", at_the_gate, replied)
    assert only(world).state == "sending"


def test_planner_and_webhook_do_not_plan_the_same_step(world, race):
    touch = leaving(world)[0][0]
    now, enrolment = world.clock.now(), touch.enrolment_id
    with world.db.write() as session:
        session.get_one(m.Touch, touch.id).state = "completed"
        react.decide_at(session, [enrolment], now)

    def webhook():
        with world.db.write() as session:
            plan.decide_again(world, session, enrolment, now, touch.id)

    race(plan.seen, "look", lambda: plan.decide_batch(world, [enrolment], now), webhook)
    assert len(touches(world, state="planned")) == 1


def test_two_planners_enrol_a_person_once(world, race):
    now = world.clock.now()
    came = race(audience, "_newcomers", lambda: audience.enrol(world, now), lambda: audience.enrol(world, now))
    with world.db.read() as session:
        assert session.scalar(select(func.count(m.Enrolment.id))) == sum(came) == 1


def test_two_campaigns_never_write_to_a_person_at_once(db, tmp_path, race):
    """Each worker has the mail of another campaign: the second one sees under the person's lock that one just left."""
    world = make_world(db, tmp_path)
    for key in ("first", "second"):
        publish(world, "clarifications", key=key)
    add_person(world, status="staff", interest="warm")
    plan_everything(world)
    both = touches(world)
    assert len(both) == 2
    with world.db.write() as session:
        session.execute(update(m.Touch).values(due_at=both[0].due_at, not_after=both[0].not_after))
    now = move_clock(world, both[0].due_at)

    def worker():
        with world.db.write() as session:
            mine = ledger.claim(session, "email", now, "test", limit=1)
        with world.db.write() as session:
            return len(gate.pass_through(world, session, mine, now))

    assert sorted(race(gate, "_still_claimed", worker, worker)) == [0, 1]
    left, waits = sorted(touches(world), key=lambda touch: touch.state, reverse=True)
    assert (left.state, waits.state) == ("sending", "planned")
    assert waits.due_at >= now + gate.APART


def test_two_reconcilers_settle_a_doubt_once(world, race):
    going = leaving(world)
    with world.db.write() as session:
        session.get_one(m.Touch, going[0][0].id).caller = "+442079460100"
    recording.record(world, going, [Unknown("no answer")])
    move_clock(world, world.clock.now() + call_doubts.CALL_DEADLINE)
    there = [CallState("CA1", "queued", "", "+442079460100")]
    world.__dict__["carrier"] = SimpleNamespace(find=lambda _to, _since: there, cancel=lambda _sid: True)
    settled = race(call_doubts, "held", lambda: reconcile.uncertain(world), lambda: reconcile.uncertain(world))
    assert sorted(settled) == [0, 1]
    with world.db.read() as session:
        events = select(func.count(m.TouchEvent.id)).where(m.TouchEvent.now == "sent")
        assert session.scalar(events) == 1


def test_the_first_two_who_need_a_row_of_the_house_both_get_it(world):
    """Pace and source are made when first named: by two at once, too."""
    barrier = threading.Barrier(2)

    def first(_):
        barrier.wait(10)
        with world.db.write() as session:
            leads.source(session, "form:order", "order", 1)
            return pacing.turns(session, "calls", space=1.0, number=1, now=1.0)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(first, range(2))) == [[1.0], [2.0]]
    with world.db.read() as session:
        assert session.scalar(select(func.count(m.Source.id)).where(m.Source.key == "form:order")) == 1


def test_a_changed_fact_of_a_person_does_not_wait_for_rows_that_refer_to_them(world):
    """PostgreSQL: a plain FOR UPDATE would block every insert that names the contact, and meet them in a deadlock."""
    person = touches(world)[0].contact_id if touches(world) else 1
    with world.db.write() as session:
        contacts.set_zone(session, person, "Europe/Paris", "stated", 1)
        if world.db.sqlite:  # one writer anyway
            return
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(_refer, world, person).result(10)


def _refer(world, person):
    with world.db.write() as session:
        session.add(m.Address(contact_id=person, kind="email", value="new@firm.example"))
    return True


def both_records_at_the_gate(world):
    add_person(world, 2)
    plan_everything(world)
    now = move_clock(world, max(touch.due_at for touch in touches(world)))
    with world.db.write() as session:
        first, second = sorted(ledger.claim(session, "call", now, "test", limit=8), key=lambda each: each.contact_id)

    def gated(each):
        with world.db.write() as session:
            return gate.pass_through(world, session, [each], now)

    return partial(gated, first), partial(gated, second)


def they_are_one(world):
    return one_person.by_hand(world, "#1", "#2", by="Ana", why="they said so")


def test_a_merge_while_the_gate_looks_at_the_one_leaves_no_touch_of_the_other(world, race):
    """E7: the gate holds the contact, and the merge waits; one call leaves, and the other record's does not follow."""
    first, second = both_records_at_the_gate(world)
    race(cases, "load", first, lambda: they_are_one(world))
    assert second() == []
    assert only(world, state="sending").contact_id == 1
    assert not [each for each in touches(world, state="planned") if each.due_at < world.clock.now() + 3600]


def test_the_gate_while_two_become_one_lets_neither_go_by_its_old_plan(world, race):
    """The merge holds both; what was claimed for either is decided anew, once."""
    first, second = both_records_at_the_gate(world)
    _, going = race(belongings, "move", lambda: they_are_one(world), second)
    assert going == first() == []
    assert only(world, state="planned").contact_id == 1
