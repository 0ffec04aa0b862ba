"""What does the house note for itself? Small values by key: practice clock, kill switch, mailbox cursor."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy.orm import Session

from opportune.store.bulk import Bulk
from opportune.store.db import Database

_PUT = "INSERT INTO note (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"


def get(db: Database, key: str, default: Any = None) -> Any:
    with db.read() as session:
        found = _found(session, key)
    return found[0] if found else default


def get_in(session: Session, key: str) -> Any:
    found = _found(session, key)
    return found[0] if found else None


def _found(session: Session, key: str) -> list[Any]:
    bulk = Bulk(session)
    values = [value for (value,) in bulk.rows("SELECT value FROM note WHERE key = ?", key)]
    return [json.loads(value) if bulk.lite and isinstance(value, str) else value for value in values]  # 1 stays 1


def starting(db: Database, prefix: str) -> dict[str, Any]:
    """All whose key begins so."""
    with db.read() as session:
        keys = [
            key for (key,) in Bulk(session).rows("SELECT key FROM note WHERE key LIKE ? ORDER BY key", f"{prefix}%")
        ]
        return {key: get_in(session, key) for key in keys}


def drop_in(session: Session, key: str) -> bool:
    """False: somebody else was faster."""
    return Bulk(session).run("DELETE FROM note WHERE key = ?", key) == 1


def put(db: Database, key: str, value: Any) -> None:
    with db.write() as session:
        put_in(session, key, value)


def put_in(session: Session, key: str, value: Any) -> None:
    Bulk(session).run(_PUT, key, json.dumps(value))
