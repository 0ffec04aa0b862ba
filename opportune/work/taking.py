"""How does one batch of a list become people, in one transaction? With what undoing it must know (`ImportRow`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import addresses, contacts, imports
from opportune.store.leads import source as source_row
from opportune.store.models import Address, Consent, Contact, ImportRow, Operator, Source
from opportune.work import consents, fitting, merging, plan, preferences, registers, saidno, signals
from opportune.work.rows import PersonRow
from opportune.work.world import World

Taken = tuple[PersonRow, Contact, Source]


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What holds for every row of a list. `now`: when its import began."""

    run: int
    file: str
    source: str
    basis: str | None
    bought: bool
    now: Instant
    basis_by: str | None = None
    document: consents.Document | None = None  # that shows the basis


@dataclass
class Kept:
    """An `ImportRow` to be: one for every row of a list, so that it must cost next to nothing."""

    run_id: int
    line: int
    made: bool
    contact_id: int = 0
    changed: dict[str, object] | None = None
    added: dict[str, list[int]] = field(default_factory=dict)


@dataclass(slots=True)
class Batch:
    """Who of a batch is new, and who was there and what changed."""

    people: list[Taken] = field(default_factory=list)
    made: dict[int, Contact] = field(default_factory=dict)  # by id()
    rows: dict[int, Kept] = field(default_factory=dict)  # by id() of the contact
    moved: set[int] = field(default_factory=set)  # contacts for whom plans are to be made anew
    wrong: list[tuple[int, str]] = field(default_factory=list)  # line, and the address left out


def take(
    world: World, session: Session, rows: Sequence[PersonRow], facts: ListFacts
) -> tuple[int, int, list[tuple[int, str]]]:
    """Answers how many rows made a person, how many told of one who was known, and line and address of what was left
    out because it turned out wrong before (E7)."""
    batch = _people(session, rows, facts)
    imports.insert(session, Contact, list(batch.made.values()))
    session.flush()
    _addresses(session, batch)
    _consents(session, batch, facts)
    _kept(session, batch)
    said = [_in_session(session, each) if each[0].prefers or each[0].noted else each for each in batch.people]
    signals.from_list(session, said, facts.now)
    batch.moved |= preferences.from_list(session, said, facts.now)
    touched = {contact.id: contact for _, contact, _ in said}
    batch.moved |= signals.recompute(world, session, _to_judge(session, batch), world.clock.now())
    saidno.mark(world, session, list(touched.values()), facts.now)
    registers.mark(world, session, list(touched.values()), facts.now)
    known = set(touched) - {each.id for each in batch.made.values()}
    plan.facts_changed(world, session, batch.moved & known, world.clock.now())
    return len(batch.made), len(rows) - len(batch.made), batch.wrong


def _people(session: Session, rows: Sequence[PersonRow], facts: ListFacts) -> Batch:
    batch = Batch()
    sources = _sources(session, rows, facts)
    companies = merging.companies(session, list(rows), facts.now)
    owners = _owners(session, rows)
    at = [address for row in rows for address in row.addresses]
    there, wrong_at = addresses.right_and_wrong_at(session, at, lock=True)
    with session.no_autoflush:
        for row in rows:
            origin = sources[row.source or facts.source]
            known = merging.same_person(row, there, wrong_at)
            contact = known or merging.new_contact(row, facts.now)
            if known is None:
                batch.made[id(contact)] = contact
            _note(batch, contact, row, facts)
            wrong = [each for each in row.addresses if contact in wrong_at.get(each, ())]
            batch.wrong += [(row.line, each) for each in wrong]
            merging.merge(contact, row, origin, companies.get(row.company), fresh=known is None, wrong=wrong)
            contact.owner_id = contact.owner_id or owners.get(row.owner.casefold())
            _changes(batch, contact)
            for address in set(row.addresses) - {*wrong}:
                there.setdefault(address, []).append(contact)
            batch.people.append((row, contact, origin))
    return batch


def _note(batch: Batch, contact: Contact, row: PersonRow, facts: ListFacts) -> None:
    made = id(contact) in batch.made
    if id(contact) not in batch.rows:
        batch.rows[id(contact)] = Kept(facts.run, row.line, made)


def _changes(batch: Batch, contact: Contact) -> None:
    """Of somebody known: what the row changed, from what to what."""
    if id(contact) in batch.made or not merging.changed(contact):
        return
    batch.moved.add(contact.id)
    state: Any = inspect(contact)
    said = {a.key: a.history for a in state.attrs if a.key != "version" and a.history.has_changes()}
    changed: dict[str, object] = {
        key: [next(iter(each.deleted or ()), None), each.added[0]] for key, each in said.items()
    }
    batch.rows[id(contact)].changed = changed


def _addresses(session: Session, batch: Batch) -> None:
    fresh: dict[tuple[Any, ...], Address] = {}
    others: list[Address] = []
    for row, contact, _ in batch.people:
        for each in merging.addresses_of(contact, row):
            if id(contact) in batch.made:
                fresh.setdefault((each.contact_id, each.kind, each.value), each)
            else:
                others.append(each)
    imports.insert(session, Address, list(fresh.values()))
    if others:
        addresses.add(session, others)
        _added(batch, "address", others)


def _consents(session: Session, batch: Batch, facts: ListFacts) -> None:
    fresh: dict[tuple[Any, ...], Consent] = {}
    others: list[Consent] = []
    for row, contact, origin in batch.people:
        for each in merging.consents(contact, row, origin, facts.file):
            if id(contact) in batch.made:
                fresh.setdefault((each.contact_id, each.channel, each.at, each.granted, each.advertiser), each)
            else:
                others.append(each)
    imports.insert(session, Consent, list(fresh.values()))
    if others:
        contacts.add_consents(session, others)
    _added(batch, "consent", [*fresh.values(), *others])


def _added(batch: Batch, table: str, objects: Sequence[Address] | Sequence[Consent]) -> None:
    by_person = {contact.id: batch.rows[id(contact)] for _, contact, _ in batch.people}
    for each in objects:
        if each.id is not None:
            by_person[each.contact_id].added.setdefault(table, []).append(each.id)


def _kept(session: Session, batch: Batch) -> None:
    for _, contact, _ in batch.people:
        batch.rows[id(contact)].contact_id = contact.id
    imports.insert(session, ImportRow, list(batch.rows.values()))


def _in_session(session: Session, taken: Taken) -> Taken:
    """Somebody new as the session knows them, so that more can be written on them."""
    return taken[0], session.get_one(Contact, taken[1].id), taken[2]


def _to_judge(session: Session, batch: Batch) -> list[int]:
    """Whose label and kinds may be other than those of a stranger: for most rows of a list that is nobody."""
    learned = fitting.known(session).people > 0
    return sorted({c.id for row, c, _ in batch.people if learned or row.signals or id(c) not in batch.made})


def _sources(session: Session, rows: Sequence[PersonRow], facts: ListFacts) -> dict[str, Source]:
    """The sources this batch names. One bought row makes its source a bought list (A14)."""
    found: dict[str, Source] = {}
    for row in rows:
        name = row.source or facts.source
        bought = row.bought or facts.bought
        if name not in found:
            found[name] = source_row(session, name, "bought" if bought else "import", facts.now, facts.basis)
            consents.declare(found[name], facts.basis_by, facts.document)
        elif bought:
            found[name].kind = "bought"
    return found


def _owners(session: Session, rows: Sequence[PersonRow]) -> dict[str, int]:
    """Colleagues of ours whom the list names as owners, by name or mail address."""
    if not any(row.owner for row in rows):
        return {}
    colleagues = session.execute(select(Operator.id, Operator.name, Operator.email)).all()
    return {name.casefold(): id for id, *names in colleagues for name in names if name}
