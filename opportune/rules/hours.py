"""When may we call this person, and when does a mail leave?

Call windows are law ∩ campaign ∩ every zone the person may live in; mail slots are hh:50 and hh:10 in every zone (A4).
Who promised a callback keeps it within the law's hours alone (C4).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from opportune.rules.campaign import Campaign, Minutes, minutes
from opportune.rules.consent import LawRow
from opportune.rules.facts import DAY, HOUR, Instant, Person, Status
from opportune.rules.openings import (
    LOOK_AHEAD,
    Stretch,
    Timetable,
    Zones,
    common,
    daily,
    merged,
    open_parts,
    open_stretches,
    scarce,
)
from opportune.rules.timetables import calendar_of, call_table, mail_table
from opportune.rules.zones import Calendar, day_part, known, local, local_day, offset, weekday

__all__ = ["Slot", "Window", "day_part", "in_slot", "local", "may_call_at", "next_call", "next_slot", "reachable"]

GUARD = 120  # seconds before closing after which no call starts: queueing and ringing take that long
MARK = 900  # seconds between two moments at which calls begin
MAIL_TURNS = 4  # times a day at which approaches by mail leave: a slot is worth waking up for
SLOT = 600
MARKS = (10 * 60, 50 * 60)
FIRST_MINUTES = 50 * 60  # as long as 7:30-8:20
FORENOON = ("early", "morning")


class Window(NamedTuple):
    """A stretch in which the call is lawful and welcome, and the moment chosen in it."""

    start: Instant
    end: Instant
    moment: Instant
    part: str


class Slot(NamedTuple):
    start: Instant
    end: Instant


def reachable(zones: Zones) -> bool:
    """Whether we know where the person lives."""
    return bool(zones) and all(map(known, zones))


# ---- calls


def may_call_at(
    person: Person,
    campaign: Campaign,
    law: LawRow,
    at: Instant,
    *,
    cold: bool,
    guard: int = GUARD,
    promised: bool = False,
    automated: bool = False,
) -> bool:
    """Whether a call may start at this instant and still ring within the window."""
    if not reachable(person.zones):
        return False
    table = call_table(person, campaign, law, cold, promised, automated)
    today = local_day(person.zones[0], at)
    around = [stretch for day in (today - 1, today, today + 1) for stretch in open_stretches(person.zones, table, day)]
    return any(start <= at and at + guard <= end for start, end in merged(around))


def next_call(
    person: Person,
    campaign: Campaign,
    law: LawRow,
    not_before: Instant,
    *,
    cold: bool,
    avoid_part: str | None,
    spread: float,
    promised: bool = False,
    automated: bool = False,
) -> Window | None:
    """The best window of the next days, never in `avoid_part` (B2); None where no day has one."""
    if not reachable(person.zones):
        return None
    cold = cold and not promised
    table = call_table(person, campaign, law, cold, promised, automated)
    if not promised and scarce(person.zones, table, local_day(person.zones[0], not_before)) is not None:
        return None
    golden = minutes(campaign.calls.executives) if person.status is Status.EXECUTIVE and not promised else None
    best = _best(person.zones, table, golden, not_before, cold, avoid_part)
    if best is None:
        return None
    start, end, part = best
    return Window(start, end, start if promised else _moment(start, end, spread), part)


@lru_cache(maxsize=4096)
def _best(
    zones: Zones, table: Timetable, golden: Minutes | None, not_before: Instant, cold: bool, avoid_part: str | None
) -> tuple[Instant, Instant, str] | None:
    best: tuple[int, Instant, Instant, str] | None = None
    for start, end, part, is_golden in _candidates(zones, table, golden, not_before):
        start = max(start, not_before)
        if best and start > not_before + 7 * DAY:
            break  # a better hour is not worth more than a week
        if part == avoid_part or end - GUARD <= start:
            continue
        day = weekday(local_day(zones[0], start))
        rank = _rank(day, part, cold, avoid_part, is_golden, golden is not None)
        if best is None or rank < best[0]:
            best = (rank, start, end, part)
        if rank == 0:
            break
    return best and best[1:]


def _moment(start: Instant, end: Instant, spread: float) -> Instant:
    """On a quarter of an hour, so that a day's plan reads like a diary; where none fits, at once."""
    first = -(-start // MARK) * MARK
    marks = (end - GUARD - first) // MARK + 1
    return first + int(spread * marks) * MARK if marks > 0 else start


def _candidates(
    zones: Zones, table: Timetable, golden: Minutes | None, not_before: Instant
) -> Iterator[tuple[Instant, Instant, str, bool]]:
    """Day by day: an executive's hour first (marked True), then every part of the day."""
    today = local_day(zones[0], not_before)
    for day in range(today, today + LOOK_AHEAD):
        parts = open_parts(zones, table, day)
        for first, last in _golden(zones, table, golden, day) if golden else ():
            for start, end, part in parts:
                if start < last and first < end:
                    yield max(start, first), min(end, last), part, True
        for start, end, part in parts:
            yield start, end, part, False


@lru_cache(maxsize=65_536)
def _golden(zones: Zones, table: Timetable, hour: Minutes, day: int) -> tuple[Stretch, ...]:
    """B2: 7:30-8:20, as far as it is open, else the first fifty minutes that are."""
    stretches = list(open_stretches(zones, table, day))
    early = common(stretches, daily(zones[0], hour, day))
    if early or not stretches:
        return tuple(early)
    start, end = stretches[0]
    return ((start, min(end, start + FIRST_MINUTES)),)


def _rank(day: int, part: str, cold: bool, avoid: str | None, golden: bool, executive: bool) -> int:
    """0 is best. First the other half of the day than last time (B2), then an executive's hour (cold: from Tuesday
    on), then, for cold calls, afternoons and the end of the week (A1)."""
    same_half = avoid is not None and (part in FORENOON) == (avoid in FORENOON)
    if golden:
        return 100 * same_half + 50 * (cold and day == 0)
    return 100 * same_half + 10 * executive + cold * _cold_rank(part, 2 <= day <= 4)


def _cold_rank(part: str, late_week: bool) -> int:
    lateness = {"afternoon": 0, "evening": 0, "midday": 2}.get(part, 4)
    return lateness + (not late_week)


# ---- mails


def next_slot(zones: Zones, hours: str, not_before: Instant, law: LawRow, spread: float) -> Slot | None:
    """A slot of the next working day that has one; `spread` picks one of the day's few turns (0: the next slot)."""
    if not reachable(zones):
        return None
    left = _marks_left(zones, hours, calendar_of(law), not_before)
    if not left:
        return None
    start = left[int(spread * MAIL_TURNS) * len(left) // MAIL_TURNS]
    return Slot(start, start + SLOT)


@lru_cache(maxsize=4096)
def _marks_left(zones: Zones, hours: str, calendar: Calendar, not_before: Instant) -> tuple[Instant, ...]:
    """Those of the first working day that has any."""
    today = local_day(zones[0], not_before)
    if scarce(zones, mail_table(hours, calendar), today) is not None:
        return ()
    days = (_marks(zones, hours, calendar, day) for day in range(today, today + LOOK_AHEAD))
    return next(filter(None, (tuple(mark for mark in marks if mark >= not_before) for marks in days)), ())


@lru_cache(maxsize=65_536)
def _marks(zones: Zones, hours: str, calendar: Calendar, day: int) -> tuple[Instant, ...]:
    return tuple(
        mark
        for start, end in open_stretches(zones, mail_table(hours, calendar), day)
        for mark in range(start - start % 300, end - SLOT + 1, 300)
        if mark >= start and all((mark + offset(zone, mark)) % HOUR in MARKS for zone in zones)
    )


def in_slot(zones: Zones, hours: str, at: Instant) -> bool:
    """Whether this instant lies in a slot, the same in every zone, on a weekday (holidays are the law row's)."""
    first, last = minutes(hours)
    if not reachable(zones):
        return False
    depths = set()
    for zone in zones:
        here = at + offset(zone, at)
        mark = next((mark for mark in MARKS if mark <= here % HOUR < mark + SLOT), None)
        if mark is None or weekday(here // DAY) > 4:
            return False
        into = here % HOUR - mark
        if not first * 60 <= here % DAY - into <= last * 60 - SLOT:
            return False
        depths.add(into)
    return len(depths) == 1
