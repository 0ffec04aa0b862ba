"""What time and day is it where a person lives?

A zone's offset is constant between its changes, so everything else is plain arithmetic on pieces of constant offset:
gaps and folds of daylight saving time need no special case.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from opportune.rules.facts import DAY, HOUR, Instant

Piece = tuple[Instant, Instant, int]  # from, to, offset in seconds
EPOCH = date(1970, 1, 1).toordinal()

#: Parts of the day in local minutes (B2: each call in another part than the last).
PARTS = {
    "early": (0, 9 * 60),
    "morning": (9 * 60, 12 * 60),
    "midday": (12 * 60, 14 * 60),
    "afternoon": (14 * 60, 17 * 60),
    "evening": (17 * 60, 24 * 60),
}


@lru_cache(maxsize=1024)
def known(zone: str) -> bool:
    """Whether the pinned zone tables know this name; anything else counts as no zone."""
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        return False
    return True


def local(zone: str, at: Instant) -> datetime:
    return datetime.fromtimestamp(at, ZoneInfo(zone))


@lru_cache(maxsize=262_144)
def _hour_offset(zone: str, hour: int) -> int | None:
    """Offset during one UTC hour, None where it changes within the hour."""
    first, last = (_offset(zone, hour * HOUR + second) for second in (0, HOUR - 1))
    return first if first == last else None


def _offset(zone: str, at: Instant) -> int:
    shift = local(zone, at).utcoffset()
    assert shift is not None  # an aware time always has one
    return int(shift.total_seconds())


def offset(zone: str, at: Instant) -> int:
    """Seconds east of UTC."""
    cached = _hour_offset(zone, at // HOUR)
    return _offset(zone, at) if cached is None else cached


def day_part(zone: str, at: Instant) -> str:
    """early | morning | midday | afternoon | evening."""
    minute = (at + offset(zone, at)) % DAY // 60
    return next(part for part, (start, end) in PARTS.items() if start <= minute < end)


def local_day(zone: str, at: Instant) -> int:
    """Days since 1970 on the wall calendar there."""
    return (at + offset(zone, at)) // DAY


def weekday(day: int) -> int:
    """Monday is 0; 1970 began on a Thursday."""
    return (day + 3) % 7


def day_bounds(zone: str, day: int) -> tuple[Instant, Instant]:
    """About this local day; the bounds of one day are exactly those of its neighbours, so no instant is lost."""
    start, end = day * DAY, (day + 1) * DAY
    return start - offset(zone, start), end - offset(zone, end)


@lru_cache(maxsize=65_536)
def pieces(zone: str, start: Instant, end: Instant) -> tuple[Piece, ...]:
    """The stretch cut where the zone changes its offset, to the second."""
    found: list[Piece] = []
    while start < end:
        shift = offset(zone, start)
        stop = start
        while stop < end and offset(zone, min(stop + HOUR, end) - 1) == shift:
            stop = min(stop + HOUR, end)
        if stop < end:
            stop = _change(zone, stop, min(stop + HOUR, end), shift)
        found.append((start, stop, shift))
        start = stop
    return tuple(found)


def _change(zone: str, same: Instant, other: Instant, shift: int) -> Instant:
    """The first second with another offset, between a second with `shift` and one without."""
    while same < other:
        middle = (same + other) // 2
        if offset(zone, middle) == shift:
            same = middle + 1
        else:
            other = middle
    return same


@lru_cache(maxsize=8192)
def _holidays(calendar: str, year: int) -> frozenset[int]:
    country, _, region = calendar.partition("-")
    for subdivision in (region or None, None):
        try:
            return frozenset(
                day.toordinal() - EPOCH for day in holidays.country_holidays(country, subdiv=subdivision, years=year)
            )
        except NotImplementedError:  # a place or region without a list: its country's, else none
            continue
    return frozenset()


@lru_cache(maxsize=65_536)
def is_holiday(calendar: str, day: int) -> bool:
    """`calendar` is a country or country-region, "DE-BY"; "" has no holidays."""
    return bool(calendar) and day in _holidays(calendar, date.fromordinal(day + EPOCH).year)
