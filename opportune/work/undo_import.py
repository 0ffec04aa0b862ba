"""How is a whole import taken back?

People it made are removed unless anything else has happened with them since; of people it only told us more about, each
word goes back to what it was unless it was changed again. A no that was said meanwhile stays, with the person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import Table, and_, delete, exists, select, update
from sqlalchemy.orm import Session

from opportune.store.models import (
    Address,
    Base,
    Company,
    Consent,
    Contact,
    ImportRow,
    ImportRun,
    Note,
    PastTouch,
    Remark,
    Signal,
)
from opportune.work import plan, signals
from opportune.work.world import World

BATCH = 200
OURS = ("address", "consent", "signal", "remark", "past_touch", "import_row")  # what a list may bring with a person
WHY = {
    "touch": "already contacted or planned for",
    "enrolment": "in a campaign",
    "lead": "wrote to us through a form",
    "suppression": "said no",
    "consent": "gave or withdrew a consent since",
    "outcome": "something came of it",
    "inbound_call": "called us",
    "contact": "another person was merged into this one",
    "import_row": "another list names them too",
}


class NoSuchRun(ValueError):
    """There is nothing to undo; the message says what there is."""


@dataclass(slots=True)
class Undone:
    run: int
    removed: int = 0
    restored: int = 0
    kept: list[tuple[int, str]] = field(default_factory=list)  # (contact, why)
    changed_since: list[tuple[int, str]] = field(default_factory=list)  # (contact, column): not put back


def undo(world: World, run_id: int) -> Undone:
    """Broken off, it is simply run again: a batch is whole or not at all."""
    with world.db.read() as session:
        run = session.get(ImportRun, run_id)
        if run is None or run.state == "undone":
            raise NoSuchRun(
                f"import {run_id}: {'is undone already' if run else 'there is none'}; see `opportune import list`"
            )
        started = run.started_at
        ids = list(session.scalars(select(ImportRow.contact_id).where(ImportRow.run_id == run_id).distinct()))
    done, rest = Undone(run_id), iter(sorted(ids))
    while batch := list(islice(rest, BATCH)):
        with world.db.write() as session:
            _batch(world, session, batch, run_id, started, done)
    with world.db.write() as session:
        session.execute(
            update(ImportRun).where(ImportRun.id == run_id).values(state="undone", undone_at=world.clock.now())
        )
        nobodys = and_(Company.created_at == started, ~exists().where(Contact.company_id == Company.id))
        session.execute(delete(Company).where(nobodys))
    return done


def _batch(world: World, session: Session, ids: list[int], run: int, started: int, done: Undone) -> None:
    rows: dict[int, list[ImportRow]] = defaultdict(list)
    query = (
        select(ImportRow).where(ImportRow.run_id == run, ImportRow.contact_id.in_(ids)).order_by(ImportRow.id.desc())
    )
    for row in session.scalars(query.with_for_update()):
        rows[row.contact_id].append(row)
    session.execute(delete(PastTouch).where(PastTouch.run_id == run, PastTouch.contact_id.in_(ids)))
    made = [id for id, each in rows.items() if any(row.made for row in each)]
    kept = _traces(session, made, rows, started)
    removed = [id for id in made if id not in kept]
    known = [id for id in rows if id not in made]
    for id in known:
        _restore(session, id, rows[id], done)
    _forget(session, known, rows, started)
    _remove(session, removed)
    done.removed += len(removed)
    done.restored += len(known)
    done.kept += sorted(kept.items())
    now = world.clock.now()
    session.execute(delete(ImportRow).where(ImportRow.run_id == run, ImportRow.contact_id.in_([*removed, *known])))
    plan.facts_changed(world, session, {*known, *signals.recompute(world, session, known, now)}, now)


def _traces(session: Session, ids: list[int], rows: dict[int, list[ImportRow]], started: int) -> dict[int, str]:
    """Whoever of these has more to their name than this list brought, and what."""
    found: dict[int, str] = {}
    for table in Base.metadata.sorted_tables:
        for column in _to_contact(table):
            if table.name not in OURS:
                there = session.scalars(select(column).where(column.in_(ids)).distinct())
                found |= {id: WHY.get(table.name, f"in table {table.name}") for id in there}
    brought = {each for id in ids for row in rows[id] for each in row.added.get("consent", [])}
    for id, contact in session.execute(select(Consent.id, Consent.contact_id).where(Consent.contact_id.in_(ids))):
        if id not in brought:
            found[contact] = WHY["consent"]
    here = next((row.run_id for each in rows.values() for row in each), 0)
    others: list[tuple[Any, Any]] = [(ImportRow, ImportRow.run_id != here), (PastTouch, PastTouch.run_id != here)]
    others += [(Signal, Signal.at != started), (Remark, Remark.at != started)]
    for kind, other in others:
        there = session.scalars(select(kind.contact_id).where(kind.contact_id.in_(ids), other).distinct())
        found |= {id: WHY.get(kind.__tablename__, "something was noted since") for id in there}
    return found


def _to_contact(table: Table) -> list[Any]:
    return [key.parent for key in table.foreign_keys if key.column.table.name == "contact"]


def _restore(session: Session, id: int, rows: list[ImportRow], done: Undone) -> None:
    """The latest change first."""
    contact = session.get(Contact, id, with_for_update={"key_share": True})
    if contact is None:
        return
    for row in rows:
        changed: dict[str, Any] = row.changed or {}
        for column, (was, became) in changed.items():
            if getattr(contact, column) == became:
                setattr(contact, column, was)
            else:
                done.changed_since.append((id, column))
    contact.version += 1


def _forget(session: Session, ids: list[int], rows: dict[int, list[ImportRow]], started: int) -> None:
    """What the list added to people who were known."""
    added: dict[str, list[int]] = defaultdict(list)
    for id in ids:
        for row in rows[id]:
            for table, numbers in row.added.items():
                added[table] += numbers
    session.execute(delete(Address).where(Address.id.in_(added["address"])))
    if added["consent"]:
        with _unsealed(session):
            session.execute(delete(Consent).where(Consent.id.in_(added["consent"])))
    session.execute(
        delete(Signal).where(Signal.contact_id.in_(ids), Signal.at == started, Signal.source_id.is_not(None))
    )
    session.execute(delete(Remark).where(Remark.contact_id.in_(ids), Remark.at == started, Remark.source == "list"))


@contextmanager
def _unsealed(session: Session) -> Iterator[None]:
    """Within this block, in this transaction alone, the database lets consents go."""
    seal = Note(key="consents_unsealed", value="an import undone")
    session.add(seal)
    session.flush()
    yield
    session.delete(seal)
    session.flush()


def _remove(session: Session, ids: list[int]) -> None:
    with _unsealed(session):
        session.execute(delete(Consent).where(Consent.contact_id.in_(ids)))
    for table in (Signal, Remark, Address):
        session.execute(delete(table).where(table.contact_id.in_(ids)))
    session.execute(delete(Contact).where(Contact.id.in_(ids)))
