"""When is somebody there to take a call, and when do we promise to call back (D5, C4)?

`Mon-Fri 09:00-18:00; Sat 10:00-14:00`, on the wall clock of the house's zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from opportune.rules.facts import DAY, HOUR, Instant
from opportune.rules.said_time import SOON
from opportune.rules.zones import NO_HOLIDAYS, Calendar, is_holiday, local_day, offset, weekday

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PART = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)")
ROUND = 300  # seconds: "at ten past four", not "at eleven minutes and five seconds past four"
AHEAD = 14  # days


@dataclass(frozen=True, slots=True)
class Opening:
    """`week[weekday]`: the open stretches in seconds since local midnight. Monday is 0; closed on public holidays."""

    week: tuple[tuple[tuple[int, int], ...], ...]
    zone: str
    calendar: Calendar = NO_HOLIDAYS

    def is_open(self, at: Instant) -> bool:
        return any(start <= at < end for start, end in self._of_day(local_day(self.zone, at)))

    def moment(self, at: Instant) -> Instant:
        """`at` where we are open then, else the next moment at which we open; `at` itself where we never do."""
        today = local_day(self.zone, at)
        ahead = (each for day in range(today, today + AHEAD) for each in self._of_day(day))
        return next((max(at, start) for start, end in ahead if end > at), at)

    def call_back_at(self, now: Instant) -> Instant:
        """C4: ten minutes in working hours, else ten minutes after we open."""
        opens = self.moment(now)
        return _rounded(self.moment(opens + SOON))

    def answer_by(self, now: Instant) -> Instant:
        """Whoever left a message is answered within an hour that we are open."""
        return _rounded(self.moment(self.moment(now) + HOUR))

    def _of_day(self, day: int) -> list[tuple[Instant, Instant]]:
        stretches = () if is_holiday(self.calendar, day) else self.week[weekday(day)]
        return [(_at(self.zone, day, start), _at(self.zone, day, end)) for start, end in stretches]


def read(text: str, zone: str, calendar: Calendar = NO_HOLIDAYS) -> Opening:
    """Raises ValueError, naming the part that cannot be read."""
    week: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for part in filter(None, (each.strip() for each in text.lower().split(";"))):
        found = PART.fullmatch(part)
        if not found or not {found[1], found[2] or found[1]} <= set(DAYS):
            raise ValueError(f"{part!r}: write Mon-Fri 09:00-18:00; Sat 10:00-14:00")
        hour, minute, to_hour, to_minute = map(int, found.groups()[2:])
        start, end = hour * HOUR + minute * 60, to_hour * HOUR + to_minute * 60
        if max(minute, to_minute) > 59 or not start < end <= DAY:
            raise ValueError(f"{part!r}: closes before it opens; past midnight is another day")
        first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
        if first > last:
            raise ValueError(f"{part!r}: the week begins on Monday here; split it in two")
        for day in range(first, last + 1):
            week[day].append((start, end))
    return Opening(tuple(tuple(sorted(each)) for each in week), zone, calendar)


def _at(zone: str, day: int, seconds: int) -> Instant:
    wall = day * DAY + seconds
    return wall - offset(zone, wall - offset(zone, wall))


def _rounded(at: Instant) -> Instant:
    return -(-at // ROUND) * ROUND
