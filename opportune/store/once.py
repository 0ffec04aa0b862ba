"""How do we store something that may arrive twice? The unique key decides, in one statement, without an error."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from opportune.store.models import Base


def insert_once(session: Session, table: type[Base], values: dict[str, Any]) -> bool:
    """Insert unless a row with the same unique key is there; True when it was new."""
    connection = session.connection()
    return connection.scalar(_statement(table, connection.dialect.name == "sqlite"), values) is not None


def insert_new(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> int:
    """The same for many rows at once; returns how many were new."""
    connection = session.connection()
    return len(connection.execute(_statement(table, connection.dialect.name == "sqlite"), rows).all())


@lru_cache
def _statement(table: type[Base], lite: bool) -> Any:
    core = cast(Table, table.__table__)
    insert = sqlite.insert(core) if lite else postgresql.insert(core)
    return insert.on_conflict_do_nothing().returning(*core.primary_key)
