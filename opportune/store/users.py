"""Whom do the pages know as their reader, and how is one found?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store.db import Database
from opportune.store.models import LoginSession
from opportune.store.models import User as Row


@dataclass(frozen=True, slots=True)
class User:
    """Who is signed in, as the pages know them: no secret is here. `operator_id`: whose calls are theirs."""

    id: int
    name: str
    email: str
    role: str
    operator_id: int | None = None

    @property
    def signs(self) -> str:
        """How the history names them."""
        return self.email or self.name


@dataclass(frozen=True, slots=True)
class Signed:
    """A browser that is signed in."""

    user: User
    since: Instant
    seen_at: Instant


def as_reader(row: Row) -> User:
    return User(row.id, row.name, row.email, row.role, row.operator_id)


def signed(db: Database, digest: str) -> Signed | None:
    """By the digest of what the browser holds; nobody who was sent away."""
    query = (
        select(Row, LoginSession.since, LoginSession.seen_at)
        .join(LoginSession, LoginSession.user_id == Row.id)
        .where(LoginSession.digest == digest, Row.active)
    )
    with db.read() as session:
        found = session.execute(query).one_or_none()
    return Signed(as_reader(found[0]), found[1], found[2]) if found else None


def anybody(db: Database) -> bool:
    """Is there somebody who may sign in?"""
    with db.read() as session:
        return session.scalar(select(Row.id).where(Row.active).limit(1)) is not None


def by_email(session: Session, email: str) -> Row | None:
    return session.scalar(select(Row).where(Row.email == plain(email)))


def plain(email: str) -> str:
    """One spelling of an address: capitals and spaces around it mean nothing."""
    return email.strip().lower()[:500]
