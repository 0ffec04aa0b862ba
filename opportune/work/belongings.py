"""Which rows are a person's, and how do they change hands?

Asked of the tables themselves: a new table that refers to a person is moved without anybody thinking of it. What a
person cannot own twice (the same number, the same signal) stays where it is, with the one who is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint, select, update
from sqlalchemy.orm import Session

from opportune.store import models as m

#: Not moved: these say who was one with whom, which record a list made, or whom another system was told of; and a no is
#: copied, so that it holds for both whatever comes (promise 3).
STAYS = frozenset(
    {"contact.merged_into", "merge.kept_id", "merge.gone_id", "maybe_same.one_id", "maybe_same.other_id"}
    | {"import_row.contact_id", "suppression.contact_id", "webhook_delivery.contact_id"}
)
Moved = dict[str, list[int]]


def columns() -> Iterator[Column[Any]]:
    """Every column that names a person whose row it is, or who is meant."""
    for table in m.Base.metadata.sorted_tables:
        for column in table.columns:
            if str(column) not in STAYS and any(key.column.table.name == "contact" for key in column.foreign_keys):
                yield column


def move(session: Session, gone: int, kept: int) -> Moved:
    """What is `gone`'s becomes `kept`'s; answers which rows."""
    session.flush()
    moved = {str(column): _free(session, column, gone, kept) for column in columns()}
    for column in columns():
        _give(session, column, moved[str(column)], gone, kept)
    session.expire_all()
    return {name: ids for name, ids in moved.items() if ids}


def give_back(session: Session, moved: Moved, kept: int, gone: int) -> None:
    """What is still there: an erasure may have been faster."""
    session.flush()
    for column in columns():
        _give(session, column, moved.get(str(column), []), kept, gone)
    session.expire_all()


def _give(session: Session, column: Column[Any], ids: list[int], was: int, now: int) -> None:
    if ids:
        table = column.table
        session.execute(update(table).where(table.c.id.in_(ids), column == was).values({column.name: now}))


def _free(session: Session, column: Column[Any], gone: int, kept: int) -> list[int]:
    """Those of gone's rows that kept has not already, each looked at under every rule of uniqueness of its table."""
    table = column.table
    ids = set(session.scalars(select(table.c.id).where(column == gone)))
    for names in _unique(table, column.name):
        others = [table.c[name] for name in names if name != column.name]
        there = {tuple(row) for row in session.execute(select(*others).where(column == kept))} if others else set()
        mine = session.execute(select(table.c.id, *others).where(column == gone)).all()
        taken = bool(not others and session.scalar(select(table.c.id).where(column == kept).limit(1)))
        ids -= {id for id, *rest in mine if taken or (None not in rest and tuple(rest) in there)}
    return sorted(ids)


def _unique(table: Table, name: str) -> list[list[str]]:
    """The sets of columns that may stand there only once, as far as this one is among them."""
    rules = [list(each.columns) for each in table.constraints if isinstance(each, UniqueConstraint)]
    rules += [list(each.columns) for each in table.indexes if each.unique]
    sets = [[column.name for column in rule] for rule in rules]
    return [names for names in sets if name in names]
