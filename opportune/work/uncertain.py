"""What are we not sure of, since when, and what speaks for what? An operator who knows may decide, with the reason."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Instant
from opportune.store import audit, events, ledger, notes
from opportune.store import models as m
from opportune.work import cases, react
from opportune.work.call_doubts import CALL_DEADLINE
from opportune.work.gate import KILL_SWITCH
from opportune.work.reconcile import MAIL_DEADLINE, owed
from opportune.work.world import World


class Settled(Exception):
    """There is nothing to decide about this attempt; the message says why."""


def waiting(world: World) -> dict[str, Any]:
    """What somebody should look at: `opportune replay`, `opportune uncertain`, `opportune resume`."""
    with world.db.read() as session:
        doubts = session.scalar(select(func.count(m.Touch.id)).where(m.Touch.state == "uncertain")) or 0
        paused = notes.get_in(session, KILL_SWITCH)
        return {"events_not_understood": events.stuck(session), "not_sure_whether_it_left": doubts, "paused": paused}


def listed(world: World) -> list[dict[str, Any]]:
    """Every attempt in doubt, the oldest first."""
    now = world.clock.now()
    query = select(m.Touch, m.Contact.name).join(m.Contact, m.Contact.id == m.Touch.contact_id)
    doubtful = query.where(m.Touch.state == "uncertain").order_by(m.Touch.sending_at, m.Touch.id)
    with world.db.read() as session:
        return [_told(session, touch, name, now) for touch, name in session.execute(doubtful)]


def _told(session: Session, touch: m.Touch, name: str, now: Instant) -> dict[str, Any]:
    began = touch.sending_at or now
    events = select(m.TouchEvent.at, m.TouchEvent.who, m.TouchEvent.why).where(m.TouchEvent.touch_id == touch.id)
    since = events.where(m.TouchEvent.now == "uncertain").order_by(m.TouchEvent.id)
    return {
        "id": touch.id,
        "attempt": touch.key,
        "channel": touch.channel,
        "name": name,
        "began": began,
        "age": now - began,
        "evidence": [{"at": at, "who": who, "what": why} for at, who, why in session.execute(since)],
        "next_look": touch.look_at,
        "closes_at": began + (CALL_DEADLINE if touch.channel == "call" else MAIL_DEADLINE),
    }


def decide(world: World, id: int, *, left: bool, why: str, by: str) -> str:
    """Somebody knows: it left (then it is treated as sent), or it did not. Returns the new state.

    Raises:
        Settled: no such attempt, or no doubt about it any more.
        ValueError: no reason was given.
    """
    if not why.strip():
        raise ValueError("--why: say how you know; it is kept")
    now = world.clock.now()
    with world.db.write() as session:
        touch = session.get(m.Touch, id)
        if touch is None:
            raise Settled(f"there is no attempt {id}; `opportune uncertain` lists those in doubt")
        cases.lock(session, [touch.contact_id])
        session.refresh(touch, with_for_update={"key_share": True})
        if touch.state != "uncertain":
            raise Settled(f"attempt {id} is not in doubt any more: {touch.state}")
        to = "assumed_sent" if left else "not_sent"
        ledger.move(session, touch, to, now=now, who=by, why=why)
        audit.write(session, now, by, f"decided_{to}", f"touch {id}", why)
        if not left and owed(world, session, touch):
            react.try_again(world, session, touch, now, due_at=now)
        elif touch.enrolment_id:  # nobody is rung again that day, whatever somebody believes
            redial = touch.channel == "call" and not left
            react.decide_at(session, [touch.enrolment_id], now + (DAY if redial else 0))
    return to
