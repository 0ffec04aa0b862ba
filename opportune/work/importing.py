"""How does a list come in? `opportune import` as a plain function.

Good rows go in, broken ones into a reject file with line and reason. Batches are whole or not at all, and the same
file twice changes nothing: an import that was interrupted is simply run again.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import contacts
from opportune.store.leads import source as source_row
from opportune.store.models import Contact, Source
from opportune.work import merging, plan, preferences, rows, saidno, signals
from opportune.work.rows import BadRow, PersonRow
from opportune.work.sheets import Record, read_text, records
from opportune.work.world import World

BATCH = 200  # rows of the list; about a thousand rows of the database, which is what one transaction may hold
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class ImportReport:
    """What became of a list. `held` and `suppressed` are counted among the people of the list, new or known."""

    file: str
    encoding: str = ""
    read: int = 0
    new: int = 0
    merged: int = 0
    rejected: int = 0
    held: int = 0
    suppressed: int = 0
    said_no: int = 0
    rejects: Path | None = None


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What holds for every row of a list."""

    file: str
    source: str
    basis: str | None
    bought: bool
    now: Instant


def import_contacts(
    world: World,
    path: Path,
    *,
    country: str | None = None,
    basis: str | None = None,
    said_no: Path | None = None,
    source: str | None = None,
    bought: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """`basis`: the consent basis its owner declares for the whole list (E1). A14: `bought` puts it in quarantine.
    Who said no is read first, so there is no moment at which somebody of them could be approached."""
    text, encoding = read_text(path)
    delimiter, at, width = rows.open_sheet(str(path), text, {"email", "phone", "mobile"})
    report = ImportReport(str(path), encoding)
    if said_no:
        report.said_no = saidno.read(world, said_no, country)
    facts = ListFacts(path.name, source or path.stem, basis, bought, world.clock.now())
    all_records = list(records(text, delimiter, width))[1:]
    people, rejects = _understood(all_records, at, country)
    report.read, report.rejected = len(all_records), len(rejects)
    seen: set[int] = set()
    for batch in _batches(people):
        with world.db.write() as session:
            seen |= _take(world, session, batch, facts, report)
        if progress:
            progress(min(len(all_records), batch[-1].line), len(all_records))
    _count(world, seen, report)
    report.rejects = _write_rejects(world.settings.home / "rejects", path, rejects)
    return report


def said_no_only(world: World, path: Path, *, country: str | None = None) -> ImportReport:
    """Only the do-not-contact list."""
    return ImportReport(str(path), said_no=saidno.read(world, path, country))


def _understood(
    all_records: list[Record], at: dict[str, int], country: str | None
) -> tuple[list[PersonRow], list[tuple[Record, str]]]:
    people, rejects = [], []
    for record in all_records:
        try:
            people.append(rows.person(record, at, country))
        except BadRow as reason:
            rejects.append((record, str(reason)))
    return people, rejects


def _batches(people: list[PersonRow]) -> Iterator[list[PersonRow]]:
    rest = iter(people)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _take(world: World, session: Session, batch: list[PersonRow], facts: ListFacts, report: ImportReport) -> set[int]:
    """One batch in one transaction; answers whom it touched."""
    sources = _sources(session, batch, facts)
    companies = merging.companies(session, batch, facts.now)
    there = contacts.at_addresses(session, (address for row in batch for address in row.addresses), lock=True)
    people: list[tuple[PersonRow, Contact, Source]] = []
    news: set[int] = set()
    with session.no_autoflush:
        for row in batch:
            origin = sources[row.source or facts.source]
            known = merging.same_person(row, there)
            contact = known or merging.new_contact(row, facts.now)
            merging.merge(contact, row, origin, companies.get(row.company), fresh=known is None)
            if known is not None and merging.changed(contact):
                news.add(contact.id)
            session.add(contact)
            for address in row.addresses:
                there.setdefault(address, []).append(contact)
            people.append((row, contact, origin))
            report.new += known is None
            report.merged += known is not None
    session.flush()
    contacts.add_addresses(session, [each for row, contact, _ in people for each in merging.addresses(contact, row)])
    said = [each for row, contact, origin in people for each in merging.consents(contact, row, origin, facts.file)]
    contacts.add_consents(session, said)
    signals.from_list(session, people, facts.now)
    news |= preferences.from_list(session, people, facts.now)
    touched = {contact.id: contact for _, contact, _ in people}
    news |= signals.recompute(world, session, list(touched), facts.now)
    saidno.mark(world, session, list(touched.values()), facts.now)
    plan.facts_changed(world, session, news & set(touched), facts.now)
    return set(touched)


def _sources(session: Session, batch: list[PersonRow], facts: ListFacts) -> dict[str, Source]:
    """The sources this batch names. One bought row makes its source a bought list (A14)."""
    found: dict[str, Source] = {}
    for row in batch:
        name = row.source or facts.source
        bought = row.bought or facts.bought
        if name not in found:
            found[name] = source_row(session, name, "bought" if bought else "import", facts.now, facts.basis)
        elif bought:
            found[name].kind = "bought"
    return found


def _count(world: World, seen: set[int], report: ImportReport) -> None:
    """How many of the list's people wait for a zone, and how many must not be contacted."""
    everyone = iter(sorted(seen))
    with world.db.read() as session:
        while ids := list(islice(everyone, 500)):
            people = list(session.query(Contact).filter(Contact.id.in_(ids)))
            report.held += sum(contact.held == contacts.NEEDS_ZONE for contact in people)
            report.suppressed += len(contacts.suppression_reasons(session, world.signer, people))


def _write_rejects(folder: Path, path: Path, rejects: list[tuple[Record, str]]) -> Path | None:
    """`contacts.csv` -> `contacts.csv.rejects.csv` with line, reason and the row as it was."""
    target = folder / f"{path.name}.rejects.csv"
    if not rejects:
        target.unlink(missing_ok=True)  # an earlier import's rejects have been mended
        return None
    folder.mkdir(parents=True, exist_ok=True)
    with target.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "reason", "row"])
        for record, reason in rejects:
            # A spreadsheet runs what begins with = + - @ as a formula: the apostrophe makes it text again.
            raw = "'" + record.raw if record.raw[:1] in "=+-@\t\r" else record.raw
            writer.writerow([record.line, reason, raw])
    return target
