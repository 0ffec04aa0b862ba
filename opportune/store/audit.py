"""Who did what to whom, and how is it noticed when somebody changes that afterwards?

Each entry carries the hash of the one before it. What it says of a person (`why`, `data`) enters the hash only through
a salted digest: an erasure blanks the words and throws the salt away, and the chain still holds.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, event, false, insert, or_, select, update
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store.models import Audit, Note

HEAD = "audit_head"  # note: {"id", "hash"} of the last entry; whoever appends locks it
TAIL = "audit_tail"  # note: the same of the last entry that retention has deleted
_WAITING = "audit"


@dataclass(frozen=True, slots=True)
class Entry:
    at: Instant
    who: str
    act: str
    subject: str | None
    why: str | None
    data: dict[str, Any]


def write(
    session: Session,
    now: Instant,
    who: str,
    act: str,
    subject: str | None,
    why: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Noted with the transaction, as its last act: the head of the chain is held only for the commit, so that nobody
    waits for it, and no two wait for each other. `subject` of a person is `person(id)`."""
    told = json.loads(json.dumps(dict(data or {})))  # as it will be read back: keys are text
    entry = Entry(now, who[:500], act[:64], subject and subject[:64], why and why[:500], told)
    session.info.setdefault(_WAITING, []).append(entry)


def person(contact_id: int) -> str:
    return f"contact {contact_id}"


def digest(salt: str, why: str | None, data: Mapping[str, Any]) -> str:
    """Of what an erasure may take away."""
    return _sha(salt, why, data)


def link(prev: str, id: int, at: Instant, who: str, act: str, subject: str | None, personal: str) -> str:
    """The hash of one entry."""
    return _sha(prev, id, at, who, act, subject, personal)


def _sha(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@event.listens_for(Session, "before_commit")
def _seal(session: Session) -> None:
    """What waits becomes part of the chain."""
    if not session.info.get(_WAITING) or session.in_nested_transaction():
        return
    session.flush()
    waiting: list[Entry] = session.info.pop(_WAITING)
    locked = select(Note).where(Note.key == HEAD).with_for_update()
    head = session.scalars(locked.execution_options(populate_existing=True)).one()
    id, prev, rows = head.value["id"], head.value["hash"], []
    for entry in waiting:
        id, salt = id + 1, secrets.token_hex(16)
        personal = digest(salt, entry.why, entry.data)
        hash = link(prev, id, entry.at, entry.who, entry.act, entry.subject, personal)
        chain = {"id": id, "salt": salt, "personal": personal, "prev": prev, "hash": hash}
        said = {"at": entry.at, "who": entry.who, "act": entry.act, "subject": entry.subject}
        rows.append({**chain, **said, "why": entry.why, "data": entry.data})
        prev = hash
    session.execute(insert(Audit), rows)
    head.value = {"id": id, "hash": prev}
    session.flush()


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_WAITING, None)


def about(people: Iterable[int], others: Iterable[str] = ()) -> ColumnElement[bool]:
    """Entries about these people; `others`: subjects that are theirs too, like `touch 7`."""
    subjects = [*map(person, people), *others]
    parts = [Audit.subject.in_(subjects[start : start + 500]) for start in range(0, len(subjects), 500)]
    return or_(false(), *parts)


def blank(session: Session, ids: Iterable[int]) -> None:
    """Only erasure does this, and names the ids in its own entry: `audit_check` asks for that."""
    gone: dict[str, Any] = {"why": None, "data": {}, "salt": None}
    ids = list(ids)
    for start in range(0, len(ids), 500):
        session.execute(update(Audit).where(Audit.id.in_(ids[start : start + 500])).values(gone))
