"""What does the house note for itself? Small values by key: practice clock, kill switch, mailbox cursor."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from opportune.store.db import Database
from opportune.store.models import Note


def get(db: Database, key: str, default: Any = None) -> Any:
    with db.read() as session:
        note = session.get(Note, key)
        return default if note is None else note.value


def get_in(session: Session, key: str) -> Any:
    note = session.get(Note, key)
    return None if note is None else note.value


def put(db: Database, key: str, value: Any) -> None:
    with db.write() as session:
        put_in(session, key, value)


def put_in(session: Session, key: str, value: Any) -> None:
    session.merge(Note(key=key, value=value))
