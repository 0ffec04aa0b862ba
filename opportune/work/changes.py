"""What stood in a row before we changed it, so that it can be put back?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from opportune.store import models as m

GROWING = ("version", "contact_id")  # never put back: a number that only grows, and what `belongings` moves
Row = Any  # of any table with an id
Kept = dict[str, dict[str, dict[str, list[Any]]]]  # table -> id -> column -> [was, is]


class Changes:
    """Sets columns and remembers what was there."""

    def __init__(self) -> None:
        self.kept: Kept = {}
        self._watched: list[tuple[Row, dict[str, Any]]] = []

    def watch(self, *rows: Row) -> None:
        """What becomes of these until `seen`, whoever changes them."""
        self._watched += [(row, columns_of(row)) for row in rows]

    def seen(self, session: Session) -> Kept:
        session.flush()
        for row, was in self._watched:
            session.refresh(row)
            for name, value in was.items():
                self._note(row, name, value, getattr(row, name))
        return self.kept

    def put(self, row: Row, **values: Any) -> None:
        """Set columns of a row that is not watched."""
        for name, value in values.items():
            self._note(row, name, getattr(row, name), value)
            setattr(row, name, value)

    def _note(self, row: Row, name: str, was: Any, now: Any) -> None:
        if was != now and name not in GROWING:
            self.kept.setdefault(row.__tablename__, {}).setdefault(str(row.id), {})[name] = [was, now]


def columns_of(row: Row) -> dict[str, Any]:
    return {attribute.key: getattr(row, attribute.key) for attribute in inspect(type(row)).column_attrs}


def put_back(session: Session, kept: Kept) -> None:
    """Whatever nobody has changed since."""
    tables = {mapper.class_.__tablename__: mapper.class_ for mapper in m.Base.registry.mappers}
    for table, rows in kept.items():
        for id, columns in rows.items():
            row = session.get(tables[table], int(id))
            for name, (was, now) in columns.items() if row is not None else ():
                if getattr(row, name) == now:
                    setattr(row, name, was)
    session.flush()
