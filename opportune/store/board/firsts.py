"""What came of each first channel, and what did it cost, whoever chose it (F1)?

It shows what was, not what a channel does: the rules chose other people for a call than for a mail.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from opportune.rules.facts import Channel, Instant
from opportune.statistics import Ratio, Shrunk, cost_of_a_share, cost_per_goal, shrunk
from opportune.store.board.cells import Cell, people
from opportune.store.board.cohort import Filters
from opportune.store.db import Database

LOT = "explore"  # the mode of whomever a lot decided
DAYS = 20  # that tell how costs and goals of a day vary
By = Literal["goal", "status", "campaign", "source", "script", "hour"]


@dataclass(frozen=True, slots=True)
class Side:
    """Everybody whose first channel was this one and whose window is over, chosen by whomever."""

    channel: str
    people: int = 0
    attempted: int = 0
    reached: int = 0
    conversation: int = 0
    goal: int = 0
    cost: float = 0.0

    def count(self, stage: str) -> int:
        return int(getattr(self, stage))


def side(channel: str, cells: Iterable[Cell]) -> Side:
    over = [cell for cell in cells if cell.matured]
    stages = ("decided", "attempted", "reached", "conversation", "goal")
    decided, attempted, reached, conversation, goal = (sum(getattr(cell, stage) for cell in over) for stage in stages)
    cost = sum(cell.cost for cell in over)
    return Side(str(channel), decided, attempted, reached, conversation, goal, cost)


def goal_costs(db: Database, now: Instant, chosen: Filters, *, everybody: bool = False) -> dict[str, Ratio]:
    """What a goal costs after each first channel, among those whom the lot decided or among everybody."""
    found: dict[str, list[Cell]] = {str(channel): [] for channel in Channel}
    for cell in people(db, now, chosen, ("mode", "channel", "day")):
        if cell.matured and (everybody or cell.by[0] == LOT):
            found[cell.by[1]].append(cell)
    return {channel: _cost(cells) for channel, cells in found.items()}


def _cost(cells: Sequence[Cell]) -> Ratio:
    """Days are units of their own, where there are enough of them."""
    days: dict[Instant, tuple[float, int]] = {}
    for cell in cells:
        cost, met = days.get(cell.by[2], (0.0, 0))
        days[cell.by[2]] = (cost + cell.cost, met + cell.goal)
    if len(days) >= DAYS:
        return cost_per_goal([cost for cost, _ in days.values()], [met for _, met in days.values()])
    goals, n = sum(cell.goal for cell in cells), sum(cell.decided for cell in cells)
    return cost_of_a_share(sum(cell.cost for cell in cells), goals, n)


# ---- by offer, script, hour, list, goal or status


@dataclass(frozen=True, slots=True)
class Row:
    """One value under one first channel; `pulled`: its share drawn to that of all the others, as far as they agree."""

    value: object
    side: Side
    pulled: Shrunk


def by_value(db: Database, now: Instant, chosen: Filters, by: By) -> list[Row]:
    parts: dict[tuple[str, object], list[Cell]] = defaultdict(list)
    for cell in people(db, now, chosen, ("channel", by)):
        parts[cell.by[0], cell.by[1]].append(cell)
    rows = []
    for channel in Channel:
        every = [(value, side(of, part)) for (of, value), part in parts.items() if of == channel]
        sides = [(value, found) for value, found in every if found.people]
        pulled = shrunk([each.goal for _, each in sides], [each.people for _, each in sides])
        rows += [Row(value, found, share) for (value, found), share in zip(sides, pulled, strict=True)]
    return sorted(rows, key=lambda row: (-_all(rows, row.value), str(row.value), row.side.channel))


def _all(rows: Iterable[Row], value: object) -> int:
    return sum(row.side.people for row in rows if row.value == value)
