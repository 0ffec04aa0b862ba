"""Who does not fit is left alone once somebody said so, and why; nobody is judged away before (C3, B7, B15)."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from support_world import add_person, make_world, move_clock, plan_everything, publish, touches

from opportune.store import ledger
from opportune.store import models as m
from opportune.work import fits, gate, whom, whynot

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WHY = "a student, writes a thesis"


@pytest.fixture
def world(db, tmp_path):
    """A call and a mail are planned."""
    world = make_world(db, tmp_path)
    publish(world)
    publish(world, "clarifications")
    add_person(world)
    plan_everything(world)
    assert {touch.channel for touch in touches(world, state="planned")} == {"call", "email"}
    return world


def enrolments(world):
    with world.db.read() as session:
        return {(each.state, each.stopped_why) for each in session.scalars(select(m.Enrolment))}


def noted(world):
    with world.db.read() as session:
        acts = session.execute(select(m.Audit.act, m.Audit.who, m.Audit.why).order_by(m.Audit.id)).tuples()
        return [act for act in acts if "qualified" in act[0]], [
            (each.kind, each.note) for each in session.scalars(select(m.Outcome))
        ]


def test_who_does_not_fit_gets_neither_the_call_nor_the_mail(world):
    assert fits.disqualify(world, "#1", why=WHY, by="ana") == 2
    assert {touch.state for touch in touches(world)} == {"cancelled"}
    assert enrolments(world) == {("done", "disqualified")}
    assert noted(world) == ([("disqualified", "ana", WHY)], [("disqualified", WHY)])
    publish(world, "trials")
    plan_everything(world)
    assert touches(world, state="planned") == []
    assert enrolments(world) == {("done", "disqualified")}, "in a campaign that comes later, too"
    assert whynot.why_not(world)["reachable"] == 1


def test_what_was_about_to_leave_is_stopped_at_the_gate(world):
    now = move_clock(world, min(touch.due_at for touch in touches(world)))
    with world.db.write() as session:
        channel = next(touch.channel for touch in touches(world) if touch.due_at == now)
        claimed = ledger.claim(session, channel, now, "test", limit=5)
        session.get_one(m.Contact, 1).disqualified_at = now
        session.flush()
        assert claimed != []
        assert gate.pass_through(world, session, claimed, now) == []


def test_it_is_taken_back_and_decided_anew(world):
    fits.disqualify(world, "#1", why=WHY, by="ana")
    assert fits.fits_after_all(world, "#1", why="her thesis is about us", by="ana") == 2
    assert {touch.channel for touch in touches(world, state="planned")} == {"call", "email"}
    assert enrolments(world) == {("active", None)}
    assert noted(world) == (
        [("disqualified", "ana", WHY), ("qualified", "ana", "her thesis is about us")],
        [],
    )


def test_nothing_happens_without_a_reason_nor_twice(world):
    for act in (fits.disqualify, fits.fits_after_all):
        with pytest.raises(ValueError, match="--why"):
            act(world, "#1", why=" ", by="ana")
        with pytest.raises(whom.NotFound):
            act(world, "nobody@firm.example", why=WHY, by="ana")
    with pytest.raises(ValueError, match="nothing to take back"):
        fits.fits_after_all(world, "#1", why=WHY, by="ana")
    fits.disqualify(world, "#1", why=WHY, by="ana")
    with pytest.raises(ValueError, match="--undo"):
        fits.disqualify(world, "#1", why=WHY, by="ana")
