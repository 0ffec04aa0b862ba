"""Answers are recorded whatever is wrong with one of them; what is not recorded is doubted, never sent again."""

from __future__ import annotations

import contextlib
from concurrent.futures import Future

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from support_world import ClosedLid, add_person, make_world, move_clock, plan_everything, publish, touches

from channels.base import Accepted, Refused
from opportune import faults
from opportune.rules.facts import HOUR
from opportune.store import ledger, tallies
from opportune.store import models as m
from opportune.work import dispatch, gate, open_lines, pace, react, recording

LITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def going(db, tmp_path):
    """Three clerks' mails are marked as leaving."""
    world = make_world(db, tmp_path)
    publish(world, "clarifications")
    for number in (1, 2, 3):
        add_person(world, number, status="staff", interest="warm")
    plan_everything(world)
    move_clock(world, max(t.due_at for t in touches(world)))
    with world.db.write() as session:
        now = world.clock.now()
        claimed = ledger.claim(session, "email", now, "test", limit=5)
        marked = gate.pass_through(world, session, claimed, now)
    assert len(marked) == 3
    return world, marked


def states(world):
    return [touch.state for touch in touches(world)]


ANSWERS = [
    # every answer of a kind, beside one that breaks
    Accepted("queued as 1"),
    Refused("550 5.1.1", "no such user", permanent=True),
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_one_answer_that_cannot_be_recorded_takes_no_others_with_it(going, monkeypatch, answer):
    """B6"""
    world, marked = going
    broken = marked[1][0].id
    answered = react.answered

    def breaks(world, session, touch, given, now):
        if touch.id == broken:
            session.get_one(m.Contact, touch.contact_id).name = "half done"
            session.flush()
            raise RuntimeError("a defect of ours")
        answered(world, session, touch, given, now)

    monkeypatch.setattr(react, "answered", breaks)
    recording.record(world, marked, [Accepted("queued as 0"), answer, Accepted("queued as 2")])
    assert states(world) == ["sent", "uncertain", "sent"]
    with world.db.read() as session:
        assert "half done" not in session.scalars(select(m.Contact.name)).all()
        why = session.scalars(select(m.TouchEvent.why).where(m.TouchEvent.now == "uncertain")).one()
    assert str(answer)[:40] in why  # what the provider said is not lost with it


class ToldToGiveWay(Exception):
    sqlstate = "40P01"


@pytest.mark.parametrize(("times", "ends"), [(1, "sent"), (2, "sent"), (9, "sending")])
def test_a_group_that_must_give_way_is_recorded_again(going, monkeypatch, times, ends):
    """B5: two transactions waited for each other. After three tries it stays open, and the reaper doubts it."""
    world, marked = going
    left, act = [times], react.all_answered

    def gives_way(*given):
        left[0] -= 1
        if left[0] >= 0:
            raise ToldToGiveWay
        act(*given)

    monkeypatch.setattr(react, "all_answered", gives_way)
    answers = [Accepted(f"queued as {n}") for n in range(3)]
    if ends == "sending":
        with pytest.raises(ToldToGiveWay):
            recording.record(world, marked, answers)
    else:
        recording.record(world, marked, answers)
    assert set(states(world)) == {ends}


class Outside:
    """Whatever is asked of the mail server or the carrier; both take everything."""

    answer = Accepted("queued")

    def __init__(self):
        self.asked = []

    def place(self, order):
        self.asked.append(order)
        return Accepted(f"CA{len(self.asked)}")

    async def send_all(self, mails):
        self.asked += mails
        return [self.answer for _ in mails]


@pytest.fixture
def sleeps():
    """`sleeps(world, seconds)`: the process is suspended so long right after the gate's commit."""

    def arm(world, seconds):
        faults.arm(lambda point: point == "gate.committed" and move_clock(world, world.clock.now() + seconds))

    yield arm
    faults.arm(None)


@pytest.mark.parametrize(
    ("channel", "seconds", "state", "asked"),
    [
        ("call", 8 * HOUR, "not_sent", 0),  # evening: a laptop was closed at the very worst moment
        ("call", 10 * 60, "not_sent", 0),  # its window is open still, but the lease is over
        ("call", 5, "sent", 1),
        ("email", 8 * HOUR, "not_sent", 0),
        ("email", 5, "sent", 1),
    ],
)
def test_who_slept_after_the_gate_sends_nothing_late(db, tmp_path, sleeps, channel, seconds, state, asked):
    """F7: the window is asked for again right before the first byte."""
    world, outside = make_world(db, tmp_path), Outside()
    publish(world, "meetings" if channel == "call" else "clarifications")
    add_person(world, **({} if channel == "call" else {"status": "staff", "interest": "warm"}))
    plan_everything(world)
    now = move_clock(world, touches(world)[0].due_at)
    world.__dict__["carrier"] = outside
    world.mailer_of = lambda _account: outside
    sleeps(world, seconds)
    if channel == "call":
        dispatch.calls(world)
    else:
        dispatch.mails(world, until=now)
    assert touches(world)[0].channel == channel
    assert (touches(world)[0].state, len(outside.asked)) == (state, asked)
    if state == "not_sent":
        with world.db.read() as session:
            why = session.scalars(select(m.TouchEvent.why).where(m.TouchEvent.now == "not_sent")).one()
        assert "before the first byte" in why
        again = touches(world, state="planned")[0]  # the next allowed moment, asked by the gate as ever
        assert (again.attempt, again.due_at > world.clock.now()) == (2, True)
    world.close()


@LITE
def test_who_sleeps_while_a_call_waits_for_its_turn_rings_nobody_on_waking(db, tmp_path):
    """F7, promise 4: the gate's commit was in time, and so was the look at the clock after it."""
    world, outside = make_world(db, tmp_path), Outside()
    publish(world)
    add_person(world)
    plan_everything(world)
    move_clock(world, touches(world)[0].due_at)
    world.__dict__["carrier"] = outside
    faults.arm(lambda point: point == "gate.committed" and setattr(world, "clock", ClosedLid(world.clock.at)))
    try:
        dispatch.calls(world)
    finally:
        faults.arm(None)
    assert (touches(world)[0].state, outside.asked) == ("not_sent", [])
    world.close()


def said(given):
    future = Future()
    future.set_exception(given) if isinstance(given, Exception) else future.set_result(given)
    return future


@LITE
def test_an_answer_that_broke_takes_neither_its_sibling_nor_another_group_with_it(going):
    world, marked = going
    asked = [
        (2, marked[:2], [said(RuntimeError("a defect of ours")), said(Accepted("CA1"))]),
        (1, marked[2:], [said(Accepted("CA2"))]),
    ]
    total = dispatch.Sent()
    assert [str(error) for error in open_lines.settle(world, asked, total.count)] == ["a defect of ours"]
    assert (states(world), asked) == (["uncertain", "sent", "sent"], [])
    assert (total.sent, total.uncertain) == (2, 1)


@LITE
def test_a_group_that_cannot_be_recorded_takes_no_other_with_it(going, monkeypatch):
    world, marked = going
    record = recording.record

    def breaks(world, group, answers):
        if group is asked_first:
            raise OperationalError("database is locked", None, Exception())
        return record(world, group, answers)

    monkeypatch.setattr(recording, "record", breaks)
    asked_first = marked[:2]
    asked = [(2, asked_first, [said(Accepted(f"CA{n}")) for n in (1, 2)]), (1, marked[2:], [said(Accepted("CA3"))])]
    [wrong] = open_lines.settle(world, asked, dispatch.Sent().count)
    assert isinstance(wrong, OperationalError)
    assert states(world) == ["sending", "sending", "sent"]


@pytest.fixture
def calling(db, tmp_path):
    """Two calls are due."""
    world, outside = make_world(db, tmp_path, calls_per_second=30), Outside()
    publish(world)
    for number in (1, 2):
        add_person(world, number)
    plan_everything(world)
    move_clock(world, max(t.due_at for t in touches(world)))
    world.__dict__["carrier"] = outside
    yield world, outside
    world.close()


@LITE
def test_a_carrier_that_breaks_on_one_line_leaves_a_doubt_there_alone(calling, monkeypatch):
    world, outside = calling
    place = outside.place

    def breaks(order):
        if order.to.endswith("1"):
            raise RuntimeError("a defect of ours")
        return place(order)

    monkeypatch.setattr(outside, "place", breaks)
    with pytest.raises(RuntimeError, match="a defect of ours"):  # told, once the others are written down
        dispatch.calls(world)
    assert states(world) == ["uncertain", "sent"]


@LITE
def test_a_call_that_found_no_turn_was_certainly_not_asked_for(calling, monkeypatch):
    world, outside = calling
    turn_comes, left = pace._turn_comes, [1]

    def locked(*given):
        left[0] -= 1
        if left[0] >= 0:
            raise OperationalError("database is locked", None, Exception())
        return turn_comes(*given)

    monkeypatch.setattr(pace, "_turn_comes", locked)
    done = dispatch.calls(world)
    assert (done.refused, done.sent, len(outside.asked)) == (1, 1, 1)
    assert sorted(states(world)) == ["not_sent", "planned", "sent"]  # another try, when the gate allows it


#: What the server said of the first mail -> its state, and how often that counts against our domain.
SAID = [
    (Accepted("queued"), "sent", 0),
    (Refused("550 5.7.1", "policy", permanent=True, scope="sender", meaning="blocked"), "failed", 1),
]


@LITE
@pytest.mark.parametrize("breaks", ["_claim_mails", "_send"])  # beside the mark of the next group, and after that
@pytest.mark.parametrize(("answer", "state", "counted"), SAID)
def test_what_the_last_mail_was_answered_is_written_down_once_whatever_breaks(
    db, tmp_path, monkeypatch, breaks, answer, state, counted
):
    world, outside = make_world(db, tmp_path), Outside()
    publish(world, "clarifications")
    for number in (1, 2):
        add_person(world, number, status="staff", interest="warm")
    plan_everything(world)
    now = move_clock(world, max(t.due_at for t in touches(world)))
    world.mailer_of = lambda _account: outside
    monkeypatch.setattr(outside, "answer", answer)
    monkeypatch.setattr(dispatch, "CLAIM", 1)
    works, left = getattr(dispatch, breaks), [{"_claim_mails": 2, "_send": 1}[breaks]]

    def broken(*given):
        left[0] -= 1
        if left[0] < 0:
            raise OperationalError("database is locked", None, Exception())
        return works(*given)

    monkeypatch.setattr(dispatch, breaks, broken)
    with pytest.raises(OperationalError):
        dispatch.mails(world, until=now)
    assert [touch.state for touch in touches(world) if touch.sending_at] == [state]
    with world.db.read() as session:
        [(_, tally)] = tallies.since(session, ["from:brightdesk.example"], 0).items() or [("", tallies.Tally())]
        assert tally.blocked == counted
    world.close()


def test_a_lease_begins_when_the_lock_was_got(db, tmp_path):
    """Waiting for the one writer's lock takes time too."""
    world = make_world(db, tmp_path)
    publish(world, "clarifications")
    add_person(world, status="staff", interest="warm")
    plan_everything(world)
    now = move_clock(world, touches(world)[0].due_at)
    write, leases = world.db.write, []

    @contextlib.contextmanager
    def slow():
        with write() as session:
            move_clock(world, world.clock.now() + 20)
            yield session
            leases.extend(t.lease_until for t in session.scalars(select(m.Touch).where(m.Touch.state == "claimed")))

    world.db.write = slow
    dispatch.mails(world, until=now)
    assert leases[0] == now + 20 + ledger.LEASE
    world.close()
