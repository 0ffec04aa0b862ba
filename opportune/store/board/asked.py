"""What did people ask of us, and who of us did what with whose record?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from opportune.rules.facts import Instant
from opportune.store.db import Database
from opportune.store.models import Audit, PersonRequest

LOOKED = "looked"
ENTRIES, MOST = 2_000, 50  # of the audit, looked at; rows of a list


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asked for their data, or to be forgotten; it must be done until `due`."""

    id: int
    contact_id: int
    kind: str  # erase | export
    at: Instant
    due: Instant


@dataclass(frozen=True, slots=True)
class Act:
    """What one of us did, or looked at, with the records of these people (ids) in one go. `where`: the page."""

    at: Instant
    who: str
    act: str
    where: str
    people: tuple[int, ...]


def requests(db: Database) -> list[Request]:
    """What must still be done, the most urgent first."""
    r = PersonRequest
    open_ones = select(r.id, r.contact_id, r.kind, r.at, r.due_at).where(r.done_at.is_(None)).order_by(r.due_at, r.id)
    with db.read() as session:
        return [Request(*row) for row in session.execute(open_ones.limit(MOST))]


def acts(db: Database) -> list[Act]:
    """Who did what with whose record, and who looked at whom, the newest first."""
    columns = (Audit.at, Audit.who, Audit.act, Audit.subject, Audit.why)
    newest = select(*columns).order_by(Audit.id.desc()).limit(ENTRIES)
    together: dict[tuple[Instant, str, str, str], list[int]] = {}
    with db.read() as session:
        for at, who, act, subject, why in session.execute(newest):
            _, _, id = (subject or "").partition("contact ")
            if id.isdigit():
                where = (why or "") if act == LOOKED else ""  # other reasons are words about somebody
                together.setdefault((at, who, act, where), []).append(int(id))
    return [Act(*key, tuple(people)) for key, people in list(together.items())[:MOST]]
