"""How does somebody choose their password: the first admin, by a link, or one who knows the old one?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.store import users as store
from opportune.store.db import Database
from opportune.work import login_brakes, passwords, sessions, tickets, users
from opportune.work.login import held
from opportune.work.world import World


@dataclass(frozen=True, slots=True)
class Weak(Exception):
    """This password will not do. `why`: key of a message."""

    why: str


def first_link(db: Database, now: Instant) -> str | None:
    """The token of a link with which the first admin makes their account, and of no earlier link; None when there is
    somebody."""
    with db.write() as session:
        if _somebody(session):
            return None
        session.execute(delete(m.LoginTicket).where(m.LoginTicket.kind == "first"))
        return tickets.issue(session, "first", now)


def _somebody(session: Session) -> bool:
    return session.scalar(select(m.User.id).where(m.User.active).limit(1)) is not None


def worth(world: World, token: str) -> str | None:
    """What a link is for: `first` or `password`; None when it is worth nothing any more."""
    now = world.clock.now()
    with world.db.read() as session:
        kinds = [kind for kind in ("first", "password") if tickets.look(session, kind, token, now)]
        return next((kind for kind in kinds if kind == "password" or not _somebody(session)), None)


def by_link(world: World, token: str, kind: str, given: Mapping[str, str]) -> bool:
    """What somebody typed on the page of a link; False when another one was faster. Raises users.NoUser, Weak."""
    password = given.get("password", "")
    if kind == "first":
        return first_admin(world, token, given.get("email", ""), given.get("name", ""), password) is not None
    return choose_password(world, token, password) is not None


def first_admin(world: World, token: str, email: str, name: str, password: str) -> m.User | None:
    """None: the link is over, was used, or there is somebody meanwhile. Raises users.NoUser, Weak."""
    email, now = users.address(email), world.clock.now()
    made = _hashed(password, name, email)
    with world.db.write() as session:
        if _somebody(session) or tickets.use(session, "first", token, now) is None:
            return None
        user = store.by_email(session, email) or users.blank(email, now)
        users.strip(user)
        user.name, user.role, user.active, user.password_hash = name.strip()[:500] or email, "admin", True, made
        session.add(user)
        session.flush()
        users.noted(session, user, now, "user_added", "first start", {"role": "admin"})
    return user


def choose_password(world: World, token: str, password: str) -> m.User | None:
    """By a link. None: it is over, or was used. Raises Weak, and then the link may be used again."""
    now = world.clock.now()
    with world.db.read() as session:
        ticket = tickets.look(session, "password", token, now)
        user = session.get(m.User, ticket.user_id) if ticket else None
    if user is None:
        return None
    made = _hashed(password, user.name, user.email)
    with world.db.write() as session:
        row = held(session, user.id)
        if row is None or tickets.use(session, "password", token, now) is None:
            return None
        set_hash(session, row, made, now, "link")
        login_brakes.forget(world, session, login_brakes.account(row.email))  # who has the link is no guesser
        return row


def change_password(world: World, user_id: int, password: str) -> None:
    """By somebody who has just proved who they are. Raises Weak."""
    with world.db.read() as session:
        user = session.get_one(m.User, user_id)
    made = _hashed(password, user.name, user.email)
    with world.db.write() as session:
        row = held(session, user_id)
        if row is not None:
            set_hash(session, row, made, world.clock.now(), row.email)


def set_hash(session: Session, user: m.User, made: str, now: Instant, by: str) -> None:
    user.password_hash = made
    sessions.end_all(session, user.id)
    users.noted(session, user, now, "user_password", by, {})


def _hashed(password: str, *known: str) -> str:
    if why := passwords.trouble(password, *known):
        raise Weak(why)
    return passwords.hashed(password)
