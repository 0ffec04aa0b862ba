"""At which hours do people answer, on their own clock (A1, A4, B2)?

Hours are chosen by rules: what stands out may be who was called then. Only where the planner spreads people by their
running number, over the half hours of one part of a day, is the hour alone the difference, and only that may be
recommended.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from opportune.rules.facts import Instant
from opportune.rules.familiarity import Turn
from opportune.rules.zones import PARTS
from opportune.statistics import benjamini_hochberg
from opportune.statistics.shrinkage import prior
from opportune.store.board.benchmarks import EARLY, FILE, executive_calls
from opportune.store.board.cells import BY_TRY, Tries, tries
from opportune.store.board.cohort import Filters
from opportune.store.board.luck import luck
from opportune.store.bulk import Bulk
from opportune.store.db import Database
from opportune.store.said_rows import ANSWERED, left

NEWEST = 60_000  # contact attempts, looked through for those that the planner spread
ENOUGH = 30  # calls; below that no share is shown
LEVEL = 0.05  # of what we say stands out, so much may be chance
HALF_HOUR = 30  # minutes


@dataclass(frozen=True, slots=True)
class Answered:
    """`answered` of `tried`. `of`: (weekday, half hour), (part, mark), a half hour, who."""

    of: Any
    tried: int
    answered: int


@dataclass(frozen=True, slots=True)
class Spot:
    """One field of the week. `share` is drawn towards the mean, None where too few were called; `apart`: the chance
    that it is no more than luck was ruled out, all fields taken together."""

    weekday: int
    at: int | str  # half hour of the day, or part of it
    tried: int
    answered: int
    share: float | None
    apart: bool
    higher: bool  # than all other fields together


@dataclass(frozen=True, slots=True)
class CallWeek:
    """`more`: how many calls more, spread as before, until the first field is shown."""

    spots: list[Spot]
    by_parts: bool
    total: Answered
    more: int

    @property
    def mean(self) -> float:
        return self.total.answered / self.total.tried if self.total.tried else 0.0

    @property
    def shown(self) -> list[Spot]:
        return [spot for spot in self.spots if spot.share is not None]

    @property
    def apart(self) -> list[Spot]:
        return [spot for spot in self.spots if spot.apart]


@dataclass(frozen=True, slots=True)
class FairHour:
    """A half hour beside the others of its part of the day."""

    slot: int
    part: str
    tried: int
    answered: int
    others: Answered
    apart: bool

    @property
    def higher(self) -> bool:
        return self.answered * self.others.tried > self.others.answered * self.tried


@dataclass(frozen=True, slots=True)
class Hours:
    week: CallWeek
    fair: list[FairHour]
    mails: list[Answered]  # of (part of the day or "all", minute 10 | 50)
    executives: list[Answered]  # of "early" | "later"


def hours(db: Database, now: Instant, chosen: Filters, *, first_only: bool = False) -> Hours:
    """Three readings of the counts; everything else is arithmetic."""
    by = (*_BY, "attempt") if first_only else _BY
    found = [each for each in tries(db, now, chosen, by) if each.by[2] is not None]
    calls = [each for each in found if each.by[0] == "call"]
    wanted = [each for each in calls if each.by[3] == 1] if first_only else calls
    mails = [each for each in found if each.by[0] == "email"]
    return Hours(
        call_week(_summed(wanted, lambda by: (by[1], by[2]))),
        fair_hours(spread_calls(db, chosen)),
        [*_whole(mails), *_by_part(mails)],
        _executives(executive_calls(db, now, chosen)),
    )


def _whole(mails: Sequence[Tries]) -> list[Answered]:
    """Of the whole day, at both marks."""
    of = {minute: [each for each in mails if mark(each.by[2]) == minute] for minute in (10, 50)}
    return [_total(("all", minute), _summed(each, lambda by: by)) for minute, each in of.items()]


def _by_part(mails: Sequence[Tries]) -> list[Answered]:
    order = list(PARTS)
    return sorted(_summed(mails, lambda by: (part(by[2]), mark(by[2]))), key=lambda e: (order.index(e.of[0]), e.of[1]))


def _executives(calls: Sequence[Tries]) -> list[Answered]:
    early, later = ([each for each in calls if (each.by[1] in EARLY) == wanted] for wanted in (True, False))
    return [_total(name, _summed(each, lambda by: by)) for name, each in (("early", early), ("later", later))]


def benchmark() -> tuple[float, Instant]:
    """What the articles say of executives called early (F2), and when that was written down."""
    said = tomllib.loads(FILE.read_text("utf-8"))["executives_answer"]
    return said["value"], int(datetime.combine(said["date"], datetime.min.time(), UTC).timestamp())


_BY: tuple[BY_TRY, ...] = ("channel", "weekday", "slot")


def spread_calls(db: Database, chosen: Filters) -> list[Answered]:
    """First calls, by half hour, of people whom the planner spread over it: not of executives, who have an hour of
    their own, nor of those who raised a hand and are called at once (B8). The newest will do: what a call comes to is
    known within minutes; a plus keeps SQLite from going through all of a campaign's instead."""
    asked = {
        "+t.campaign_id = (SELECT id FROM campaign WHERE key = ?)": chosen.campaign,
        "+t.campaign_id IN (SELECT id FROM campaign WHERE goal = ?)": chosen.goal,
        "t.sending_at + t.ahead >= ?": chosen.since,  # days of their own clock, as everywhere here
        "t.sending_at + t.ahead < ?": chosen.until,
        "COALESCE(d.status, 'unknown') = ?": chosen.status,
        "d.version_id = ?": chosen.version,
    }
    known = {condition: value for condition, value in asked.items() if value is not None}
    query = _SPREAD + "".join(f" AND {condition}" for condition in known) + " GROUP BY 1"
    with db.read() as session:
        return [Answered(*map(int, row)) for row in Bulk(session).rows(query, NEWEST, *known.values())]


_ANSWERED = ", ".join(f"'{result}'" for result in ANSWERED)
_THERE = "(t.sending_at + t.ahead)"
_SPREAD = f"""
  SELECT ({_THERE} - {_THERE} / 86400 * 86400) / 1800, COUNT(*),
    SUM(CASE WHEN t.result IN ({_ANSWERED}) THEN 1 ELSE 0 END)
  FROM (SELECT * FROM touch WHERE id > (SELECT MAX(id) FROM touch) - ?) t JOIN decision d ON d.id = t.decision_id
  WHERE t.channel = 'call' AND t.kind = 'approach' AND t.priority > {Turn.RAISED.value} AND t.step = 1
    AND t.attempt = 1 AND t.ahead IS NOT NULL AND {left("t")} AND COALESCE(d.status, 'unknown') <> 'executive'"""


def call_week(cells: Sequence[Answered]) -> CallWeek:
    """By half hours where most calls lie in fields that can be shown, else by parts of the day."""
    total = _total("week", cells)
    visible = sum(cell.tried for cell in cells if cell.tried >= ENOUGH)
    by_parts = 2 * visible < total.tried or not cells
    if by_parts:
        cells = _merged(cells, lambda of: (of[0], part(of[1])))
    fullest = max((cell.tried for cell in cells), default=0)
    more = 0 if fullest >= ENOUGH else -(-ENOUGH * total.tried // fullest) - total.tried if fullest else ENOUGH
    return CallWeek(_spots(cells, total), by_parts, total, more)


def _spots(cells: Sequence[Answered], total: Answered) -> list[Spot]:
    """A field that stands out is not one of many alike: it is not drawn to them, nor do they to it."""
    shown = [cell for cell in cells if cell.tried >= ENOUGH]
    apart = _apart((cell, _without(cell, total)) for cell in shown)
    alike = [cell for cell in shown if cell.of not in apart]
    a, b = prior([cell.answered for cell in alike], [cell.tried for cell in alike])
    shares = {cell.of: (a + cell.answered) / (a + b + cell.tried) for cell in alike}
    shares |= {cell.of: cell.answered / cell.tried for cell in shown if cell.of in apart}
    return [
        Spot(c.of[0], c.of[1], c.tried, c.answered, shares.get(c.of), c.of in apart, _higher(c, total)) for c in cells
    ]


def _higher(cell: Answered, total: Answered) -> bool:
    return cell.answered * total.tried > total.answered * cell.tried


def fair_hours(slots: Sequence[Answered]) -> list[FairHour]:
    """Each half hour against the rest of its own part of the day, all of them judged together."""
    parts = {each.of: each for each in _merged(slots, part)}
    pairs = [(slot, _without(slot, parts[part(slot.of)])) for slot in slots if slot.tried >= ENOUGH]
    pairs = [(slot, others) for slot, others in pairs if others.tried >= ENOUGH]
    apart = _apart(pairs)
    return sorted(
        (FairHour(s.of, part(s.of), s.tried, s.answered, others, s.of in apart) for s, others in pairs),
        key=lambda hour: hour.slot,
    )


def part(slot: int) -> str:
    return next(name for name, (start, end) in PARTS.items() if start <= slot * HALF_HOUR < end)


def mark(slot: int) -> int:
    """Mails leave ten minutes after or before the hour (A4), so each half hour holds one mark."""
    return 50 if slot % 2 else 10


def _apart(pairs: Iterable[tuple[Answered, Answered]]) -> set[Any]:
    known = [
        (one.of, luck(one.answered, one.tried, other.answered, other.tried)) for one, other in pairs if other.tried
    ]
    adjusted = benjamini_hochberg([chance for _, chance in known])
    return {of for (of, _), chance in zip(known, adjusted, strict=True) if chance <= LEVEL}


def _summed(found: Iterable[Tries], of: Callable[[Any], Any]) -> list[Answered]:
    return _merged((Answered(each.by, each.tried, each.answered) for each in found), of)


def _merged(cells: Iterable[Answered], of: Callable[[Any], Any]) -> list[Answered]:
    same: dict[Any, list[Answered]] = defaultdict(list)
    for cell in cells:
        same[of(cell.of)].append(cell)
    return [_total(name, each) for name, each in same.items()]


def _total(of: Any, cells: Sequence[Answered]) -> Answered:
    return Answered(of, sum(cell.tried for cell in cells), sum(cell.answered for cell in cells))


def _without(cell: Answered, whole: Answered) -> Answered:
    return Answered("others", whole.tried - cell.tried, whole.answered - cell.answered)
