"""How do the board's numbers stay right without reading ten million contact attempts?

Triggers note which enrolment, and which touch of it, a change concerns. Every so many notes are folded: what those
rows say now takes the place of what was counted of them, in every cell they are part of. A reader adds what is not
folded yet, so a page is never behind its facts. What a row says is asked of the plain tables by one definition,
whatever happened to them: a report, a merge and its undoing, an erasure. Nobody waits for anybody: notes are only
appended, and one at a time folds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from opportune.store.models.board import PERSON, RESULTS, STAGES, TRY
from opportune.store.said_rows import ATTEMPTS, PEOPLE

#: Notes that are waited for until a fold: its fixed cost is shared by so many, and a reader looks at so many itself.
ENOUGH = 400
WHOLE = ("campaign_id", "version_id", "day", "channel")  # every cell is cut by these
_NOTHING: Mapping[str, str] = {"mode": "''", "status": "''", "script": "''"}  # else -1
#: Beside the hour the first attempt is told from all later ones, and no more: else cells were as many as attempts.
_LATER = "CASE WHEN attempt > 1 THEN 2 ELSE 1 END"
#: Attempts after one that changed: their place in the row, and whether somebody had been reached before, hang on it.
#: In such words that SQLite begins with the notes, and looks at a person's few touches.
_LATER_ONES = """SELECT t.id FROM {notes} n CROSS JOIN touch u CROSS JOIN touch t
    WHERE u.id = n.touch_id AND t.enrolment_id = u.enrolment_id AND COALESCE(t.sending_at, 0) >= u.sending_at"""


@dataclass(frozen=True)
class Family:
    """`rows`: one a person or attempt, as it is counted in `cells`. `cuts`: kind of cell -> by what it is cut beside
    `WHOLE`; a page reads the first that will do. `says`: what the plain tables say of those that are due."""

    rows: str
    cells: str
    key: str
    dims: tuple[str, ...]
    sums: tuple[str, ...]
    cuts: Mapping[str, tuple[str, ...]]
    says: str

    def due(self, notes: str) -> str:
        later = f" UNION {_LATER_ONES.format(notes=notes)}" if self.key == "touch_id" and notes == "board_dirty" else ""
        return f"(SELECT DISTINCT {self.key} FROM {notes} WHERE {self.key} IS NOT NULL{later})"

    def said(self, notes: str, lite: bool) -> str:
        return _spelled(self.says.format(due=self.due(notes)), lite)

    def cut(self, kind: str) -> list[str]:
        """Each dimension as cells of this kind have it."""
        kept = {*WHOLE, *self.cuts[kind]}
        told = {name: name if name in kept else _NOTHING.get(name, "-1") for name in self.dims}
        if kind.startswith("half"):
            told["attempt"] = _LATER
        return list(told.values())


PERSONS = Family(
    "cohort", "people_cell", "enrolment_id", PERSON, STAGES,
    {
        "all": ("mode", "chance"),
        "status": ("mode", "chance", "status"),
        "source": ("source_id", "status"),
        "script": ("script", "status"),
        "hour": ("hour", "status"),
    },
    PEOPLE,
)  # fmt: skip
TRIES = Family(
    "attempt", "try_cell", "touch_id", TRY, RESULTS,
    {
        "step": ("attempt", "fresh", "status", "script"),
        "half": ("half", "attempt", "fresh"),
        "half_status": ("half", "attempt", "fresh", "status"),
    },
    ATTEMPTS,
)  # fmt: skip
FAMILIES = (PERSONS, TRIES)


def _spelled(sql: str, lite: bool) -> str:
    """Written as PostgreSQL has it."""
    return sql.replace("->> 'call'", "->> '$.call'").replace("->> 'email'", "->> '$.email'") if lite else sql


def folding(lite: bool) -> Iterator[str]:
    """The statements of a fold, in their order."""
    if lite:
        yield "INSERT INTO board_taken (enrolment_id, touch_id) SELECT enrolment_id, touch_id FROM board_dirty"
        yield "DELETE FROM board_dirty"
    else:  # what another commits meanwhile is taken the next time
        yield """WITH gone AS (DELETE FROM board_dirty RETURNING enrolment_id, touch_id)
          INSERT INTO board_taken (enrolment_id, touch_id) SELECT enrolment_id, touch_id FROM gone"""
    later = _LATER_ONES.format(notes="board_taken").replace("SELECT t.id", "SELECT DISTINCT t.enrolment_id, t.id", 1)
    yield f"INSERT INTO board_taken (enrolment_id, touch_id) {later} AND t.id <> u.id"
    for family in FAMILIES:
        yield from _folded(family, lite)
    yield "DELETE FROM board_taken"


def _folded(family: Family, lite: bool) -> Iterator[str]:
    mine = f"{family.key} IN {family.due('board_taken')}"
    yield f"INSERT INTO {family.rows}_new {family.said('board_taken', lite)}"
    was = f"SELECT {_list(family.dims)}, {_list(f'-{name}' for name in family.sums)} FROM {family.rows} WHERE {mine}"
    now = f"SELECT {_list((*family.dims, *family.sums))} FROM {family.rows}_new"
    # Once for all kinds of cells, since people who are alike change alike.
    yield f"INSERT INTO {family.rows}_change {_totals(family, family.dims, f'{now} UNION ALL {was}', _changed(family))}"
    for kind in family.cuts:
        yield _added(family, kind, f"{family.rows}_change")
    yield f"DELETE FROM {family.rows} WHERE {mine}"
    yield f"INSERT INTO {family.rows} SELECT * FROM {family.rows}_new"
    for scratch in ("new", "change"):
        yield f"DELETE FROM {family.rows}_{scratch}"


def building(lite: bool) -> Iterator[str]:
    """Everything anew from the plain tables, into empty ones."""
    every = {"enrolment_id": "(SELECT id AS enrolment_id FROM enrolment)",
             "touch_id": "(SELECT id AS touch_id FROM touch WHERE enrolment_id IS NOT NULL)"}  # fmt: skip
    for table in ("board_dirty", "board_taken"):
        yield f"DELETE FROM {table}"
    for family in FAMILIES:
        for table in (family.rows, f"{family.rows}_new", f"{family.rows}_change", family.cells):
            yield f"DELETE FROM {table}"
        yield f"INSERT INTO {family.rows} {_spelled(family.says.format(due=every[family.key]), lite)}"
        for kind in family.cuts:
            yield _added(family, kind, family.rows)


def _added(family: Family, kind: str, rows: str) -> str:
    """What stands in `rows`, added to its cells of this kind."""
    totals = _totals(family, family.cut(kind), f"SELECT * FROM {rows}", _changed(family))
    more = _list(f"{name} = {family.cells}.{name} + excluded.{name}" for name in family.sums)
    return (
        f"INSERT INTO {family.cells} (kind, {_list(family.dims)}, {_list(family.sums)}) "
        f"{totals.replace('SELECT', f'SELECT {kind!r},', 1)} "
        f"ON CONFLICT (kind, {_list(family.dims)}) DO UPDATE SET {more}"
    )


def _totals(family: Family, cut: Iterable[str], rows: str, having: str) -> str:
    by = _list(each for each in cut if each[0] not in "'-")
    sums = _list(f"SUM({name})" for name in family.sums)
    return f"SELECT {_list(cut)}, {sums} FROM ({rows}) u WHERE 1 = 1 GROUP BY {by} HAVING {having}"


def _changed(family: Family) -> str:
    return " OR ".join(f"SUM({name}) <> 0" for name in family.sums)


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)
