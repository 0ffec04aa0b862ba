"""Does the audit still say what was written into it?

Asked of every entry: its words, its place behind the one before it, the last one, what was noted outside the database
(`anchors`), and of each blanked one the erasure that blanked it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.store import audit, notes
from opportune.store.models import Audit

PART = 1000
ERASED = "person_erased"


@dataclass
class Report:
    """`broken` says what is wrong, entry by entry; empty: nothing was changed, removed or moved."""

    entries: int = 0
    blanked: int = 0
    anchors: int = 0
    head: dict[str, Any] | None = None
    broken: list[str] = field(default_factory=list)


def verify(session: Session, anchors: Iterable[Mapping[str, Any]] = ()) -> Report:
    found, explained, blanked, hashes = Report(), set[int](), set[int](), dict[int, str]()
    noted = {int(each["id"]): str(each["hash"]) for each in anchors}
    tail = notes.get_in(session, audit.TAIL) or {"id": 0, "hash": ""}
    last = (int(tail["id"]), str(tail["hash"]))
    for row in _rows(session):
        found.entries += 1
        found.broken += _wrong(row, *last)
        last = (row.id, row.hash)
        if row.salt is None:
            blanked.add(row.id)
        elif row.act == ERASED:
            explained.update(row.data.get("blanked", ()))
        if row.id in noted:
            hashes[row.id] = row.hash
    found.blanked, found.anchors = len(blanked), len(noted)
    found.head = {"id": last[0], "hash": last[1]}
    found.broken += [f"entry {id}: its words are gone, and no erasure says so" for id in sorted(blanked - explained)]
    found.broken += _outside(noted, hashes, int(tail["id"]))
    head = notes.get_in(session, audit.HEAD)
    if head != found.head:
        found.broken.append(f"the last entry should be {head and head['id']}, and is {last[0]}")
    return found


def _rows(session: Session) -> Iterator[Audit]:
    behind = 0
    while True:
        part = session.scalars(select(Audit).where(Audit.id > behind).order_by(Audit.id).limit(PART)).all()
        yield from part
        if len(part) < PART:
            return
        behind = part[-1].id
        session.expunge_all()


def _wrong(row: Audit, before: int, prev: str) -> list[str]:
    wrong = []
    if row.prev != prev:
        wrong.append(f"entry {row.id} does not follow entry {before}: something between was removed or put in")
    if row.hash != audit.link(row.prev, row.id, row.at, row.who, row.act, row.subject, row.personal):
        wrong.append(f"entry {row.id}: who did what, or when, was changed")
    if row.salt is None and (row.why is not None or row.data):
        wrong.append(f"entry {row.id}: it was blanked, and says something all the same")
    if row.salt is not None and row.personal != audit.digest(row.salt, row.why, row.data):
        wrong.append(f"entry {row.id}: its reason or its details were changed")
    return wrong


def _outside(noted: Mapping[int, str], here: Mapping[int, str], tail: int) -> list[str]:
    """What the file of anchors knows; older ones than the retention keeps prove nothing any more."""
    told = "the audit was rewritten, or this database comes from a backup older than that"
    wrong = sorted(id for id, hash in noted.items() if id > tail and here.get(id) != hash)
    return [f"entry {id} is not the one that was noted outside the database: {told}" for id in wrong]
