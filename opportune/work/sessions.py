"""Who is at this browser? A random token in a cookie; the database knows only its digest.

Thirty minutes without a page end a session, and twelve hours end it whatever happens. A new password, role or second
factor ends all of somebody's, for whoever knew the old one may still be there.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from contextlib import suppress

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from opportune.rules.facts import HOUR, Instant
from opportune.store import models as m
from opportune.store import users
from opportune.store.db import UNSTORABLE
from opportune.store.users import User
from opportune.work.world import World

MINUTE = 60
IDLE = 30 * MINUTE
LONGEST = 12 * HOUR
WRITTEN_EVERY = MINUTE  # that somebody was seen: not a write for each picture of a page
#: In practice nobody is asked who they are.
PRACTICE = User(0, "practice", "", "admin")

log = logging.getLogger(__name__)


def digest(token: str) -> str:
    """Tokens are random and long: a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(session: Session, user: m.User, ip: str | None, now: Instant) -> str:
    """The token of a new session. Those that are over go."""
    over = or_(m.LoginSession.seen_at <= now - IDLE, m.LoginSession.since <= now - LONGEST)
    session.execute(delete(m.LoginSession).where(over))
    token = secrets.token_urlsafe(32)
    session.add(m.LoginSession(digest=digest(token), user_id=user.id, since=now, seen_at=now, ip=ip))
    return token


def reader(world: World, token: str, *, passive: bool = False) -> User | None:
    """Who holds this token. `passive`: a page asked by itself, nobody was there to ask."""
    now, found = world.clock.now(), users.signed(world.db, digest(token))
    if found is None or now - found.seen_at >= IDLE or now - found.since >= LONGEST:
        return None
    if not passive and now - found.seen_at >= WRITTEN_EVERY:
        with suppress(*UNSTORABLE):  # a full disk is no reason to send somebody away
            _seen(world, token, now)
    return found.user


def _seen(world: World, token: str, now: Instant) -> None:
    with world.db.write() as session:
        ours = m.LoginSession.digest == digest(token)
        session.execute(update(m.LoginSession).where(ours).values(seen_at=now))


def end(world: World, token: str, *, everywhere: bool = False) -> None:
    """This one, or all of whoever holds it."""
    ours = m.LoginSession.digest == digest(token)
    with world.db.write() as session:
        whose = session.scalar(select(m.LoginSession.user_id).where(ours))
        if everywhere and whose is not None:
            end_all(session, whose)
        session.execute(delete(m.LoginSession).where(ours))


def end_all(session: Session, user_id: int) -> None:
    """Everywhere, and whatever was half done: the links and the logins under way too."""
    session.execute(delete(m.LoginSession).where(m.LoginSession.user_id == user_id))
    session.execute(delete(m.LoginTicket).where(m.LoginTicket.user_id == user_id))
