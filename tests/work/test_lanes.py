"""With many connections mails leave while others are written down: is each still marked, sent and recorded once?"""

from __future__ import annotations

import contextlib
import threading

import pytest
from sqlalchemy import select, update
from support_mailbox import running_mailbox
from support_world import add_person, make_world, move_clock, plan_everything, publish, touches

from opportune.store import ledger
from opportune.store import models as m
from opportune.work import dispatch, gate, recording

PEOPLE = 130  # more than are claimed at once


@pytest.fixture
def mailbox():
    with running_mailbox() as running:
        yield running


@pytest.fixture
def house(db, tmp_path, mailbox, monkeypatch):
    monkeypatch.setattr(dispatch, "CLAIM", 40)
    world = make_world(db, tmp_path, smtp_port=mailbox.smtp, smtp_connections=32)
    publish(world, "clarifications")
    for number in range(1, PEOPLE + 1):
        add_person(world, number, status="staff", interest="warm", email=f"p{number}@firm{number}.example", phone=None)
    plan_everything(world)
    mark = move_clock(world, min(t.due_at for t in touches(world)))
    with world.db.write() as session:
        session.execute(update(m.Touch).values(due_at=mark, not_after=mark + 600))
    return world


def send(world, **given: object) -> dispatch.Sent:
    return dispatch.mails(world, until=world.clock.now(), **given)


def recipients(mailbox) -> list[str]:
    return sorted(mail["recipient"] for mail in mailbox.get("/_sim/mails?after=0"))


def everybody() -> list[str]:
    return sorted(f"p{number}@firm{number}.example" for number in range(1, PEOPLE + 1))


def test_everybody_is_written_to_once_and_all_of_it_is_on_record(house, mailbox):
    done = send(house)
    assert (done.claimed, done.sent, done.held_back, done.uncertain) == (PEOPLE, PEOPLE, 0, 0)
    assert recipients(mailbox) == everybody()
    assert {touch.state for touch in touches(house)} == {"sent"}
    assert mailbox.get("/_sim/stats")["most_connections"] <= 32
    with house.db.read() as session:
        moves = session.execute(select(m.TouchEvent.touch_id, m.TouchEvent.now)).all()
    assert len(moves) == len(set(moves)) == 4 * PEOPLE  # planned, claimed, sending, sent


def test_never_more_are_on_their_way_than_there_are_connections(house, monkeypatch):
    most = []
    passes = gate.pass_through

    def counted(world, session, group, now):
        going = passes(world, session, group, now)
        most.append(len(session.scalars(select(m.Touch.id).where(m.Touch.state == "sending")).all()))
        return going

    monkeypatch.setattr(gate, "pass_through", counted)
    send(house)
    assert max(most) == 32


def test_what_cannot_be_written_down_together_is_written_down_apart(house, mailbox, monkeypatch):
    passes, calls = gate.pass_through, iter(range(1000))

    def breaks_now_and_then(world, session, group, now):
        going = passes(world, session, group, now)
        if next(calls) % 3 == 2:
            raise RuntimeError("a defect of ours")
        return going

    monkeypatch.setattr(gate, "pass_through", breaks_now_and_then)
    with contextlib.suppress(RuntimeError):
        send(house)
    sent = [touch for touch in touches(house) if touch.state == "sent"]
    assert len(sent) == len(recipients(mailbox))  # whatever left is on record
    assert len(set(recipients(mailbox))) == len(recipients(mailbox))


def test_an_error_in_one_lane_leaves_no_mail_without_its_answer(house, mailbox, monkeypatch):
    passes, calls = gate.pass_through, iter(range(1000))

    def breaks_for_good(world, session, group, now):
        if next(calls) >= 3:
            raise RuntimeError("the disk is full")
        return passes(world, session, group, now)

    monkeypatch.setattr(gate, "pass_through", breaks_for_good)
    with pytest.raises(RuntimeError, match="disk"):
        send(house)
    assert len(recipients(mailbox)) == 48
    states = [touch.state for touch in touches(house)]
    assert (states.count("sent"), states.count("sending")) == (48, 0)


def test_it_stops_within_a_group(house, mailbox):
    stops = iter([False] * 4 + [True] * 1000)
    done = send(house, stop=lambda: next(stops))
    assert 0 < done.sent < PEOPLE
    assert len(recipients(mailbox)) == done.sent
    assert "sending" not in {touch.state for touch in touches(house)}


def test_the_books_are_kept_by_one_thread_only(house, monkeypatch):
    """What is remembered between touches is shared, and made for one at a time."""
    seen = set()
    record = recording.record_in

    def watched(*given):
        seen.add(threading.current_thread().name)
        return record(*given)

    monkeypatch.setattr(recording, "record_in", watched)
    send(house)
    assert seen == {"books_0"}


def test_few_connections_need_no_lanes(db, tmp_path, mailbox, monkeypatch):
    world = make_world(db, tmp_path, smtp_port=mailbox.smtp, smtp_connections=8)
    monkeypatch.setattr(dispatch.lanes, "run", lambda *_: pytest.fail("lanes"))
    assert send(world) == dispatch.Sent()
    with world.db.write() as session:
        assert ledger.newest(session) == 0
