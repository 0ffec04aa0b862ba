"""What time and day is it where a person lives?

A zone's offset is constant between its changes, so everything else is plain arithmetic on pieces of constant offset:
gaps and folds of daylight saving time need no special case.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays

from opportune.rules.facts import DAY, Instant

Piece = tuple[Instant, Instant, int]  # from, to, offset in seconds
EPOCH = date(1970, 1, 1).toordinal()
HALF_DAY = DAY // 2
BLOCK = 128 * DAY  # as far as the clock of a zone is read at once

#: Parts of the day in local minutes (B2: each call in another part than the last).
PARTS = {
    "early": (0, 9 * 60),
    "morning": (9 * 60, 12 * 60),
    "midday": (12 * 60, 14 * 60),
    "afternoon": (14 * 60, 17 * 60),
    "evening": (17 * 60, 24 * 60),
}


@lru_cache(maxsize=1024)
def _table(zone: str) -> ZoneInfo:
    """Kept here: zoneinfo itself keeps the last eight, and reads every other one's file anew."""
    return ZoneInfo(zone)


@lru_cache(maxsize=1024)
def known(zone: str) -> bool:
    """Whether the pinned zone tables know this name; anything else counts as no zone."""
    try:
        _table(zone)
    except (LookupError, ValueError, OSError):
        return False
    return True


def local(zone: str, at: Instant) -> datetime:
    return datetime.fromtimestamp(at, _table(zone))


def ahead(zones: Iterable[str], at: Instant) -> int | None:
    """Seconds that the clock in these zones is ahead of UTC; None where none is known, or they do not agree."""
    found = {_offset(zone, at) for zone in zones}
    return found.pop() if len(found) == 1 else None


def _offset(zone: str, at: Instant) -> int:
    shift = local(zone, at).utcoffset()
    assert shift is not None  # an aware time always has one
    return int(shift.total_seconds())


@lru_cache(maxsize=32_768)
def _block(zone: str, number: int) -> tuple[Piece, ...]:
    """One block of days cut where the zone changes its offset, to the second; none changes twice in half a day."""
    start, end = number * BLOCK, (number + 1) * BLOCK
    shift = _offset(zone, start)
    found: list[Piece] = []
    for at in range(start + HALF_DAY, end + 1, HALF_DAY):
        after = _offset(zone, at)
        if after != shift:
            change = _change(zone, at - HALF_DAY, at, shift)
            found.append((start, change, shift))
            start, shift = change, after
    return (*found, (start, end, shift)) if start < end else tuple(found)


def _change(zone: str, same: Instant, other: Instant, shift: int) -> Instant:
    """The first second with another offset, between a second with `shift` and one without."""
    while same < other:
        middle = (same + other) // 2
        if _offset(zone, middle) == shift:
            same = middle + 1
        else:
            other = middle
    return same


def offset(zone: str, at: Instant) -> int:
    """Seconds east of UTC."""
    block = _block(zone, at // BLOCK)
    return block[0][2] if len(block) == 1 else next(shift for _, stop, shift in block if at < stop)


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
    """The stretch cut where the zone changes its offset."""
    found: list[Piece] = []
    for number in range(start // BLOCK, (end - 1) // BLOCK + 1):
        for begin, stop, shift in _block(zone, number):
            begin, stop = max(begin, start), min(stop, end)
            if begin >= stop:
                continue
            if found and found[-1][2] == shift:  # one block ends here, the offset does not
                begin = found.pop()[0]
            found.append((begin, stop, shift))
    return tuple(found)


# ---- days off


class Calendar(NamedTuple):
    """Whose public holidays count: "DE", "DE-BY", "DE-BY+AT" for both, "" has none. `off`, `worked`: the days since
    1970 that decrees changed; a decree has the last word."""

    places: str = ""
    off: frozenset[int] = frozenset()
    worked: frozenset[int] = frozenset()


NO_HOLIDAYS = Calendar()


@lru_cache(maxsize=8192)
def _year(place: str, year: int) -> tuple[frozenset[int], frozenset[int]]:
    """(days off, days of a weekend that are worked instead) as far as the pinned lists know them."""
    country, _, region = place.partition("-")
    for subdivision in (region or None, None):
        try:
            listed = holidays.country_holidays(country, subdiv=subdivision, years=year)
        except NotImplementedError:  # a place or region without a list: its country's, else none
            continue
        worked = frozenset(day.toordinal() - EPOCH for day in listed.weekend_workdays)
        return frozenset(day.toordinal() - EPOCH for day in listed) - worked, worked
    return frozenset(), frozenset()


def listed(place: str) -> bool:
    """Whether the public holidays of this country or region ("DE", "DE-BY") are known."""
    country, _, region = place.partition("-")
    known = holidays.list_supported_countries()
    return country in known and (not region or region in known[country])


def _listed(calendar: Calendar, day: int) -> list[tuple[bool, bool]]:
    """(off, worked instead) in each place."""
    year = date.fromordinal(day + EPOCH).year
    years = [_year(place, year) for place in calendar.places.split("+") if place]
    return [(day in off, day in worked) for off, worked in years]


@lru_cache(maxsize=65_536)
def is_holiday(calendar: Calendar, day: int) -> bool:
    """A day off in any of the places."""
    if day in calendar.off or day in calendar.worked:
        return day in calendar.off
    return any(off for off, _ in _listed(calendar, day))


@lru_cache(maxsize=65_536)
def is_worked_weekend(calendar: Calendar, day: int) -> bool:
    """A Saturday or Sunday that stands in, in all of the places, for a working day made free."""
    if weekday(day) < 5 or is_holiday(calendar, day):
        return False
    listed = _listed(calendar, day)
    return day in calendar.worked or (bool(listed) and all(worked for _, worked in listed))
