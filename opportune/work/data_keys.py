"""Under which keys are addresses and numbers sealed, and how does that change? (`store.sealed`)

A new key stands first in OPPORTUNE_DATA_KEYS, and the old ones behind it until `rotate` has sealed everything anew: a
few hundred rows at a time, beside the work, and where it was broken off it goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Table, bindparam, select, type_coerce, update
from sqlalchemy.orm import Session

from opportune.settings import SettingError
from opportune.store import models as m
from opportune.store import notes, sealed, sealed_check
from opportune.work import personal_data
from opportune.work.world import World

PLAIN = "plain"
PART = 500


def columns() -> list[tuple[Table, Column[Any]]]:
    tables = m.Base.metadata.sorted_tables
    return [(table, column) for table in tables for column in table.columns if sealed.is_sealed(column.type)]


def status(world: World) -> dict[str, dict[str, int]]:
    """Column -> key -> how many values; `plain`: not sealed."""
    found = {}
    for table, column in columns():
        counts: Counter[str] = Counter()
        for part in _parts(world, table, column):
            counts.update(_under(raw) for _, _, raw in part)
        found[f"{table.name}.{column.name}"] = dict(counts)
    return found


def rotate(world: World, *, plain: bool = False, tell: Callable[[str, int], None] | None = None) -> int:
    """Everything under the first key, or (`plain`) not sealed at all; how many values were written anew.

    Raises:
        SettingError: there is no key.
    """
    if not sealed.ids():
        raise SettingError("OPPORTUNE_DATA_KEYS is empty: `opportune keys new` makes a key")
    aim, count = PLAIN if plain else sealed.ids()[0], 0
    for table, column in columns():
        done = sum(_rewrite(world, table, column, part, aim) for part in _parts(world, table, column))
        if tell:
            tell(f"{table.name}.{column.name}", done)
        count += done
    notes.put(world.db, sealed_check.NOTE, [] if plain else [aim])
    return count


Rows = Sequence[tuple[int, Any, Any]]  # key of the row, what it says, how it stands there


def _parts(world: World, table: Table, column: Column[Any]) -> Iterator[Rows]:
    behind = 0
    while True:
        with world.db.read() as session:
            part = _read(session, table, column, _key(table) > behind)
        if not part:
            return
        behind = part[-1][0]
        yield part


def _read(session: Session, table: Table, column: Column[Any], *where: Any, lock: bool = False) -> Rows:
    raw = type_coerce(column, personal_data.kind(column))
    query = select(_key(table), column, raw).where(column.is_not(None), *where).order_by(_key(table)).limit(PART)
    return [tuple(row) for row in session.execute(query.with_for_update() if lock else query)]


def _rewrite(world: World, table: Table, column: Column[Any], part: Rows, aim: str) -> int:
    ids = [id for id, _, raw in part if _under(raw) != aim]
    if not ids:
        return 0
    with world.db.write() as session:  # as it stands now: somebody may have changed it since
        rows = _read(session, table, column, _key(table).in_(ids), lock=True)
        kept = bindparam("new", type_=personal_data.kind(column) if aim == PLAIN else column.type)
        change = update(table).where(_key(table) == bindparam("row")).values({column.name: kept})
        session.connection().execute(change, [{"row": id, "new": value} for id, value, _ in rows])
    return len(rows)


def _key(table: Table) -> Column[Any]:
    return next(iter(table.primary_key))


def _under(raw: Any) -> str:
    return sealed.key_of(raw) or PLAIN
