"""How do rows go in and out cheaply? As the driver's own tuples, within the transaction of the session.

A row costs a tenth of what it costs as an object, and so does a question that SQLAlchemy need not put together. Ids are
known before the rows are written, so rows that refer to each other go in together: on SQLite under the one writer's
lock the next after the highest, on PostgreSQL from the sequence.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, wraps
from typing import Any, TypeVar

from sqlalchemy import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, class_mapper
from sqlalchemy.orm.attributes import instance_state, set_committed_value

from opportune.store import hushed, sealed
from opportune.store.models import Base

T = TypeVar("T", bound=Base)
U = TypeVar("U")
Rows = Sequence[tuple[Any, ...]]
_LOCK = re.compile(r"\s+FOR (NO KEY )?UPDATE.*", re.S)  # SQLite's one writer holds every row


def _as_ours(act: Callable[..., U]) -> Callable[..., U]:
    """An error of the driver as everybody else meets it: a database that is away, or somebody who gave way."""

    @wraps(act)
    def acted(bulk: Bulk, *given: Any) -> U:
        try:
            return act(bulk, *given)
        except bulk.dialect.loaded_dbapi.Error as error:
            hushed.hush(error)
            raise DBAPIError.instance(str(given[0]), None, error, bulk.dialect.loaded_dbapi.Error) from error

    return acted


class Bulk:
    """The session's connection, spoken to directly. What the session still holds back is written first."""

    def __init__(self, session: Session) -> None:
        session.flush()
        self.session = session
        self.dialect, self._driver = _of(session)
        self.lite = self.dialect.name == "sqlite"

    @_as_ours
    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """`= ANY(?)` in the query takes a whole list."""
        given = [json.dumps(value) if self.lite and isinstance(value, list) else value for value in values]
        # A prepared plan would be kept from when the table was small, and scan all of it once it is large.
        how = {} if self.lite else {"prepare": False}
        found: list[tuple[Any, ...]] = self._driver.execute(_spelled(query, self.lite), given, **how).fetchall()
        return found

    def objects(self, table: type[T], rest: str, *values: Any) -> list[T]:
        """Whole rows as the session's own objects, as they stand now; `rest`: what follows FROM, with `FOR UPDATE`."""
        columns, makers = _columns(table, self.dialect)
        found = []
        for row in self.rows(f"SELECT {', '.join(columns)} FROM {table.__tablename__} {rest}", *values):
            given = dict(zip(columns, row, strict=True))
            for name, make in makers:
                given[name] = make(given[name])
            found.append(given)
        return _known(self.session, table, found)

    @_as_ours
    def run(self, statement: str, *values: Any) -> int:
        """How many rows a statement changed."""
        how = {} if self.lite else {"prepare": False}
        given = [json.dumps(value) if self.lite and isinstance(value, list) else value for value in values]
        return int(self._driver.execute(_spelled(statement, self.lite), given, **how).rowcount)

    @_as_ours
    def each(self, statement: str, rows: Rows) -> None:
        """One statement for each of these rows, in their order."""
        with contextlib.closing(self._driver.cursor()) as cursor:
            cursor.executemany(_spelled(statement, self.lite), rows)

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

    @_as_ours
    def insert(self, table: type[Base], names: tuple[str, ...], rows: Rows) -> None:
        """New rows; `names` are the columns of their values. JSON comes as text."""
        rows = _as_kept(table, names, rows)
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

    @_as_ours
    def update(self, table: type[Base], names: tuple[str, ...], rows: Rows, by: str | tuple[str, ...] = "id") -> int:
        """`names`: the columns that change; each row gives their values and then those of `by`, which say what must
        still be there. How many rows changed."""
        name, key = table.__tablename__, (by,) if isinstance(by, str) else by
        if not rows:
            return 0
        rows = _as_kept(table, (*names, *key), rows)
        if self.lite or len(rows) == 1:
            changed, here = ", ".join(f"{each} = ?" for each in names), " AND ".join(f"{each} = ?" for each in key)
            query = _spelled(f"UPDATE {name} SET {changed} WHERE {here}", self.lite)
            done = self._driver.executemany(query, rows) if self.lite else self._driver.execute(query, rows[0])
            return int(done.rowcount)
        columns = table.__table__.c
        given = [*(f"new_{each}" for each in names), *(f"old_{each}" for each in key)]
        types = [columns[each].type.compile(self.dialect) for each in (*names, *key)]
        lists = ", ".join(f"%s::{kind}[]" for kind in types)
        changed = ", ".join(f"{each} = v.new_{each}" for each in names)
        here = " AND ".join(f"t.{each} = v.old_{each}" for each in key)
        statement = f"UPDATE {name} t SET {changed} FROM unnest({lists}) AS v({', '.join(given)}) WHERE {here}"
        values = [list(each) for each in zip(*rows, strict=True)]
        return int(self._driver.execute(statement, values, prepare=False).rowcount)


def remembered(session: Session, table: type[T], id: int) -> T | None:
    """The row of this id, if the session has it."""
    there: T | None = session.identity_map.get(class_mapper(table).identity_key_from_primary_key((id,)))
    return there


def one(session: Session, table: type[T], id: int) -> T:
    """The row of this id, which is there: as the session knows it, else as the driver reads it."""
    there = remembered(session, table, id)
    if there is not None and not instance_state(there).expired:
        return there
    [found] = Bulk(session).objects(table, "WHERE id = ?", id)
    return found


def _of(session: Session) -> tuple[Dialect, Any]:
    """The dialect and the driver's connection, which stays the same for the length of a transaction. A savepoint is
    set only when the session is asked for its connection."""
    known: tuple[Any, Dialect, Any] | None = session.info.get("bulk")
    within = session.get_nested_transaction() or session.get_transaction()
    if known is None or within is None or known[0] is not within:
        connection = session.connection()
        within = session.get_nested_transaction() or session.get_transaction()
        known = session.info["bulk"] = (within, connection.dialect, connection.connection.driver_connection)
    return known[1:]


def says(there: Base, values: Mapping[str, Any]) -> None:
    """What its row now says, without asking for it again."""
    state = instance_state(there)
    if state.modified or state.expired_attributes:
        for name, value in values.items():
            set_committed_value(there, name, value)
    else:
        state.dict.update(values)


def _known(session: Session, table: type[T], rows: Sequence[dict[str, Any]]) -> list[T]:
    """The objects of these rows, with what the rows say now."""
    mapper = class_mapper(table)  # also where nothing was asked yet: it makes the mapping whole
    names, found = [column.name for column in mapper.primary_key], []
    for given in rows:
        key = mapper.identity_key_from_primary_key(tuple([given[name] for name in names]))
        there = session.identity_map.get(key)
        if there is None:
            there = mapper.class_manager.new_instance()
            there.__dict__.update(given)
            _attach(session, there, key)
        else:
            says(there, given)
        found.append(there)
    return found


def _attach(session: Session, there: object, key: Any) -> None:
    """As the session itself does with a row it has read: `add` would look for changes, and for related objects."""
    state = instance_state(there)
    state.key, state.session_id = key, session.hash_key
    session.identity_map.add(state)


@lru_cache
def _columns(table: type[Base], dialect: Dialect) -> tuple[tuple[str, ...], list[tuple[str, Callable[[Any], Any]]]]:
    """The names of all columns, and what makes values of those that the driver knows only as numbers or text."""
    columns, lite = table.__table__.columns, dialect.name == "sqlite"  # psycopg knows them itself
    ours = [c for c in columns if lite or sealed.is_sealed(c.type)]
    made = [(c.name, c.type.dialect_impl(dialect).result_processor(dialect, None)) for c in ours]
    return tuple(c.name for c in columns), [(name, make) for name, make in made if make]


def _as_kept(table: type[Base], names: Sequence[str], rows: Rows) -> Rows:
    """Addresses and numbers sealed, where there are keys."""
    if not sealed.ids():
        return rows
    kinds = [table.__table__.columns[name].type for name in names]
    return sealed.rows(kinds, rows) if any(map(sealed.is_sealed, kinds)) else rows


@lru_cache(maxsize=256)
def _spelled(query: str, lite: bool) -> str:
    """In the engine's own spelling."""
    if lite:
        return _LOCK.sub("", query).replace("= ANY(?)", "IN (SELECT value FROM json_each(?))")
    return query.replace("?", "%s")
