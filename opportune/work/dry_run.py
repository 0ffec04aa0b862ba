"""What would become of a list? The same reading as an import's, and not a word written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.store import addresses, contacts
from opportune.store.models import Consent, Contact, Suppression
from opportune.work import importing, merging, saidno, standing
from opportune.work.importing import Asked, ImportReport, Progress
from opportune.work.rejects import short
from opportune.work.rows import PersonRow
from opportune.work.world import World

SAMPLES = 5


@dataclass(slots=True)
class Person:
    """One of the list as far as the lines read tell; `name` is what telling people apart needs."""

    name: str
    email: str | None
    phone: str | None
    zones: bool = False
    suppressed: bool = False
    said: dict[str, bool] = field(default_factory=dict)  # the last word on calls and mail


@dataclass(slots=True)
class Seen:
    """Everybody the list has named so far: it is held in memory, some hundred bytes a person."""

    people: list[Person] = field(default_factory=list)
    at: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    known: dict[int, Person] = field(default_factory=dict)  # contact -> the same


def dry_run(
    world: World, path: Path, *, said_no: Path | None = None, progress: Progress | None = None, **asked: Any
) -> tuple[ImportReport, list[dict[str, Any]]]:
    """(what an import would report, the first few people as they were understood)."""
    how = Asked(**asked)
    sheet, report = importing.opened(world, path, how)
    noes = {world.signer.address_digest(each[1]) for each in saidno.entries(said_no, how.country)} if said_no else set()
    report.said_no = len(noes)
    seen, reasons, samples = Seen(), Counter[str](), list[dict[str, Any]]()
    rest, total = sheet.records(), sheet.table.lines - 1
    while batch := list(islice(rest, importing.BATCH)):
        people, told = importing.understood(batch, sheet, how.country)
        reasons.update(short(why) for _, why in told)
        with world.db.read() as session:
            _see(world, session, people, noes, seen, report)
        samples += [_sample(row) for row in people[: SAMPLES - len(samples)]]
        report.read, report.rejected = report.read + len(batch), report.rejected + len(batch) - len(people)
        if progress:
            progress(min(total, batch[-1].line - 1), total)
    _tell(report, seen)
    report.reasons = dict(reasons.most_common())
    return report, samples


def _see(
    world: World, session: Session, rows: Sequence[PersonRow], noes: set[str], seen: Seen, report: ImportReport
) -> None:
    there, wrong = addresses.right_and_wrong_at(session, (address for row in rows for address in row.addresses))
    found = [contact for each in (*there.values(), *wrong.values()) for contact in each]
    _meet(world, session, [each for each in found if each.id not in seen.known], seen)
    closed = noes | _closed(world, session, rows, Suppression.channel.is_(None))
    no_calls = _closed(world, session, rows, Suppression.channel == "call")
    for row in rows:
        at = {each: [*_known(there, seen, each), *seen.at[each]] for each in row.addresses}
        bad = {each: [*_known(wrong, seen, each)] for each in row.addresses}
        same = merging.same_person(row, at, bad)  # type: ignore[arg-type]
        person = same or Person(row.name, row.email, row.phone)
        report.merged += same is not None
        if same is None:
            report.new += 1
            seen.people.append(person)  # type: ignore[arg-type]
            for each in row.addresses:
                seen.at[each].append(person)  # type: ignore[arg-type]
        _hear(world, person, row, closed, no_calls)  # type: ignore[arg-type]


def _known(there: dict[str, list[Contact]], seen: Seen, address: str) -> Iterable[Person]:
    return (seen.known[contact.id] for contact in there.get(address, []))


def _hear(world: World, person: Person, row: PersonRow, closed: set[str], no_calls: set[str]) -> None:
    person.email, person.phone = person.email or row.email, person.phone or row.phone
    person.zones = person.zones or bool(row.zones)
    mine = {world.signer.address_digest(each) for each in (*row.addresses, *row.others)}
    person.suppressed = person.suppressed or bool(mine & closed)
    person.said |= {each.channel: each.granted for each in row.consents}
    if mine & no_calls:
        person.said["call"] = False


def _meet(world: World, session: Session, people: Sequence[Contact], seen: Seen) -> None:
    """Somebody we know already, as we know them."""
    refused = addresses.suppression_reasons(session, world.signer, people)
    ids = [contact.id for contact in people]
    query = select(Consent.contact_id, Consent.channel, Consent.granted).where(Consent.contact_id.in_(ids))
    for contact in people:
        person = Person(contact.name, contact.email, contact.phone, bool(contact.zones), contact.id in refused)
        if contact.id not in seen.known:
            seen.known[contact.id] = person
    for id, channel, granted in session.execute(query.order_by(Consent.at, Consent.id)):
        seen.known[id].said[channel] = granted


def _closed(world: World, session: Session, rows: Sequence[PersonRow], channel: Any) -> set[str]:
    digests = {world.signer.address_digest(each) for row in rows for each in (*row.addresses, *row.others)}
    known = select(Suppression.digest).where(Suppression.digest.in_(digests), Suppression.undone_at.is_(None))
    return {digest for digest in session.scalars(known.where(channel)) if digest}


def _tell(report: ImportReport, seen: Seen) -> None:
    counts: dict[tuple[str, str], int] = Counter()
    for person in (*seen.people, *seen.known.values()):
        held = None if person.zones else contacts.NEEDS_ZONE
        mail, call = person.said.get("email"), person.said.get("call")
        counts[standing.stands(held, bool(person.email), bool(person.phone), mail, call, person.suppressed)] += 1
        report.held += held is not None
        report.suppressed += person.suppressed
    report.standing = standing.grouped(counts)


def _sample(row: PersonRow) -> dict[str, Any]:
    said = {each.channel: each.granted for each in row.consents}
    return {"line": row.line, "name": row.name, "email": row.email, "phone": row.phone, "country": row.country,
            "zones": row.zones, "status": row.status.value, "company": row.company, "said": said}  # fmt: skip
