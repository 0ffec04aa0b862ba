"""Call first or write first: what does the evidence say (F1)?

Compared are only people for whom both channels were open when the first one was chosen, with the chance of each
recorded then; without those whom a colleague chose for, and only when the campaign's outcome window is over for them.
The outcome is the goal met within that window.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from opportune.rules.facts import DAY, Channel, Instant
from opportune.statistics import (
    Estimate,
    Group,
    Look,
    Overlap,
    Ratio,
    Shrunk,
    always_valid,
    arms,
    benjamini_hochberg,
    cost_per_goal,
    doubly_robust,
    newcombe,
    overlap,
    shrunk,
    snips,
)
from opportune.store.board.cells import BY, Cell, people
from opportune.store.board.cohort import Filters
from opportune.store.db import Database

CUTS: tuple[BY, ...] = ("propensity", "mode", "goal", "status", "channel", "week")
By = Literal["goal", "status", "campaign", "source", "script", "hour"]
WEEK = 7 * DAY
PACE = 6  # weeks that tell how many people come


@dataclass(frozen=True, slots=True)
class Segment:
    """One goal and status. `p`: adjusted for how many segments were looked at."""

    goal: str
    status: str
    estimate: Estimate
    p: float


@dataclass(frozen=True, slots=True)
class Chance:
    """How many of those with this chance of a call were called first, and how many written to."""

    chance: float
    call: int
    email: int


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


@dataclass(frozen=True, slots=True)
class Evidence:
    """`raw` is what other dashboards show: everybody, whoever chose. The other four are of `compared` people."""

    raw: Estimate | None
    sample: Estimate | None  # those whom the lot decided
    snips: Estimate | None
    aipw: Estimate | None
    looks: list[Look]  # a look a week, valid all together
    segments: list[Segment]
    overlap: Overlap
    chances: list[Chance]
    sides: list[Side]
    drawn: tuple[int, int]  # by lot (call, email), maturing ones included
    goals: tuple[int, int]  # of the compared people (call, email)
    compared: int
    maturing: int  # open to both, window still running
    one_way: int  # only one channel was open, or no lot was drawn
    manual: int  # a colleague chose
    per_week: float  # people open to both, of late
    spread: float  # of one person's score

    @property
    def today(self) -> Look | None:
        return self.looks[-1] if self.looks else None

    @property
    def decided(self) -> int:
        return self.compared + self.maturing + self.one_way + self.manual


def until(look: Look) -> Instant:
    """The end of its week; 5 January 1970 was a Monday."""
    return (look.day + 1) * WEEK + 4 * DAY


def evidence(db: Database, now: Instant, chosen: Filters) -> Evidence:
    return weigh(people(db, now, chosen, CUTS), now)


def weigh(cells: Sequence[Cell], now: Instant) -> Evidence:
    """`cells` cut by CUTS."""
    open_ = [cell for cell in cells if _compared(cell)]
    over = [cell for cell in open_ if cell.matured]
    groups = [_group(cell) for cell in over]
    looks = always_valid(groups)
    k1, _, k0, _ = arms(groups)
    return Evidence(
        raw=_two_shares(_group(cell) for cell in cells if cell.matured),
        sample=_two_shares(_group(cell) for cell in over if _of(cell, "mode") == "explore"),
        snips=snips(groups),
        aipw=doubly_robust(groups),
        looks=looks,
        segments=_segments(over),
        overlap=overlap(groups),
        chances=_chances(over),
        sides=_sides(cells),
        drawn=_drawn(open_),
        goals=(k1, k0),
        compared=sum(cell.decided for cell in over),
        maturing=sum(cell.decided for cell in open_ if not cell.matured),
        one_way=sum(
            cell.decided for cell in cells if _of(cell, "propensity") is None and _of(cell, "mode") != "manual"
        ),
        manual=sum(cell.decided for cell in cells if _of(cell, "mode") == "manual"),
        per_week=_pace(open_, now),
        spread=looks[-1].spread if looks else _expected_spread(groups),
    )


def _of(cell: Cell, name: BY) -> object:
    return cell.by[CUTS.index(name)]


def _compared(cell: Cell) -> bool:
    chance = cell.by[0]
    return chance is not None and 0 < chance < 1 and _of(cell, "mode") != "manual"


def _group(cell: Cell) -> Group:
    chance, _, goal, status, channel, week = cell.by
    return Group(chance or 0.0, (goal, status), channel == Channel.CALL, week // WEEK, cell.decided, cell.goal)


def _two_shares(groups: Iterable[Group]) -> Estimate | None:
    k1, n1, k0, n0 = arms(groups)
    return Estimate(k1 / n1 - k0 / n0, *newcombe(k1, n1, k0, n0), n1 + n0) if n1 and n0 else None


def _drawn(cells: Iterable[Cell]) -> tuple[int, int]:
    _, call, _, email = arms(_group(cell) for cell in cells if _of(cell, "mode") == "explore")
    return call, email


def _segments(cells: Iterable[Cell]) -> list[Segment]:
    """Goal by status, largest first; each needs both channels and a goal on one side at least."""
    parts: dict[tuple[str, str], list[Group]] = defaultdict(list)
    for cell in cells:
        parts[cell.by[2], cell.by[3]].append(_group(cell))
    found = [(key, estimate) for key, part in parts.items() if (estimate := doubly_robust(part)) and _goals(part)]
    found.sort(key=lambda each: -each[1].people)
    adjusted = benjamini_hochberg([estimate.p for _, estimate in found])
    return [Segment(*key, estimate, p) for (key, estimate), p in zip(found, adjusted, strict=True)]


def _goals(groups: Iterable[Group]) -> int:
    return sum(group.goals for group in groups)


def _chances(cells: Iterable[Cell]) -> list[Chance]:
    counted: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for cell in cells:
        counted[round(cell.by[0], 2)][_of(cell, "channel") != Channel.CALL] += cell.decided
    return [Chance(chance, *counted[chance]) for chance in sorted(counted)]


def _sides(cells: Iterable[Cell]) -> list[Side]:
    return [_side(channel, [c for c in cells if c.matured and _of(c, "channel") == channel]) for channel in Channel]


def _side(channel: str, cells: Sequence[Cell]) -> Side:
    stages = ("decided", "attempted", "reached", "conversation", "goal")
    decided, attempted, reached, conversation, goal = (sum(getattr(cell, stage) for cell in cells) for stage in stages)
    cost = sum(cell.cost for cell in cells)
    return Side(str(channel), decided, attempted, reached, conversation, goal, cost)


def _pace(cells: Iterable[Cell], now: Instant) -> float:
    """People open to both a week, over the last full weeks (fewer while there were fewer)."""
    weeks: dict[int, int] = defaultdict(int)
    for cell in cells:
        weeks[cell.by[5]] += cell.decided
    late = [n for week, n in weeks.items() if now - (PACE + 1) * WEEK <= week <= now - WEEK] or list(weeks.values())
    return sum(late) / len(late) if late else 0.0


def _expected_spread(groups: Sequence[Group]) -> float:
    """Of a score, before there are goals enough to measure it: the share of all, over the recorded chances."""
    n = sum(group.people for group in groups)
    share = (_goals(groups) + 0.5) / (n + 10)
    heavy = sum(group.people / (group.chance * (1 - group.chance)) for group in groups)
    return sqrt(share * (1 - share) * heavy / n) if n else 0.0


# ---- cost per goal


def goal_costs(db: Database, now: Instant, chosen: Filters) -> dict[str, Ratio]:
    """What a goal costs after each first channel, had everybody open to both taken it: weighed like the difference."""
    cells = people(db, now, chosen, ("propensity", "mode", "channel", "day"))
    return weigh_costs([cell for cell in cells if cell.matured and cell.by[0] and cell.by[1] != "manual"])


def weigh_costs(cells: Sequence[Cell]) -> dict[str, Ratio]:
    """`cells` cut by propensity, mode, channel and day; a day is a unit of its own."""
    days: dict[str, dict[int, list[float]]] = {str(channel): defaultdict(lambda: [0.0, 0.0]) for channel in Channel}
    for cell in cells:
        chance, _, channel, day = cell.by
        weight = 1 / (chance if channel == Channel.CALL else 1 - chance)
        sums = days[channel][day]
        sums[0] += weight * cell.cost
        sums[1] += weight * cell.goal
    every = [(channel, list(sums.values())) for channel, sums in days.items()]
    return {channel: cost_per_goal([c for c, _ in sums], [g for _, g in sums]) for channel, sums in every}


# ---- by offer, script, hour, list, goal or status


@dataclass(frozen=True, slots=True)
class Row:
    """One value under one first channel; `pulled`: its share drawn to that of all the others, as far as they agree."""

    value: object
    side: Side
    pulled: Shrunk


def by_value(db: Database, now: Instant, chosen: Filters, by: By) -> list[Row]:
    """Whoever chose: it shows what was, not what a channel does."""
    parts: dict[tuple[str, object], list[Cell]] = defaultdict(list)
    for cell in people(db, now, chosen, ("channel", by)):
        if cell.matured:
            parts[cell.by[0], cell.by[1]].append(cell)
    rows = []
    for channel in Channel:
        sides = [(value, _side(of, part)) for (of, value), part in parts.items() if of == channel]
        pulled = shrunk([side.goal for _, side in sides], [side.people for _, side in sides])
        rows += [Row(value, side, share) for (value, side), share in zip(sides, pulled, strict=True)]
    return sorted(rows, key=lambda row: (-_all(rows, row.value), str(row.value), row.side.channel))


def _all(rows: Iterable[Row], value: object) -> int:
    return sum(row.side.people for row in rows if row.value == value)
