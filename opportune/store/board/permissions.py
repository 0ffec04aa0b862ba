"""Who said no, who allowed what until when, and what comes back of what we send (E1, E7)?

Lists of all people are long: a large one is counted at night and kept as a note, and says as of when; a small one is
counted whenever somebody asks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Select, case, func, select

from opportune.rules.facts import DAY, HOUR, Instant
from opportune.statistics import poisson, wilson
from opportune.store import notes
from opportune.store.board.cells import people, tries
from opportune.store.board.cohort import Filters
from opportune.store.db import Database
from opportune.store.models import Audit, Consent, ConsentPending, PersonRequest, SendingTally, Source, Suppression

NOTE = "board_permissions"
CHECKED = "board_violations"
LOOKED = "looked"
SMALL = 20_000  # rows that are counted at once
SOON = 30 * DAY
AGES = {"month": 30 * DAY, "year": 365 * DAY}  # a no is younger than this, or older than all
MONTH = 30 * DAY
ENTRIES, MOST = 2_000, 50  # of the audit, looked at; rows of a list


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


@dataclass(frozen=True, slots=True)
class OptOuts:
    """So many people said no within their window, and so many contact attempts left; per 1,000 of them, with the exact
    interval."""

    campaign: str  # its key; "": all together
    people: int
    attempts: int

    @property
    def rate(self) -> float | None:
        return 1_000 * self.people / self.attempts if self.attempts else None

    @property
    def interval(self) -> tuple[float, float]:
        return poisson(self.people, self.attempts / 1_000)


@dataclass(frozen=True, slots=True)
class Domain:
    """What a sending domain sent in 30 days, and what came back of it."""

    name: str
    sent: int
    bounced: int
    blocked: int
    complained: int

    def interval(self, k: int) -> tuple[float, float]:
        return wilson(min(k, self.sent), self.sent)


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


def opt_outs(db: Database, now: Instant, chosen: Filters) -> list[OptOuts]:
    """Of each campaign, and of all of them first ("")."""
    attempts, people_out = Counter[str](), Counter[str]()
    for tried in tries(db, now, chosen, ["campaign"]):
        attempts[tried.by[0]] += tried.tried
    for cell in people(db, now, chosen, ["campaign"]):
        people_out[cell.by[0]] += cell.opted_out
    each = [OptOuts(key, people_out[key], attempts[key]) for key in sorted(attempts)]
    return [OptOuts("", people_out.total(), attempts.total()), *each]


def domains(db: Database, now: Instant) -> list[Domain]:
    """By sending domain, over 30 days."""
    with db.read() as session:
        return [Domain(key.removeprefix("from:"), *map(int, sums)) for key, *sums in session.execute(_tallies(now))]


def _tallies(now: Instant) -> Select[Any]:
    t = SendingTally
    sums = [func.sum(column) for column in (t.sent, t.bounced, t.blocked, t.complained)]
    where = (t.key.startswith("from:"), t.hour >= (now - MONTH) // HOUR)
    return select(t.key, *sums).where(*where).group_by(t.key).having(sums[0] > 0).order_by(sums[0].desc())


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
