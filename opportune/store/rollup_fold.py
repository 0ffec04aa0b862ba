"""Who folds? Whoever writes the note that makes them enough, and the night; on PostgreSQL one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from opportune.store.bulk import Bulk
from opportune.store.models.board import RESULTS, STAGES
from opportune.store.rollup_triggers import LOCK
from opportune.store.rollups import folding


def fold(session: Session) -> None:
    """Everything noted so far, in this transaction."""
    bulk = _alone(session)
    for statement in folding(bulk.lite):
        bulk.run(statement if bulk.lite else statement.replace("%", "%%"))


def add(session: Session, cells: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """To cells, which are made where there are none."""
    sums = {*STAGES, *RESULTS} & set(columns)
    keys = [name for name in columns if name not in sums]
    more = ", ".join(f"{name} = {cells}.{name} + excluded.{name}" for name in columns if name in sums)
    into = f"INSERT INTO {cells} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    _alone(session).each(f"{into} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {more}", rows)


def _alone(session: Session) -> Bulk:
    bulk = Bulk(session)
    if not bulk.lite:
        bulk.rows("SELECT pg_advisory_xact_lock(?)", LOCK)
    return bulk
