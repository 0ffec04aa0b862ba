"""How does a list come in? `opportune import` as a plain function.

Good rows go in, broken ones into a reject file with line and reason. A batch is whole or not at all, and the run
remembers behind which line it stands: the same command again goes on there. The same file twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from opportune.store import imports
from opportune.store.models import ImportRun
from opportune.work import consents, layouts, rows, saidno, standing
from opportune.work.open_list import Sheet, open_sheet
from opportune.work.rejects import Rejects
from opportune.work.rows import BadRow, PersonRow
from opportune.work.sheets import Record
from opportune.work.taking import ListFacts, take
from opportune.work.world import World

BATCH = 200  # rows of the list; about a thousand rows of the database, which is what one transaction may hold
PARTLY = "came in without the"
WRONG = "it turned out wrong for this person before; correct it in the list (E7)"
ADDRESSES = {"email", "phone", "mobile", "other_phone"}
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class ImportReport:
    """What became of a list. `held` and `suppressed` are counted among the people of the list, new or known."""

    file: str
    encoding: str = ""
    layout: str = ""
    columns: dict[str, list[str]] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    run: int | None = None
    went_on_behind: int = 0  # line of an import that had been broken off
    read: int = 0
    new: int = 0
    merged: int = 0
    rejected: int = 0
    held: int = 0
    suppressed: int = 0
    said_no: int = 0
    standing: standing.Standing = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)  # of the rejects, and of addresses left out
    rejects: Path | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """How a list is to be read; a run goes on only when asked for in the same way."""

    country: str | None = None
    basis: str | None = None
    source: str | None = None
    bought: bool = False
    sheet: str | None = None
    mapping: str | None = None


def import_contacts(
    world: World,
    path: Path,
    *,
    said_no: Path | None = None,
    save_mapping: str | None = None,
    by: str | None = None,
    basis_by: str | None = None,
    document: Path | None = None,
    progress: Progress | None = None,
    **asked: Any,
) -> ImportReport:
    """`asked`: the fields of `Asked`. `basis`: the consent basis its owner declares for the whole list (E1); `basis_by`
    answers for it, `document` shows it. A14: `bought` puts it in quarantine. Who said no is read first, so there is
    no moment at which somebody of them could be approached."""
    how = Asked(**asked)
    sheet, report = opened(world, path, how)
    if save_mapping:
        layouts.save(world.settings.home, save_mapping, sheet.mapping)
    if said_no:
        report.said_no = saidno.read(world, said_no, how.country)
    run = _run(world, path, sheet, how, by)
    _go_on(report, run)
    with Rejects(world.settings.home / "rejects", path, behind=run.cursor) as refused:
        declared = (basis_by or by if how.basis else None, consents.document(document) if document else None)
        facts = ListFacts(run.id, path.name, how.source or path.stem, how.basis, how.bought, run.started_at, *declared)
        _all(world, sheet, run, facts, refused, report, progress)
        report.rejects, report.reasons = refused.ended(), refused.reasons()
    _end(world, run, report)
    return report


def said_no_only(world: World, path: Path, *, country: str | None = None) -> ImportReport:
    """Only the do-not-contact list."""
    return ImportReport(str(path), said_no=saidno.read(world, path, country))


def opened(world: World, path: Path, how: Asked) -> tuple[Sheet, ImportReport]:
    kept = (world.settings.home, how.mapping) if how.mapping else None
    sheet = open_sheet(path, ADDRESSES, sheet=how.sheet, mapping=kept)
    chosen = sheet.mapping
    title = layouts.title(chosen.layout)
    report = ImportReport(str(path), sheet.table.encoding, title, chosen.columns, chosen.ignored)
    return sheet, report


def understood(
    batch: list[Record], sheet: Sheet, country: str | None
) -> tuple[list[PersonRow], list[tuple[Record, str]]]:
    """(people, rows to be told of with the reason: rejected, or taken in without an address that cannot be used)."""
    people, told = [], []
    for record in batch:
        try:
            people.append(found := rows.person(record, sheet.at, country))
        except BadRow as reason:
            told.append((record, str(reason)))
        else:
            told += [(record, f"{PARTLY} {kind} {text!r}: {why}")
                     for kind, (text, why) in found.unusable.items()]  # fmt: skip
    return people, told


def _run(world: World, path: Path, sheet: Sheet, how: Asked, by: str | None) -> ImportRun:
    """The one that was broken off, or a new one."""
    options = asdict(how) | {"name": path.name}
    chosen = {"layout": sheet.mapping.layout, "mapping": sheet.mapping.columns, "by": by}
    with world.db.write() as session:
        known = imports.unfinished(session, sheet.table.sha, options)
        run = known or imports.begin(
            session, world.clock.now(), file=path.name, sha=sheet.table.sha, options=options, **chosen
        )
        session.expunge(run)
    return run


def _go_on(report: ImportReport, run: ImportRun) -> None:
    report.run, report.went_on_behind = run.id, run.cursor
    for name, count in run.counts.items():
        setattr(report, name, count)


def _all(
    world: World, sheet: Sheet, run: ImportRun, facts: ListFacts, refused: Rejects, report: ImportReport,
    progress: Progress | None,
) -> None:  # fmt: skip
    todo = (record for record in sheet.records() if record.line > run.cursor)
    country = run.options["country"]
    total = sheet.table.lines - 1
    while batch := list(islice(todo, BATCH)):
        people, told = understood(batch, sheet, country)
        refused.write(told)  # before the commit: a line that was passed by is never without its reason
        with world.db.write() as session:
            new, merged, wrong = take(world, session, people, facts)
            at = {record.line: record for record in batch}
            refused.write([(at[line], f"{PARTLY} address {value!r}: {WRONG}") for line, value in wrong])
            rejected = len(batch) - len(people)
            counts = {"read": len(batch), "new": new, "merged": merged, "rejected": rejected}
            counts = {name: getattr(report, name) + count for name, count in counts.items()}
            _remember(session, run, cursor=batch[-1].line, counts=counts)
        for name, count in counts.items():
            setattr(report, name, count)
        if progress:
            progress(min(total, max(report.read, batch[-1].line - 1)), total)


def _remember(session: Session, run: ImportRun, **values: Any) -> None:
    """In the transaction of the rows themselves: a run that was killed stands exactly behind its last whole batch."""
    session.execute(update(ImportRun).where(ImportRun.id == run.id).values(**values))


def _end(world: World, run: ImportRun, report: ImportReport) -> None:
    report.standing, report.held, report.suppressed = standing.of_run(world, run.id)
    told = {name: getattr(report, name) for name in ("read", "new", "merged", "rejected", "held", "suppressed")}
    now = world.clock.now()
    with world.db.write() as session:
        _remember(session, run, state="done", ended_at=now, counts=told)
