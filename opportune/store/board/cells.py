"""How many people, and how many contact attempts, cut by what? The one source of the board's counts.

Read from cells that are kept with each fact (`store.rollups`), and what is not folded into them yet is added: one
statement, so that both are of one moment. A cut that no kind of cell has is counted from the rows behind the cells,
which takes seconds at ten million attempts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from opportune.rules.facts import DAY, Instant
from opportune.store.board.cohort import Filters
from opportune.store.bulk import Bulk
from opportune.store.db import Database
from opportune.store.models.board import RESULTS, STAGES
from opportune.store.rollups import PERSONS, TRIES, Family

BY = Literal["channel", "mode", "propensity", "goal", "campaign", "version", "status", "source", "script", "hour", "day", "week"]  # fmt: skip  # noqa: E501
BY_TRY = Literal["channel", "weekday", "slot", "attempt", "status", "goal", "campaign", "version", "script", "day", "week", "fresh"]  # fmt: skip  # noqa: E501

#: What is asked for -> the column it is read from, where their names differ.
_READ = {"propensity": "chance", "goal": "campaign_id", "campaign": "campaign_id", "version": "version_id",
         "source": "source_id", "week": "day", "weekday": "day", "slot": "half"}  # fmt: skip
_SAID = {
    "week": "day - (day - 345600) % 604800",
    "weekday": "CASE WHEN half < 0 THEN -1 ELSE (day / 86400 + 3) % 7 END",
}
_UNKNOWN = {"hour", "slot", "weekday"}  # None where the cells say -1


@dataclass(frozen=True, slots=True)
class Cell:
    """People: contact x campaign, at the first decision that chose a channel, whatever followed within the window.
    `by`: values in the order asked for. `propensity`: the chance of a call first, to 1/10,000, where both channels were
    open, else None; `hour`: 0..47, half hours of their own day, for which the first touch was planned; `day` and
    `week` (from Monday): when it starts, in UTC; `version`: its id. `matured`: the window is over for all of them."""

    by: tuple[Any, ...]
    matured: bool
    decided: int
    attempted: int
    reached: int
    conversation: int
    goal: int
    kept: int  # of those who met the goal in time, whenever the meeting took place
    opted_out: int
    cost: float  # EUR, all attempts within the window


@dataclass(frozen=True, slots=True)
class Tries:
    """Contact attempts of campaigns that left, or may have left. `weekday` 0..6 and `slot` 0..47 are of the person's
    own clock, None where that is unknown; `attempt`: 1, 2, … of this person in this campaign (beside `slot` or
    `weekday` 2 stands for all later ones); `fresh`: no earlier attempt was answered."""

    by: tuple[Any, ...]
    tried: int
    answered: int  # a person took the call; they replied to the mail or followed a link of it
    conversation: int
    goal: int  # met through this attempt
    cost: float


def people(db: Database, now: Instant, chosen: Filters, by: Sequence[BY]) -> list[Cell]:
    rows = _counted(db, PERSONS, chosen, by, get_args(BY), now)
    named = ((key, dict(zip(STAGES, sums, strict=True))) for key, sums in rows if sums[0])
    return [Cell(key[:-1], bool(key[-1]), cost=sums.pop("cost") / 1e6, **sums) for key, sums in named]


def tries(db: Database, now: Instant, chosen: Filters, by: Sequence[BY_TRY]) -> list[Tries]:  # noqa: ARG001
    """`now` is not asked: an attempt counts as soon as it left."""
    rows = _counted(db, TRIES, chosen, by, get_args(BY_TRY), None)
    named = ((key, dict(zip(RESULTS, sums, strict=True))) for key, sums in rows if sums[0])
    return [Tries(key, cost=sums.pop("cost") / 1e6, **sums) for key, sums in named]


def _counted(
    db: Database, family: Family, chosen: Filters, by: Sequence[str], known: Sequence[str], now: Instant | None
) -> list[tuple[tuple[Any, ...], list[int]]]:
    if unknown := set(by) - set(known):
        raise ValueError(f"by {', '.join(sorted(unknown))}: there are {', '.join(known)}")
    with db.read() as session:
        bulk = Bulk(session)
        names = _Names(bulk)
        where = _where(chosen, names)
        if where is None:
            return []
        cut = [_SAID.get(name, _READ.get(name, name)) for name in by]
        cut += [_matured(bulk, now)] if now is not None else []
        query = _query(family, by, chosen, cut, where, bulk.lite)
        found = bulk.rows(query if bulk.lite else query.replace("%", "%%"))
    totals: dict[tuple[Any, ...], list[int]] = {}
    for row in found:
        if row[-1] is None:  # the sum of nothing
            continue
        key = names.said(by, row[: len(cut)])
        sums = map(int, row[len(cut) :])
        totals[key] = [a + b for a, b in zip(totals[key], sums, strict=True)] if key in totals else list(sums)
    return sorted(totals.items(), key=lambda each: [(part is not None, part) for part in each[0]])


def _query(family: Family, by: Sequence[str], chosen: Filters, cut: Sequence[str], where: str, lite: bool) -> str:
    """Cells, less what was counted of rows that changed since, with what those say now."""
    kind = _kind(family, by, chosen)
    dims = family.cut(kind) if kind else list(family.dims)
    named = ", ".join(f"{told} AS {name}" for told, name in zip(dims, family.dims, strict=True))
    sums, less = ", ".join(family.sums), ", ".join(f"-{name} AS {name}" for name in family.sums)
    due = f"{family.key} IN {family.due('board_dirty')}"
    cells = (
        f"SELECT * FROM {family.cells} WHERE kind = '{kind}'" if kind else f"SELECT * FROM {family.rows} WHERE 1 = 1"
    )
    branches = (
        f"{cells}{where}",
        f"SELECT {named}, {less} FROM {family.rows} WHERE {due}{where}",
        f"SELECT * FROM (SELECT {named}, {sums} FROM ({family.said('board_dirty', lite)}) v) u WHERE 1 = 1{where}",
    )
    totals = ", ".join(f"SUM({name})" for name in family.sums)
    keys = "".join(f"{each}, " for each in cut)
    grouped = f" GROUP BY {', '.join(map(str, range(1, len(cut) + 1)))}" if cut else ""
    return " UNION ALL ".join(f"SELECT {keys}{totals} FROM ({branch}) b{grouped}" for branch in branches)


def _kind(family: Family, by: Sequence[str], chosen: Filters) -> str | None:
    needed = {_READ.get(name, name) for name in by} | ({"half"} if "weekday" in by else set())
    needed |= {"status"} if chosen.status else set()
    needed |= {"source_id"} if chosen.source else set()
    whole = {"campaign_id", "version_id", "day", "channel"}
    return next((kind for kind, cut in family.cuts.items() if needed <= {*whole, *cut}), None)


def _matured(bulk: Bulk, now: Instant) -> str:
    """1 where the window of the whole day is over; versions of the same window share a line."""
    by_length: dict[int, list[int]] = {}
    for version, seconds in bulk.rows("SELECT version_id, seconds FROM outcome_window"):
        by_length.setdefault(seconds, []).append(version)
    *others, usual = sorted(by_length, key=lambda seconds: len(by_length[seconds])) or [14 * DAY]
    lines = [f"WHEN version_id IN ({', '.join(map(str, by_length[each]))}) THEN {now - DAY - each}" for each in others]
    last = f"CASE {' '.join(lines)} ELSE {now - DAY - usual} END" if lines else str(now - DAY - usual)
    return f"CASE WHEN day <= {last} THEN 1 ELSE 0 END"


def _where(chosen: Filters, names: _Names) -> str | None:
    """None: what was chosen does not exist, so nothing fits."""
    campaigns = names.chosen(chosen)
    source = None if chosen.source is None else names.source_id(chosen.source)
    if campaigns == [] or (chosen.source is not None and source is None):
        return None
    if chosen.status is not None and not chosen.status.replace("_", "").isalnum():
        return None
    parts = {
        "campaign_id IN ({})": None if campaigns is None else ", ".join(map(str, campaigns)),
        "version_id = {}": None if chosen.version is None else int(chosen.version),
        "source_id = {}": source,
        "status = '{}'": chosen.status,
        "day >= {}": None if chosen.since is None else int(chosen.since),
        "day < {}": None if chosen.until is None else int(chosen.until),
    }
    return "".join(f" AND {part.format(value)}" for part, value in parts.items() if value is not None)


class _Names:
    """Cells hold ids; people read keys."""

    def __init__(self, bulk: Bulk) -> None:
        self._campaigns = {id: (key, goal) for id, key, goal in bulk.rows("SELECT id, key, goal FROM campaign")}
        self._sources: dict[int, str] = dict(bulk.rows("SELECT id, key FROM source"))

    def chosen(self, chosen: Filters) -> list[int] | None:
        if chosen.campaign is None and chosen.goal is None:
            return None
        return [id for id, (key, goal) in self._campaigns.items()
                if chosen.campaign in (None, key) and chosen.goal in (None, goal)]  # fmt: skip

    def source_id(self, key: str) -> int | None:
        return next((id for id, each in self._sources.items() if each == key), None)

    def said(self, by: Sequence[str], row: Sequence[Any]) -> tuple[Any, ...]:
        return (*(self._said(name, value) for name, value in zip(by, row, strict=False)), *row[len(by) :])

    def _said(self, name: str, value: Any) -> Any:
        if name in ("campaign", "goal"):
            return self._campaigns[value][name == "goal"]
        if name == "source":
            return self._sources.get(value)
        if name == "propensity":
            return None if value < 0 else value / 10_000
        if name == "fresh":
            return bool(value)
        return None if name in _UNKNOWN and value < 0 else value
