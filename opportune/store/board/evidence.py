"""Call first or write first: what does the evidence say (F1)?

Whoever a lot sent one way stays on it; everybody else goes on as the rules say after the first contact. So the two
channels are compared among those whom the lot decided: both were open to them, a fair coin fell, and the outcome is
the goal met within the campaign's window, once that is over. With the recorded chances everybody open to both can be
weighed too, which tells what the *first contact* alone changes. Whom a colleague chose for is in neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from opportune.rules.facts import DAY, Channel, Instant
from opportune.statistics import (
    Estimate,
    Group,
    Look,
    Overlap,
    always_valid,
    arms,
    benjamini_hochberg,
    doubly_robust,
    newcombe,
    overlap,
    snips,
)
from opportune.store.board.cells import BY, Cell, people
from opportune.store.board.cohort import Filters
from opportune.store.board.firsts import LOT, Side, side
from opportune.store.db import Database

CUTS: tuple[BY, ...] = ("propensity", "mode", "goal", "status", "channel", "week")
WEEK = 7 * DAY
PACE = 6  # weeks that tell how many people come
MANUAL = "manual"


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
class Evidence:
    """`raw` is what other dashboards show: everybody, whoever chose. `sample`, `aipw` and `looks` speak of those whom
    the lot decided, `snips` and `overlap` of all who were open to both."""

    raw: Estimate | None
    snips: Estimate | None
    sample: Estimate | None
    aipw: Estimate | None
    looks: list[Look]  # a look a week, valid all together
    segments: list[Segment]
    overlap: Overlap
    chances: list[Chance]
    sides: list[Side]
    drawn: tuple[int, int]  # by lot (call, email), maturing ones included
    compared: int  # by lot, window over
    maturing: int  # by lot, window still running
    by_rules: int  # open to both; the rules chose
    one_way: int  # only one channel was open, or the campaign has no comparison sample
    manual: int  # a colleague chose
    per_week: float  # decided by lot, of late
    spread: float  # of one person's score

    @property
    def today(self) -> Look | None:
        return self.looks[-1] if self.looks else None

    @property
    def decided(self) -> int:
        return self.compared + self.maturing + self.by_rules + self.one_way + self.manual


def until(look: Look) -> Instant:
    """The end of its week; 5 January 1970 was a Monday."""
    return (look.day + 1) * WEEK + 4 * DAY


def evidence(db: Database, now: Instant, chosen: Filters) -> Evidence:
    return weigh(people(db, now, chosen, CUTS), now)


def weigh(cells: Sequence[Cell], now: Instant) -> Evidence:
    """`cells` cut by CUTS."""
    open_ = [cell for cell in cells if _open(cell)]
    weighed = [_group(cell) for cell in open_ if cell.matured]
    tossed = [cell for cell in open_ if _of(cell, "mode") == LOT]
    groups = [_tossed(cell) for cell in tossed if cell.matured]
    looks = always_valid(groups)
    manual = _decided(cell for cell in cells if _of(cell, "mode") == MANUAL)
    return Evidence(
        raw=_two_shares(_group(cell) for cell in cells if cell.matured),
        snips=snips(weighed),
        sample=_two_shares(groups),
        aipw=doubly_robust(groups),
        looks=looks,
        segments=_segments(cell for cell in tossed if cell.matured),
        overlap=overlap(weighed),
        chances=_chances(cell for cell in open_ if cell.matured),
        sides=[side(of, (c for c in cells if _of(c, "channel") == of)) for of in Channel],
        drawn=_drawn(tossed),
        compared=_decided(cell for cell in tossed if cell.matured),
        maturing=_decided(cell for cell in tossed if not cell.matured),
        by_rules=_decided(open_) - _decided(tossed),
        one_way=_decided(cells) - _decided(open_) - manual,
        manual=manual,
        per_week=_pace(tossed, now),
        spread=looks[-1].spread if looks else _expected_spread(groups),
    )


def _decided(cells: Iterable[Cell]) -> int:
    return sum(cell.decided for cell in cells)


def _of(cell: Cell, name: BY) -> object:
    return cell.by[CUTS.index(name)]


def _open(cell: Cell) -> bool:
    """Both channels were, and nobody overruled the choice."""
    chance = cell.by[0]
    return chance is not None and 0 < chance < 1 and _of(cell, "mode") != MANUAL


def _group(cell: Cell) -> Group:
    chance, _, goal, status, channel, week = cell.by
    return Group(chance or 0.0, (goal, status), channel == Channel.CALL, week // WEEK, cell.decided, cell.goal)


def _tossed(cell: Cell) -> Group:
    """Among them the coin was fair; what the rules would have chosen may foretell the goal."""
    return replace(_group(cell), chance=0.5, stratum=(_of(cell, "goal"), _of(cell, "status"), cell.by[0] > 0.5))


def _two_shares(groups: Iterable[Group]) -> Estimate | None:
    k1, n1, k0, n0 = arms(groups)
    return Estimate(k1 / n1 - k0 / n0, *newcombe(k1, n1, k0, n0), n1 + n0) if n1 and n0 else None


def _drawn(tossed: Iterable[Cell]) -> tuple[int, int]:
    _, call, _, email = arms(map(_group, tossed))
    return call, email


def _segments(tossed: Iterable[Cell]) -> list[Segment]:
    """Goal by status, largest first; each needs both channels and a goal on one side at least."""
    parts: dict[tuple[str, str], list[Group]] = defaultdict(list)
    for cell in tossed:
        parts[cell.by[2], cell.by[3]].append(_tossed(cell))
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


def _pace(cells: Sequence[Cell], now: Instant) -> float:
    """People a week over the last weeks, fewer where it began later."""
    since = max(min((cell.by[5] for cell in cells), default=now), now - PACE * WEEK)
    late = _decided(cell for cell in cells if cell.by[5] >= since)
    return late / max(1.0, (now - since) / WEEK)


def _expected_spread(groups: Sequence[Group]) -> float:
    """Of a score, before there are goals enough to measure it: the share of all, over the recorded chances."""
    n = sum(group.people for group in groups)
    share = (_goals(groups) + 0.5) / (n + 10)
    heavy = sum(group.people / (group.chance * (1 - group.chance)) for group in groups)
    return sqrt(share * (1 - share) * heavy / n) if n else 0.0
