"""How long does the database itself work for a page? Seconds between asking the driver and its last row."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from opportune.store.board import cells

_connect = sqlite3.dbapi2.connect  # type: ignore[attr-defined]


@dataclass
class Asked:
    """What was asked of cells: seconds, and the part of each query that sums the cells themselves."""

    spent: float = 0.0
    bare: list[str] = field(default_factory=list)


class Watch:
    """`spent`: seconds of all queries since it was set to 0."""

    def __init__(self) -> None:
        self.spent = 0.0
        self.last: sqlite3.Connection | None = None

    def timed(self, act: Any, *given: Any) -> Any:
        began = time.perf_counter()
        try:
            return act(*given)
        finally:
            self.spent += time.perf_counter() - began

    def bare(self, query: str) -> float:
        """Seconds, on the connection the page asked."""
        assert self.last
        cursor = sqlite3.Cursor(self.last)
        began = time.perf_counter()
        cursor.execute(query).fetchall()
        return time.perf_counter() - began

    @contextmanager
    def cells(self) -> Iterator[Asked]:
        asked, ask, written = Asked(), cells._counted, cells._query

        def counted(*given: Any) -> Any:
            before = self.spent
            try:
                return ask(*given)
            finally:
                asked.spent += self.spent - before

        def query(*given: Any) -> str:
            whole = written(*given)
            asked.bare.append(whole.split(" UNION ALL SELECT")[0])
            return whole

        cells._counted, cells._query = counted, query
        try:
            yield asked
        finally:
            cells._counted, cells._query = ask, written


@contextmanager
def watching() -> Iterator[Watch]:
    """Every connection opened meanwhile."""
    watch = Watch()
    factory = _connection(watch, _cursor(watch))

    def connect(*given: Any, **named: Any) -> Any:
        return _connect(*given, **{**named, "factory": factory})

    sqlite3.dbapi2.connect = connect  # type: ignore[attr-defined]
    try:
        yield watch
    finally:
        sqlite3.dbapi2.connect = _connect  # type: ignore[attr-defined]


def _cursor(watch: Watch) -> type[sqlite3.Cursor]:
    def timed(verb: str) -> Any:
        plain = getattr(sqlite3.Cursor, verb)
        return lambda *given: watch.timed(plain, *given)

    verbs = ("execute", "executemany", "fetchall", "fetchmany", "fetchone")
    return type("Cursor", (sqlite3.Cursor,), {verb: timed(verb) for verb in verbs})


def _connection(watch: Watch, cursors: type[sqlite3.Cursor]) -> type[sqlite3.Connection]:
    class Connection(sqlite3.Connection):
        def cursor(self, *_given: Any) -> Any:
            watch.last = self
            return super().cursor(cursors)

        def execute(self, *given: Any) -> Any:
            return self.cursor().execute(*given)

        def executemany(self, *given: Any) -> Any:
            return self.cursor().executemany(*given)

    return Connection
