"""What had been done before us? Calls and mails of the past, with their outcomes, from a list.

They are kept apart from our own touches (`past_touch`): no cap, promise or comparison takes them for ours. The layout
that is understood is the bank's (examples/bank): its people have no address, only the last call has a date, and the
years follow from the order of the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant, Interest, Status
from opportune.store import imports
from opportune.store.models import Contact, ImportRow, ImportRun, PastTouch
from opportune.work.importing import Progress
from opportune.work.places import key
from opportune.work.sheets import Record, SheetError
from opportune.work.workbooks import opened
from opportune.work.world import World

BATCH = 1000
FIRST_YEAR = 2008
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
BANK = ("age", "job", "marital", "education", "contact", "day", "month", "duration", "campaign", "y")
JOBS = {"management": Status.MANAGER, "entrepreneur": Status.EXECUTIVE, "self-employed": Status.EXECUTIVE}
NOBODY = ("retired", "student", "unemployed", "housemaid", "unknown")


@dataclass(slots=True)
class History:
    """What a list of the past brought. `touches`: calls and mails in all, also those the list only counts."""

    run: int = 0
    people: int = 0
    touches: int = 0
    yes: int = 0
    already: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """One row: a person, and the last touch with them."""

    line: int
    job: str
    line_type: str
    notes: str
    at: Instant
    times: int
    seconds: int
    said_yes: bool


def import_history(world: World, path: Path, *, by: str | None = None, progress: Progress | None = None) -> History:
    """Broken off, it goes on; a second time it changes nothing."""
    table = opened(path)
    header = next((mark for mark, names in table.headers().items() if set(BANK) <= {key(each) for each in names}), None)
    if header is None:
        raise SheetError(f"{path}: no history we can read; its header must have {', '.join(BANK)} (docs/importing.md)")
    names = [key(each) for each in table.headers()[header]]
    with world.db.write() as session:
        run, done = _run(session, path, table.sha, by, world.clock.now())
    if done:
        return done
    found = History(run.id, **run.counts)
    rest = (past for past in _pasts(path, table.records(header, len(names)), names) if past.line > run.cursor)
    while batch := list(islice(rest, BATCH)):
        with world.db.write() as session:
            _take(session, batch, run)
            found.people += len(batch)
            found.touches += sum(past.times for past in batch)
            found.yes += sum(past.said_yes for past in batch)
            _remember(session, run, found, cursor=batch[-1].line)
        if progress:
            progress(batch[-1].line - 1, table.lines - 1)
    with world.db.write() as session:
        _remember(session, run, found, state="done", ended_at=world.clock.now())
    return found


def totals(session: Session) -> History:
    """Over all lists of the past: for the board."""
    query = select(func.count(PastTouch.contact_id.distinct()), func.sum(PastTouch.times))
    people, touches = session.execute(query).one()
    yes = session.scalar(select(func.count(PastTouch.contact_id.distinct())).where(PastTouch.said_yes)) or 0
    return History(0, people, touches or 0, yes)


def _run(session: Session, path: Path, sha: str, by: str | None, now: Instant) -> tuple[ImportRun, History | None]:
    query = select(ImportRun).where(ImportRun.sha == sha, ImportRun.layout == "history", ImportRun.state != "undone")
    run = session.scalars(query).first()
    done = History(run.id, **run.counts, already=True) if run and run.state == "done" else None
    options = {"history": True}
    run = run or imports.begin(
        session, now, file=path.name, sha=sha, layout="history", mapping={}, options=options, by=by
    )
    session.expunge(run)
    return run, done


def _remember(session: Session, run: ImportRun, found: History, **values: Any) -> None:
    counts = {name: value for name, value in asdict(found).items() if name in ("people", "touches", "yes")}
    session.execute(update(ImportRun).where(ImportRun.id == run.id).values(counts=counts, **values))


def _pasts(path: Path, records: Iterator[Record], names: list[str]) -> Iterator[Past]:
    """Each time the month goes back a year has passed."""
    year, before = FIRST_YEAR, 0
    for record in records:
        said = dict(zip(names, record.fields, strict=False))
        try:
            month = MONTHS.index(said["month"]) + 1
            year, before = year + (month < before), month
            at = int(datetime(year, month, int(said["day"]), 12, tzinfo=UTC).timestamp())
            notes = f"age {said['age']}, {said['marital']}, education {said['education']}; called by {said['contact']}"
            numbers = int(said["campaign"]), int(said["duration"])
            yield Past(record.line, said["job"], said["contact"], notes, at, *numbers, said["y"] == "yes")
        except (KeyError, ValueError) as error:
            why = record.broken or f"{error} cannot be read"
            raise SheetError(
                f"{path.name}, line {record.line}: {why}; mend the row, the years rest on the order"
            ) from error


def _take(session: Session, batch: Sequence[Past], run: ImportRun) -> None:
    people = [_person(past, run.started_at) for past in batch]
    imports.insert(session, Contact, people)
    both = list(zip(batch, people, strict=True))
    rows = [ImportRow(run_id=run.id, contact_id=each.id, line=past.line, made=True, added={}) for past, each in both]
    imports.insert(session, ImportRow, rows)
    imports.insert(session, PastTouch, [_touch(past, each, run.id) for past, each in both])


def _touch(past: Past, person: Contact, run: int) -> PastTouch:
    result = "interested" if past.said_yes else "not_interested"
    said = {"at": past.at, "times": past.times, "seconds": past.seconds, "said_yes": past.said_yes}
    return PastTouch(run_id=run, contact_id=person.id, channel="call", line=past.line_type, result=result, **said)


def _person(past: Past, now: Instant) -> Contact:
    """Without an address they wait, and nobody can approach them."""
    status = JOBS.get(past.job, Status.UNKNOWN if past.job in NOBODY else Status.STAFF)
    return Contact(
        name=f"Bank customer {past.line - 1}", title=past.job, status=status.value, business=False, bought=False,
        interest=Interest.COLD.value, language="en", country="PT", zones=["Europe/Lisbon"], zone_evidence="address",
        held="needs an address", notes=past.notes, asked_for_contact=False, created_at=now, version=1,
    )  # fmt: skip
