"""Who waits because something is missing? Nobody is guessed about, and nobody is forgotten."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from opportune.rules.facts import Instant
from opportune.store.db import Database
from opportune.store.models import Company, Contact, Source

_WAITS = (Contact.held.is_not(None), Contact.merged_into.is_(None))


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
    query = select(Contact.held, func.count(), func.min(Contact.created_at)).where(*_WAITS).group_by(Contact.held)
    with db.read() as session:
        rows = session.execute(query.order_by(func.count().desc(), Contact.held))
        return [WaitingReason(str(held), people, oldest) for held, people, oldest in rows]


def waiting_people(db: Database, *, start: int, end: int, held: str | None = None) -> tuple[list[WaitingPerson], int]:
    """Rows `start` to `end` of those who wait (for one reason), the oldest first, and how many they are."""
    where = [*_WAITS, *([Contact.held == held] if held else [])]
    columns = (
        Contact.id, Contact.name, Company.name, Contact.country, Contact.phone, Contact.email, Source.key,
        Contact.held, Contact.created_at,
    )  # fmt: skip
    page = (
        select(*columns)
        .select_from(Contact)
        .outerjoin(Company, Company.id == Contact.company_id)
        .outerjoin(Source, Source.id == Contact.source_id)
        .where(*where)
        .order_by(Contact.created_at, Contact.id)
        .offset(start)
        .limit(end - start)
    )
    with db.read() as session:
        total = session.scalar(select(func.count()).select_from(Contact).where(*where)) or 0
        return [WaitingPerson(*row) for row in session.execute(page)], total
