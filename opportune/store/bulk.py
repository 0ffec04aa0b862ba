"""How do many rows go in and out at once? As the driver's own tuples, within the transaction of the session.

A row costs a tenth of what it costs as an object. Ids are known before the rows are written, so rows that refer to each
other go in together: on SQLite under the one writer's lock the next after the highest, on PostgreSQL from the sequence.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from opportune.store.models import Base

Rows = Sequence[tuple[Any, ...]]


class Bulk:
    """The session's connection, spoken to directly. What the session still holds back is written first."""

    def __init__(self, session: Session) -> None:
        session.flush()
        self.session = session
        connection = session.connection()
        self.lite = connection.dialect.name == "sqlite"
        self._driver: Any = connection.connection.driver_connection

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """`= ANY(?)` in the query takes a whole list."""
        given = [json.dumps(value) if self.lite and isinstance(value, list) else value for value in values]
        # A prepared plan would be kept from when the table was small, and scan all of it once it is large.
        how = {} if self.lite else {"prepare": False}
        found: list[tuple[Any, ...]] = self._driver.execute(_spelled(query, self.lite), given, **how).fetchall()
        return found

    def lock(self, table: type[Base], ids: list[int]) -> list[int]:
        """Those of these rows that nobody else holds, held until the commit. SQLite's one writer holds them all."""
        if self.lite:
            return ids
        # The checks of foreign keys keep their plans too, and those made over a small table scan all of a large one.
        self._driver.execute("DISCARD PLANS")
        query = f"SELECT id FROM {table.__tablename__} WHERE id = ANY(?) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
        return [id for (id,) in self.rows(query, ids)]

    def numbers(self, table: type[Base], count: int) -> Sequence[int]:
        """Ids for so many new rows."""
        name = table.__tablename__
        if self.lite:
            [(last,)] = self.rows(f"SELECT COALESCE(MAX(id), 0) FROM {name}")
            return range(last + 1, last + 1 + count)
        each = f"SELECT nextval(pg_get_serial_sequence('{name}', 'id')) FROM generate_series(1, ?)"
        return [id for (id,) in self.rows(each, count)]

    def insert(self, table: type[Base], names: tuple[str, ...], rows: Rows) -> None:
        """New rows; `names` are the columns of their values. JSON comes as text."""
        into = f"{table.__tablename__} ({', '.join(names)})"
        one = f"INSERT INTO {into} VALUES ({', '.join('?' * len(names))})"
        if self.lite:
            self._driver.executemany(one, rows)
        elif len(rows) == 1:  # a COPY has one more way to go and back
            self._driver.execute(_spelled(one, lite=False), rows[0])
        elif rows:
            with self._driver.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)

    def update(self, table: type[Base], names: tuple[str, ...], rows: Rows, by: str | tuple[str, ...] = "id") -> int:
        """`names`: the columns that change; each row gives their values and then those of `by`, which say what must
        still be there. How many rows changed."""
        name, key = table.__tablename__, (by,) if isinstance(by, str) else by
        if not rows:
            return 0
        if self.lite or len(rows) == 1:
            changed, here = ", ".join(f"{each} = ?" for each in names), " AND ".join(f"{each} = ?" for each in key)
            query = _spelled(f"UPDATE {name} SET {changed} WHERE {here}", self.lite)
            done = self._driver.executemany(query, rows) if self.lite else self._driver.execute(query, rows[0])
            return int(done.rowcount)
        columns = table.__table__.c
        given = [*(f"new_{each}" for each in names), *(f"old_{each}" for each in key)]
        types = [columns[each].type.compile(self.session.get_bind().dialect) for each in (*names, *key)]
        lists = ", ".join(f"%s::{kind}[]" for kind in types)
        changed = ", ".join(f"{each} = v.new_{each}" for each in names)
        here = " AND ".join(f"t.{each} = v.old_{each}" for each in key)
        statement = f"UPDATE {name} t SET {changed} FROM unnest({lists}) AS v({', '.join(given)}) WHERE {here}"
        values = [list(each) for each in zip(*rows, strict=True)]
        return int(self._driver.execute(statement, values, prepare=False).rowcount)


@lru_cache(maxsize=64)
def _spelled(query: str, lite: bool) -> str:
    """In the engine's own spelling."""
    if lite:
        return query.replace("= ANY(?)", "IN (SELECT value FROM json_each(?))")
    return query.replace("?", "%s")
