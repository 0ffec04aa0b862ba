"""How do runs of lists, and the rows they made, go in and out of the database?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import JSON, select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store.bulk import Bulk
from opportune.store.models import Base, ImportRun

T = TypeVar("T", bound=Base)


class _Plain:
    def __init__(self, **said: Any) -> None:
        self.__dict__.update(said)


@lru_cache
def plain(table: type[T]) -> type[T]:
    """Like `table`, for rows to be that no session knows: what a list brings is mostly new, and an object that watches
    each of its values costs five times as much. What is not said is None."""
    nothing = dict.fromkeys(column.name for column in table.__table__.columns)
    return cast(type[T], type(f"New{table.__name__}", (_Plain,), nothing))


def insert(session: Session, table: type[Base], objects: Sequence[Any]) -> None:
    """New rows, given as objects outside the session: at a third of what the session would take for them. Their ids
    are set."""
    if not objects:
        return
    bulk = Bulk(session)
    for each, number in zip(objects, bulk.numbers(table, len(objects)), strict=True):
        each.id = number
    columns = _columns(table)
    # What was never said of an object is not among its own values; asking the object would take three times as long.
    rows = [
        tuple([_stored(said.get(name), *how) if how else said.get(name) for name, *how in columns])
        for said in map(vars, objects)
    ]
    bulk.insert(table, tuple(name for name, *_ in columns), rows)


def _stored(value: Any, is_json: bool, default: Any) -> Any:
    value = default if value is None else value
    return json.dumps(value, ensure_ascii=False) if is_json and value is not None else value


@lru_cache
def _columns(table: type[Base]) -> tuple[tuple[Any, ...], ...]:
    """(name, is it JSON, default); of most the name only, for their value goes in as it is."""
    columns = [(c.name, isinstance(c.type, JSON), c.default.arg if c.default is not None else None)
               for c in table.__table__.columns]  # fmt: skip
    return tuple(each if each[1] or each[2] is not None else each[:1] for each in columns)


def unfinished(session: Session, sha: str, options: dict[str, Any]) -> ImportRun | None:
    """The run of this very file, asked for in the same way, that was broken off."""
    query = select(ImportRun).where(ImportRun.sha == sha, ImportRun.state == "running").order_by(ImportRun.id.desc())
    return next((run for run in session.scalars(query) if run.options == options), None)


def begin(session: Session, now: Instant, **given: Any) -> ImportRun:
    run = ImportRun(state="running", cursor=0, counts={}, started_at=now, **given)
    session.add(run)
    session.flush()
    return run


def runs(session: Session) -> list[ImportRun]:
    return list(session.scalars(select(ImportRun).order_by(ImportRun.id.desc())))
