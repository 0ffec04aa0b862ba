"""Which columns say something of a person, and which rows are theirs? By the data map (`store/personal.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, false, or_, select
from sqlalchemy.types import TypeEngine

from opportune.settings import ROOT
from opportune.store import models as m

MAP = ROOT / "opportune/store/personal.toml"


@dataclass(frozen=True, slots=True)
class Said:
    """What the map says of one table. `by`: how a person's rows are found; empty: none are anybody's."""

    table: Table
    by: tuple[str, ...]
    deleted: bool
    person: dict[str, str]  # column -> kind
    staff: frozenset[str]
    plain: frozenset[str]

    @property
    def columns(self) -> frozenset[str]:
        return self.staff | self.plain | frozenset(self.person)


@lru_cache
def data_map() -> dict[str, Said]:
    """By name of the table."""
    tables = m.Base.metadata.tables
    return {name: _said(tables[name], given) for name, given in tomllib.loads(MAP.read_text()).items()}


def _said(table: Table, given: dict[str, Any]) -> Said:
    by = tuple(each.strip() for each in given.get("by", "").split(",") if each)
    staff, plain = frozenset(given.get("staff", ())), frozenset(given.get("plain", ()))
    return Said(table, by, given.get("do") == "delete", given.get("person", {}), staff, plain)


def kind(column: Column[Any]) -> TypeEngine[Any]:
    """As the database knows it, also of a sealed column."""
    return getattr(column.type, "impl_instance", column.type)


def theirs(said: Said, people: Sequence[int]) -> ColumnElement[bool]:
    """The rows of these people."""
    return or_(false(), *(_by(said.table, each, people) for each in said.by))


def _by(table: Table, by: str, people: Sequence[int]) -> ColumnElement[bool]:
    column, _, other = by.partition(" via ")
    if not other:
        return table.c[column].in_(people)
    via = m.Base.metadata.tables[other]
    return table.c[column].in_(select(via.c.id).where(via.c.contact_id.in_(people)))
