"""How do we store something that may arrive twice? The unique key decides, in one statement, without an error."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from opportune.store.models import Base


def insert_once(session: Session, table: type[Base], values: dict[str, Any]) -> bool:
    """Insert unless a row with the same unique key is there; True when it was new."""
    lite = session.get_bind().dialect.name == "sqlite"
    core = cast(Table, table.__table__)
    insert = sqlite.insert(core) if lite else postgresql.insert(core)
    return session.scalar(insert.values(**values).on_conflict_do_nothing().returning(core.c.id)) is not None
