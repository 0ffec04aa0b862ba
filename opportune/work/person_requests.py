"""Who asked for their data, or to be forgotten, and what is still to be done? The law gives a month (GDPR art. 12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Instant
from opportune.store import audit
from opportune.store import models as m
from opportune.work import optout, whom
from opportune.work.world import World

Kind = Literal["erase", "export"]


def ask(world: World, who: str, kind: Kind, *, by: str, why: str) -> m.PersonRequest:
    """Kept with its deadline. Whoever wants to be forgotten wants to be left alone: nothing leaves for them any more.

    Raises:
        whom.NotFound: nobody, or more than one, is known by that.
        ValueError: no reason.
    """
    if not why.strip():
        raise ValueError("--why: say how they asked, say by mail of the 3rd; it is kept")
    now = world.clock.now()

    def act(session: Session) -> tuple[m.PersonRequest, list[str]]:
        contact = whom.the_one(session, who)
        row = _open(session, contact.id, kind)
        if row is None:
            row = m.PersonRequest(
                contact_id=contact.id, kind=kind, by=by[:500], why=why[:500], at=now, due_at=_due(now)
            )
            session.add(row)
            audit.write(session, now, by, f"asked_to_{kind}", audit.person(contact.id), why)
        no: dict[str, Any] = {"reason": "asked to be forgotten", "evidence": why, "now": now, "touch_id": None}
        sids = optout.opt_out(world, session, contact.id, **no) if kind == "erase" else []
        session.flush()
        return row, sids

    row, sids = world.db.attempt(act)
    optout.cancel_calls(world, sids)
    return row


def _open(session: Session, contact_id: int, kind: str) -> m.PersonRequest | None:
    mine = select(m.PersonRequest).filter_by(contact_id=contact_id, kind=kind, done_at=None)
    return session.scalars(mine.order_by(m.PersonRequest.id)).first()


def _due(now: Instant) -> Instant:
    """The same day of the next month, or its last one."""
    day = datetime.fromtimestamp(now, UTC)
    first = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = ((first + timedelta(days=32)).replace(day=1) - timedelta(days=1)).day
    return int(first.replace(day=min(day.day, last)).timestamp())


def done(session: Session, people: Sequence[int], kind: Kind, now: Instant) -> None:
    mine = (m.PersonRequest.contact_id.in_(people), m.PersonRequest.kind == kind, m.PersonRequest.done_at.is_(None))
    session.execute(update(m.PersonRequest).where(*mine).values(done_at=now))


def waiting(session: Session, now: Instant) -> list[dict[str, Any]]:
    """What must still be done, the most urgent first; `days_left` below zero: too late."""
    query = select(m.PersonRequest, m.Contact.name).join(m.Contact, m.Contact.id == m.PersonRequest.contact_id)
    rows = session.execute(query.where(m.PersonRequest.done_at.is_(None)).order_by(m.PersonRequest.due_at)).all()
    names = ("id", "contact_id", "kind", "by", "why", "at", "due_at")
    return [
        {**{each: getattr(row, each) for each in names}, "name": name, "days_left": (row.due_at - now) // DAY}
        for row, name in rows
    ]


def pressing(world: World) -> dict[str, int]:
    """For `/health`: how many must be done within a week, and how many are too late."""
    now = world.clock.now()
    with world.db.read() as session:
        left = [each["days_left"] for each in waiting(session, now)]
    return {
        "requests_due_in_a_week": sum(0 <= days < 7 for days in left),
        "requests_too_late": sum(d < 0 for d in left),
    }
