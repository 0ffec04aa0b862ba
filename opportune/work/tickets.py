"""How is a secret handed out that is worth something once? At random, kept as a digest, with an end."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, HOUR, Instant
from opportune.store import models as m
from opportune.work.sessions import digest

#: How long each is worth something.
LASTS = {"first": HOUR, "password": DAY, "second": HOUR // 6, "factor": HOUR // 2, "away": HOUR // 6}


def issue(
    session: Session, kind: str, now: Instant, user_id: int | None = None, data: dict[str, Any] | None = None
) -> str:
    session.execute(delete(m.LoginTicket).where(m.LoginTicket.ends_at <= now))
    token = secrets.token_urlsafe(32)
    ends = {"ends_at": now + LASTS[kind], "used_at": None}
    session.add(m.LoginTicket(digest=digest(token), kind=kind, user_id=user_id, data=data or {}, **ends))
    return token


def look(session: Session, kind: str, token: str, now: Instant) -> m.LoginTicket | None:
    """What it is worth still, without using it."""
    ticket = m.LoginTicket
    ours = (ticket.digest == digest(token), ticket.kind == kind, ticket.used_at.is_(None), ticket.ends_at > now)
    return session.scalar(select(ticket).where(*ours))


def use(session: Session, kind: str, token: str, now: Instant) -> m.LoginTicket | None:
    """The same, and from now on it is worth nothing: of two at once one gets it."""
    found = look(session, kind, token, now)
    if found is None:
        return None
    once = update(m.LoginTicket).where(m.LoginTicket.id == found.id, m.LoginTicket.used_at.is_(None))
    return found if session.execute(once.values(used_at=now).returning(m.LoginTicket.id)).first() else None
