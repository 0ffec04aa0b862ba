"""Who waits because something is missing? Nobody is guessed about, and nobody is forgotten."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Subquery, exists, func, select, union
from sqlalchemy.orm import aliased

from opportune.rules.facts import Instant
from opportune.store.db import Database
from opportune.store.models import Company, Contact, Decision, Enrolment, Source


@dataclass(frozen=True, slots=True)
class WaitingReason:
    """`held` as the marketer reads it: "needs a time zone"."""

    held: str
    people: int
    oldest: Instant


@dataclass(frozen=True, slots=True)
class WaitingPerson:
    id: int
    name: str
    company: str | None
    country: str | None
    phone: str | None
    email: str | None
    source: str | None
    held: str
    since: Instant


def waiting(db: Database) -> list[WaitingReason]:
    """The reasons, the most frequent first."""
    held = _held()
    query = select(held.c.held, func.count(), func.min(held.c.since)).group_by(held.c.held)
    with db.read() as session:
        rows = session.execute(query.order_by(func.count().desc(), held.c.held))
        return [WaitingReason(*row) for row in rows]


def waiting_people(db: Database, *, start: int, end: int, reason: str | None = None) -> tuple[list[WaitingPerson], int]:
    """Rows `start` to `end` of those who wait (for one reason), the oldest first, and how many they are."""
    held = _held()
    where = [held.c.held == reason] if reason else []
    columns = (
        Contact.id, Contact.name, Company.name, Contact.country, Contact.phone, Contact.email, Source.key,
        held.c.held, held.c.since,
    )  # fmt: skip
    page = (
        select(*columns)
        .join(held, held.c.contact_id == Contact.id)
        .outerjoin(Company, Company.id == Contact.company_id)
        .outerjoin(Source, Source.id == Contact.source_id)
        .where(*where)
        .order_by(held.c.since, Contact.id, held.c.held)
        .offset(start)
        .limit(end - start)
    )
    with db.read() as session:
        total = session.scalar(select(func.count()).select_from(held).where(*where)) or 0
        return [WaitingPerson(*row) for row in session.execute(page)], total


def _held() -> Subquery:
    """Once a person and reason: held as a whole, or in a campaign whose newest decision had to wait for data. Both are
    asked for as ranges: SQLite's statistics know only that most people are not held, and it would read them all."""
    whole = select(Contact.id.label("contact_id"), Contact.held.label("held"), Contact.created_at.label("since"))
    later = aliased(Decision)
    newest = ~exists().where(later.enrolment_id == Decision.enrolment_id, later.id > Decision.id)
    inside = (
        select(Decision.contact_id, Decision.held, Contact.created_at)
        .join(Enrolment, Enrolment.id == Decision.enrolment_id)
        .join(Contact, Contact.id == Decision.contact_id)
        .where(
            Decision.verdict.between("held", "held"), Decision.held.is_not(None), Enrolment.state == "active", newest
        )
    )
    alive = Contact.merged_into.is_(None)
    return union(whole.where(Contact.held > "", alive), inside.where(alive)).subquery()
