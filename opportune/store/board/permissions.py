"""Who said no, who allowed what until when, and was anybody contacted all the same (E1)?

Lists of all people are long: a large one is counted at night and kept as a note, and says as of when; a small one is
counted whenever somebody asks.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Select, case, func, select

from opportune.rules.facts import DAY, Instant
from opportune.store import notes
from opportune.store.db import Database
from opportune.store.models import Consent, ConsentPending, Source, Suppression

NOTE = "board_permissions"
CHECKED = "board_violations"
SMALL = 20_000  # rows that are counted at once
SOON = 30 * DAY
AGES = {"month": 30 * DAY, "year": 365 * DAY}  # a no is younger than this, or older than all


@dataclass(frozen=True, slots=True)
class Checked:
    """The counters that must be zero, of everything that left until then."""

    until: Instant
    counters: dict[str, int]


@dataclass(frozen=True, slots=True)
class No:
    """So many `people`, or `addresses` of whom we have not met, for this reason; `channel` None: on every channel."""

    reason: str
    channel: str | None
    age: str  # month | year | older
    people: int
    addresses: int


@dataclass(frozen=True, slots=True)
class Yes:
    """The word in force, by the source it came from ("" : none named) and the kind of contact it is about."""

    source: str
    channel: str
    granted: int
    refused: int
    expired: int
    soon: int  # of the granted, run out within 30 days


@dataclass(frozen=True, slots=True)
class Permissions:
    at: Instant
    noes: tuple[No, ...]
    yeses: tuple[Yes, ...]
    pending: int  # ticked a box, and have not confirmed by the link yet
    lapsed: int  # never did

    @property
    def people(self) -> int:
        return sum(no.people for no in self.noes)


def checked(db: Database) -> Checked | None:
    """What the last night found; None: there was none yet."""
    found = notes.get(db, CHECKED)
    return Checked(found["until"], found["counters"]) if found else None


def permissions(db: Database, now: Instant) -> Permissions | None:
    """None: there is much to count, and no night was there yet to do it."""
    if _small(db):
        return _count(db, now)
    kept = notes.get(db, NOTE)
    return _read(kept) if kept else None


def renew(db: Database, now: Instant, violations: dict[str, int]) -> None:
    """By night, with what the check of everything that left has found."""
    notes.put(db, CHECKED, {"until": now, "counters": violations})
    if not _small(db):
        notes.put(db, NOTE, asdict(_count(db, now)))


def _read(kept: dict[str, Any]) -> Permissions:
    noes, yeses = tuple(No(**no) for no in kept["noes"]), tuple(Yes(**yes) for yes in kept["yeses"])
    return Permissions(kept["at"], noes, yeses, kept["pending"], kept["lapsed"])


def _small(db: Database) -> bool:
    """The highest ids tell enough, and cost nothing."""
    with db.read() as session:
        highest = [session.scalar(select(func.max(each.id))) or 0 for each in (Suppression, Consent, ConsentPending)]
    return sum(highest) <= SMALL


def _count(db: Database, now: Instant) -> Permissions:
    with db.read() as session:
        noes = tuple(No(*row) for row in session.execute(_noes(now)))
        yeses = tuple(Yes(*row) for row in session.execute(_yeses(now)))
        confirmed = select(Consent.id).where(Consent.pending_id == ConsentPending.id).exists()
        waits = select(func.count(ConsentPending.id)).where(~confirmed)
        pending = session.scalar(waits.where(ConsentPending.until > now)) or 0
        lapsed = session.scalar(waits.where(ConsentPending.until <= now)) or 0
    return Permissions(now, noes, yeses, pending, lapsed)


def _noes(now: Instant) -> Select[Any]:
    """A no of a person stands in one row for the person, and one for each address: the people are counted, and the
    addresses of nobody we know."""
    ages = [(Suppression.at > now - limit, name) for name, limit in AGES.items()]
    age = case(*ages, else_="older")
    person, nobody = Suppression.kind == "person", Suppression.contact_id.is_(None)
    query = select(
        Suppression.reason,
        Suppression.channel,
        age,
        func.count(Suppression.contact_id.distinct()),
        func.sum(case((nobody, 1), else_=0)),
    )
    query = query.where(Suppression.undone_at.is_(None), person | nobody)
    return query.group_by(Suppression.reason, Suppression.channel, age).order_by(Suppression.reason)


def _yeses(now: Instant) -> Select[Any]:
    """The latest word of each person and channel; one beside advertising opens nothing, a no always closes."""
    latest = func.row_number().over(
        partition_by=(Consent.contact_id, Consent.channel),
        order_by=(Consent.at.desc(), Consent.granted, Consent.id.desc()),
    )
    columns = (Consent.source_id, Consent.channel, Consent.granted, Consent.expires_at, latest.label("place"))
    said = select(*columns).where((Consent.purpose == "marketing") | ~Consent.granted).subquery()
    over = said.c.expires_at <= now
    holds = said.c.granted & (said.c.expires_at.is_(None) | ~over)

    def number(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    sums = (number(holds), number(~said.c.granted), number(said.c.granted & over))
    soon = number(holds & (said.c.expires_at <= now + SOON))
    source = func.coalesce(Source.key, "")
    query = select(source, said.c.channel, *sums, soon).select_from(said).where(said.c.place == 1)
    return query.outerjoin(Source, Source.id == said.c.source_id).group_by(source, said.c.channel).order_by(source)
