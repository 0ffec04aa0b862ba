"""May this person come in? Password, then the second factor if they have one, and each guess is paid for.

Whether an account exists shows in no answer, and by no clock: the same words, the same hashing, the same brakes.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import audit, users
from opportune.store import models as m
from opportune.work import login_brakes, passwords, second_factor, sessions, tickets
from opportune.work.users import looked_for
from opportune.work.world import World


@dataclass(frozen=True, slots=True)
class Refused:
    """`wait`: seconds until another try is looked at; 0: it was wrong. `over`: begin again with the password."""

    wait: int = 0
    over: bool = False


@dataclass(frozen=True, slots=True)
class Half:
    """The password was right; `ticket` goes with the second factor."""

    ticket: str


@dataclass(frozen=True, slots=True)
class Entered:
    """`token`: of the new session."""

    token: str


def with_password(world: World, email: str, password: str, ip: str | None) -> Refused | Half | Entered:
    email = looked_for(email)
    account, address = login_brakes.account(email), login_brakes.address(ip)
    if wait := login_brakes.take(world, account, address):
        return Refused(wait)
    with world.db.read() as session:
        found = users.by_email(session, email)
    known = found.password_hash if found and found.active else None
    if not passwords.right(known, password) or found is None or known is None:
        return Refused()
    fresh = passwords.renewed(known, password)
    now = world.clock.now()
    with world.db.write() as session:
        user = held(session, found.id)
        if user is None or user.password_hash != known:  # changed, or sent away, while we compared
            return Refused()
        user.password_hash = fresh
        if user.factor_seed:  # the account's brake stays until the second factor is right too
            login_brakes.right(world, session, address)
            return Half(tickets.issue(session, "second", now, user.id))
        login_brakes.right(world, session, address, account)
        return enter(session, user, ip, now, "password")


def with_code(world: World, ticket: str, code: str, ip: str | None) -> Refused | Entered:
    """A code of the telephone, or one of those on paper."""
    now = world.clock.now()
    with world.db.read() as session:
        half = tickets.look(session, "second", ticket, now)
    if half is None or half.user_id is None:
        return Refused(over=True)
    second, address = login_brakes.second(half.user_id), login_brakes.address(ip)
    if wait := login_brakes.take(world, second, address):
        return Refused(wait)
    with world.db.write() as session:
        user = held(session, half.user_id)
        if user is None or not user.factor_seed or not second_factor.spend(world, user, code, now):
            return Refused()
        if tickets.use(session, "second", ticket, now) is None:
            return Refused(over=True)
        login_brakes.right(world, session, address, second, login_brakes.account(user.email))
        return enter(session, user, ip, now, "password and second factor")


def enter(session: Session, user: m.User, ip: str | None, now: Instant, how: str) -> Entered:
    """A session of its own for each login: a token that somebody planted before is worth nothing."""
    audit.write(session, now, user.email, "signed_in", f"user {user.id}", None, {"how": how, "ip": ip})
    return Entered(sessions.begin(session, user, ip, now))


def held(session: Session, id: int) -> m.User | None:
    """The account, if it may be used, locked until the commit."""
    query = select(m.User).where(m.User.id == id, m.User.active).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def proves(world: World, user_id: int, password: str) -> Refused | None:
    """Somebody who is signed in already types their password once more, before they change how they sign in."""
    with world.db.read() as session:
        user = session.get_one(m.User, user_id)
    account = login_brakes.account(user.email)
    if wait := login_brakes.take(world, account):
        return Refused(wait)
    if not passwords.right(user.password_hash, password):
        return Refused()
    with world.db.write() as session:
        login_brakes.forget(world, session, account)
    return None


def again(world: World, user_id: int, ip: str | None) -> str | None:
    """After all sessions of somebody ended by their own hand: a new one for the browser they did it with."""
    with world.db.write() as session:
        user = held(session, user_id)
        return sessions.begin(session, user, ip, world.clock.now()) if user else None
