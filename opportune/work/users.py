"""Who may sign in, and as what?

Nobody ever hears a password from us: a new colleague, or one who forgot theirs, gets a link that works once. Whatever
changes how somebody signs in, or what they may see, ends all of their sessions.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.addresses import normal_email
from opportune.rules.facts import Instant
from opportune.store import audit, users
from opportune.store import models as m
from opportune.work import operators, sessions, tickets
from opportune.work.access import ROLES
from opportune.work.world import World


class NoUser(ValueError):
    """Nobody is known by that, or what is said of them cannot be used; the message says what to do."""


def add(world: World, email: str, name: str, role: str, operator: str | None, by: str) -> tuple[m.User, str]:
    """A new account, or one that was sent away and comes back, with the token of the link to choose a password.

    Raises NoUser."""
    email, now = address(email), world.clock.now()
    with world.db.write() as session:
        user = users.by_email(session, email)
        if user is not None and user.active:
            raise NoUser(f"{email} has an account already: opportune user role, or opportune user reset")
        user = user or blank(email, now)
        strip(user)
        user.name, user.role, user.active = name.strip()[:500] or email, _role(role), True
        user.operator_id = _operator_id(session, operator) if operator else None
        session.add(user)
        session.flush()
        noted(session, user, now, "user_added", by, {"role": role})
        return user, tickets.issue(session, "password", now, user.id)


def change_role(world: World, email: str, role: str, operator: str | None, by: str) -> m.User:
    """Raises NoUser."""
    with world.db.write() as session:
        user = _known(session, email)
        if _role(role) != "admin":
            _not_the_last_admin(session, user)
        user.role = role
        user.operator_id = _operator_id(session, operator) if operator else user.operator_id
        sessions.end_all(session, user.id)
        noted(session, user, world.clock.now(), "user_role", by, {"role": role})
    return user


def reset(world: World, email: str, by: str, *, second_factor: bool = False) -> tuple[m.User, str]:
    """The old password is worth nothing from now on; the token of a link to choose a new one. The second factor stays:
    who reads somebody's mail has not got their telephone. Raises NoUser."""
    now = world.clock.now()
    with world.db.write() as session:
        user = _known(session, email)
        user.password_hash = None
        if second_factor:
            no_second_factor(user)
        sessions.end_all(session, user.id)
        noted(session, user, now, "user_reset", by, {"second_factor": second_factor})
        return user, tickets.issue(session, "password", now, user.id)


def deactivate(world: World, email: str, by: str) -> m.User:
    """They are out at once; what they did stays theirs. Raises NoUser."""
    with world.db.write() as session:
        user = _known(session, email)
        _not_the_last_admin(session, user)
        user.active = False
        strip(user)
        sessions.end_all(session, user.id)
        noted(session, user, world.clock.now(), "user_deactivated", by, {})
    return user


def listed(session: Session) -> list[m.User]:
    return list(session.scalars(select(m.User).order_by(m.User.active.desc(), m.User.email)))


def no_second_factor(user: m.User) -> None:
    user.factor_seed, user.factor_step, user.recovery = None, 0, []


def noted(session: Session, user: m.User, now: Instant, act: str, by: str, data: dict[str, Any]) -> None:
    audit.write(session, now, by, act, f"user {user.id}", None, {"email": user.email, **data})


def blank(email: str, now: Instant) -> m.User:
    return m.User(email=email, created_at=now, recovery=[], factor_step=0)


def strip(user: m.User) -> None:
    """Nothing is left to sign in with."""
    user.password_hash = user.subject = None
    no_second_factor(user)


def address(text: str) -> str:
    """As we keep it. Raises NoUser."""
    found = normal_email(text)
    if found is None:
        raise NoUser(f"{text!r} is no mail address: write it like ada@example.com")
    return users.plain(found)


def looked_for(text: str) -> str:
    """An address as somebody types it, as we would keep it: umlauts in a domain have another spelling there."""
    return users.plain(normal_email(text) or text)


def _role(text: str) -> str:
    if text not in ROLES:
        raise NoUser(f"{text!r} is no role: {', '.join(ROLES)}")
    return text


def _known(session: Session, email: str) -> m.User:
    user = users.by_email(session, email)
    if user is None or not user.active:
        raise NoUser(f"nobody signs in as {email!r}: opportune user list shows everybody")
    return user


def _not_the_last_admin(session: Session, user: m.User) -> None:
    others = select(m.User.id).where(m.User.active, m.User.role == "admin", m.User.id != user.id).limit(1)
    if user.role == "admin" and session.scalar(others) is None:
        raise NoUser(f"{user.email} is the last admin: make somebody else one first")


def _operator_id(session: Session, who: str) -> int:
    try:
        return operators.the_one(session, who).id
    except operators.NoColleague as error:
        raise NoUser(str(error)) from None
