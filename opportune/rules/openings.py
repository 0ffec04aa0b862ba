"""Which stretches are open in every zone a person may live in?

A timetable says which local minutes are open; the answer is in instants, one local day of the first zone at a time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from opportune.rules.campaign import Minutes
from opportune.rules.facts import DAY, Instant
from opportune.rules.zones import PARTS, day_bounds, is_holiday, pieces, weekday

Stretch = tuple[Instant, Instant]
Zones = tuple[str, ...]


class Timetable(NamedTuple):
    """Open minutes from Monday to Sunday; closed on the holidays of `calendar`."""

    week: tuple[tuple[Minutes, ...], ...]
    calendar: str = ""


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
            if not is_holiday(table.calendar, day):
                midnight = day * DAY - shift
                clock = [(midnight + first * 60, midnight + last * 60) for first, last in table.week[weekday(day)]]
                found += common([(begin, stop)], clock)
    return merged(found)
