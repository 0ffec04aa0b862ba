"""How do we store something that may arrive twice? The unique key decides, in one statement, without an error."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Table, inspect, text
from sqlalchemy.orm import Session

from opportune.store.bulk import Bulk
from opportune.store.models import Base


def insert_once(session: Session, table: type[Base], values: dict[str, Any]) -> Any:
    """Insert unless a row with the same unique key is there; the key of a new row, else None."""
    names, key = ", ".join(values), inspect(table).primary_key[0].name
    into = f"INSERT INTO {table.__tablename__} ({names}) VALUES ({', '.join('?' * len(values))})"
    given = [json.dumps(value) if isinstance(value, dict | list) else value for value in values.values()]
    found = Bulk(session).rows(f"{into} ON CONFLICT DO NOTHING RETURNING {key}", *given)
    return found[0][0] if found else None


def insert_new(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> int:
    """The same for many rows at once; returns how many were new."""
    return len(session.connection().execute(_statement(table), rows).all())


@lru_cache
def _statement(table: type[Base]) -> Any:
    """SQLAlchemy compiles its dialects' own conflict clauses anew each time; this text it compiles once."""
    core = cast(Table, table.__table__)
    insert = core.insert().returning(*core.primary_key)
    insert._post_values_clause = text("ON CONFLICT DO NOTHING")
    return insert
