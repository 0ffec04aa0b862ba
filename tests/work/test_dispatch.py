"""Answers are recorded whatever is wrong with one of them; what is not recorded is doubted, never sent again."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from support_world import add_person, make_world, move_clock, plan_everything, publish, touches

from channels.base import Accepted, Refused
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import dispatch, gate, react


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
    dispatch._record(world, marked, [Accepted("queued as 0"), answer, Accepted("queued as 2")])
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
            dispatch._record(world, marked, answers)
    else:
        dispatch._record(world, marked, answers)
    assert set(states(world)) == {ends}
