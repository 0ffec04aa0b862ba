"""Which stretches are open in every zone a person may live in?

A timetable says which local minutes are open; the answer is in instants, one local day of the first zone at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from opportune.rules.campaign import Minutes
from opportune.rules.facts import DAY, Instant
from opportune.rules.zones import (
    NO_HOLIDAYS,
    PARTS,
    Calendar,
    day_bounds,
    is_holiday,
    is_worked_weekend,
    pieces,
    weekday,
)

Stretch = tuple[Instant, Instant]
Zones = tuple[str, ...]
LOOK_AHEAD = 14  # days within which a moment has to be found
ENOUGH = 60  # minutes a day that possible zones must have in common: with less, one of them has to be ruled out


@dataclass(frozen=True, slots=True, eq=False)  # told apart by identity, hence made once: a week is slow to hash
class Timetable:
    """Open minutes from Monday to Sunday; closed on the holidays of `calendar`. `made_up`: open minutes of a weekend
    day that a decree makes a working day; None: it is a weekend day like any other."""

    week: tuple[tuple[Minutes, ...], ...]
    calendar: Calendar = NO_HOLIDAYS
    made_up: tuple[Minutes, ...] | None = None

    def minutes(self, day: int) -> tuple[Minutes, ...]:
        if is_holiday(self.calendar, day):
            return ()
        if self.made_up is not None and is_worked_weekend(self.calendar, day):
            return self.made_up
        return self.week[weekday(day)]


def common(left: list[Stretch], right: list[Stretch]) -> list[Stretch]:
    both = [(max(a, c), min(b, d)) for a, b in left for c, d in right]
    return sorted((start, end) for start, end in both if start < end)


def merged(stretches: list[Stretch]) -> list[Stretch]:
    """Stretches that touch are one: an offset change in the middle of an afternoon closes nothing."""
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


@lru_cache(maxsize=65_536)
def open_stretches(zones: Zones, table: Timetable, day: int) -> tuple[Stretch, ...]:
    """Open in every zone, on one local day of the first."""
    start, end = day_bounds(zones[0], day)
    stretches: list[Stretch] = [(start, end)]
    for zone in zones:
        stretches = common(stretches, _open_in_zone(zone, table, start, end))
    return tuple(stretches)


@lru_cache(maxsize=65_536)
def scarce(zones: Zones, table: Timetable, today: int) -> int | None:
    """Minutes in common on the best of the next days, where that is too little and one zone alone had more; else None.

    Such a person waits for somebody to say which zone it is: a sliver of the day is nothing to plan with."""
    if len(zones) < 2:
        return None
    days = range(today, today + LOOK_AHEAD)
    if any(_minutes(zones, table, day) >= ENOUGH for day in days):
        return None
    best = max(_minutes(zones, table, day) for day in days)
    alone = max(_minutes(zones[:1], table, day) for day in days)
    return best if best < alone else None


def _minutes(zones: Zones, table: Timetable, day: int) -> int:
    return sum(end - start for start, end in open_stretches(zones, table, day)) // 60


@lru_cache(maxsize=65_536)
def open_parts(zones: Zones, table: Timetable, day: int) -> tuple[tuple[Instant, Instant, str], ...]:
    """The same, cut by part of the day (B2)."""
    stretches = list(open_stretches(zones, table, day))
    return tuple(
        sorted(
            (first, last, part)
            for part, span in PARTS.items()
            for first, last in common(stretches, daily(zones[0], span, day))
        )
    )


@lru_cache(maxsize=65_536)
def daily(zone: str, span: Minutes, day: int) -> list[Stretch]:
    """These minutes of one local day, weekday or not."""
    return _open_in_zone(zone, Timetable(((span,),) * 7), *day_bounds(zone, day))


def _open_in_zone(zone: str, table: Timetable, start: Instant, end: Instant) -> list[Stretch]:
    found: list[Stretch] = []
    for begin, stop, shift in pieces(zone, start, end):
        for day in range((begin + shift) // DAY, (stop - 1 + shift) // DAY + 1):
            midnight = day * DAY - shift
            clock = [(midnight + first * 60, midnight + last * 60) for first, last in table.minutes(day)]
            found += common([(begin, stop)], clock)
    return merged(found)
