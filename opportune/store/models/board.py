"""By what does the board count? Tables that the database itself keeps, with each fact: see `store.rollups`.

They name nobody: a person is the number of their enrolment.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, Column, String, Table

from opportune.store.models.base import BIG, Base

#: Of a person in a campaign, at the first decision that chose a channel.
PERSON = ("campaign_id", "version_id", "day", "channel", "mode", "chance", "status", "source_id", "script", "hour")
STAGES = ("decided", "attempted", "reached", "conversation", "goal", "kept", "opted_out", "cost")
#: Of a contact attempt that left.
TRY = ("campaign_id", "version_id", "day", "channel", "half", "attempt", "fresh", "status", "source_id", "script")
RESULTS = ("tried", "answered", "conversation", "goal", "cost")

_WORDS = frozenset({"kind", "channel", "mode", "status", "script"})
#: As the cells are read: what a chart is cut by stands before what all of them have.
_FIRST = ("kind", "status", "source_id", "script", "attempt", "campaign_id", "day")


def _columns(names: Iterable[str], key: Iterable[str] = ()) -> list[Column[Any]]:
    """Of numbers, but for a few words; `cost` is in millionths, which add up exactly."""
    kinds = {name: String(64) if name in _WORDS else BigInteger() for name in names}
    return [
        Column(name, kind, primary_key=name in key, nullable=False, autoincrement=False) for name, kind in kinds.items()
    ]


def _row(name: str, key: str, names: Iterable[str]) -> Table:
    return Table(name, Base.metadata, Column(key, BIG, primary_key=True, autoincrement=False), *_columns(names))


def _cells(name: str, dims: tuple[str, ...], sums: tuple[str, ...]) -> Table:
    keys = ("kind", *dims)
    ordered = sorted(keys, key=lambda each: _FIRST.index(each) if each in _FIRST else len(_FIRST))
    return Table(name, Base.metadata, *_columns(ordered, keys), *_columns(sums), sqlite_with_rowid=False)


OUTCOME_WINDOW = _row("outcome_window", "version_id", ("seconds",))


def _notes(name: str) -> Table:
    of = Column("enrolment_id", BigInteger, nullable=False), Column("touch_id", BigInteger)
    return Table(name, Base.metadata, Column("id", BIG, primary_key=True), *of)


#: What changed since the cells were last folded: of this enrolment, and this touch of it.
DIRTY, TAKEN = _notes("board_dirty"), _notes("board_taken")  # taken: within a fold only
FOLD = _row("board_fold", "id", ())  # never holds a row: putting one in folds
#: As counted in the cells; `_new` and `_change` hold rows within a fold only.
COHORT, COHORT_NEW = (_row(name, "enrolment_id", (*PERSON, *STAGES)) for name in ("cohort", "cohort_new"))
ATTEMPT, ATTEMPT_NEW = (_row(name, "touch_id", (*TRY, *RESULTS)) for name in ("attempt", "attempt_new"))
COHORT_CHANGE = Table("cohort_change", Base.metadata, *_columns((*PERSON, *STAGES)))
ATTEMPT_CHANGE = Table("attempt_change", Base.metadata, *_columns((*TRY, *RESULTS)))
PEOPLE_CELL = _cells("people_cell", PERSON, STAGES)
TRY_CELL = _cells("try_cell", TRY, RESULTS)
