"""The oracle of windows and slots: three years in cells of five minutes, built from wall clocks alone.

It shares no code with `opportune`: the zones come from `second_reader`, the rest is said here again, in arrays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache

import holidays
import numpy as np
from rules.second_reader import changes

CELL, PER_DAY, DAY = 300, 288, 86400
PARTS = np.repeat(np.arange(5, dtype=np.int8), [108, 36, 24, 36, 84])  # early, morning, midday, afternoon, evening
MARKS = np.isin(np.arange(PER_DAY) % 12, (2, 10))  # hh:10 and hh:50
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Years:
    """The cells from `first` up to `last`, UTC years; a month beside them, so that no window is cut."""

    first: int
    last: int

    @property
    def day(self) -> int:
        return date(self.first, 1, 1).toordinal() - EPOCH

    @property
    def days(self) -> int:
        return date(self.last, 1, 1).toordinal() - EPOCH - self.day

    @property
    def start(self) -> int:
        return self.day * DAY


@dataclass(frozen=True)
class Rules:
    """Open hours, said in words: spans of local minutes for working days, Saturday and Sunday."""

    weekdays: tuple[tuple[int, int], ...]
    saturday: tuple[tuple[int, int], ...] = ()
    sunday: tuple[tuple[int, int], ...] = ()
    wanted: tuple[tuple[int, int], ...] = ((0, 1440),)
    cold: bool = False
    working_days: bool = True
    places: tuple[str, ...] = ()
    off: frozenset[str] = field(default_factory=frozenset)
    worked: frozenset[str] = field(default_factory=frozenset)
    mails: bool = False  # leave on no weekend day, worked or not

    def templates(self) -> np.ndarray:
        """Nine days of cells: Monday to Sunday, a weekend day that is worked, and a closed day."""
        wanted = _cells(self.wanted)
        week = np.array([_cells(self.weekdays)] * 5 + [_cells(self.saturday), _cells(self.sunday)])
        days = np.vstack([week & wanted, week[4] & wanted, np.zeros(PER_DAY, bool)])
        if self.cold:
            days[0, : PER_DAY // 2] = False
        if self.working_days:
            days[5:7] = False
        return days

    def kinds(self, years: Years) -> np.ndarray:
        """Which of the nine each day is, from two days before the years to two behind."""
        days = np.arange(years.day - 2, years.day + years.days + 2)
        kinds = (days + 3) % 7
        free, made_up = self._lists(years)
        kinds[np.isin(days, list(made_up)) & (kinds > 4) & (self.working_days and not self.mails)] = 7
        kinds[np.isin(days, list(free))] = 8
        return kinds

    def _lists(self, years: Years) -> tuple[set[int], set[int]]:
        """(days off in any place, weekend days that are worked in all), decrees last."""
        near = range(years.first - 1, years.last + 1)
        listed = [holidays.country_holidays(*_split(place), years=near) for place in self.places]
        free = set().union(*(_numbers(each) for each in listed))
        worked = set.intersection(*(_numbers(each.weekend_workdays) for each in listed)) if listed else set()
        off, decreed = (_numbers(map(date.fromisoformat, days)) for days in (self.off, self.worked))
        return (free - decreed) | off, (worked | decreed) - off


def _split(place: str) -> tuple[str, str | None]:
    country, _, region = place.partition("-")
    return country, region or None


def _numbers(days: Iterable[date]) -> set[int]:
    return {day.toordinal() - EPOCH for day in days}


def _cells(spans: tuple[tuple[int, int], ...]) -> np.ndarray:
    cells = np.zeros(PER_DAY, bool)
    for first, last in spans:
        cells[first // 5 : last // 5] = True
    return cells


@dataclass
class Contact:
    """What the oracle knows of one contact's time: `open` cells, and the clock of the first zone."""

    years: Years
    zones: tuple[str, ...]
    open: np.ndarray
    day: np.ndarray  # of the first zone
    part: np.ndarray  # of the first zone's day
    marks: np.ndarray  # hh:10 and hh:50 in every zone
    alone: np.ndarray  # open in the first zone by itself

    @cached_property
    def minutes(self) -> list[np.ndarray]:
        """Open in common, and in the first zone alone, by day of the first zone."""
        return [5 * np.bincount(self.day[cells], minlength=self.years.days + 4) for cells in (self.open, self.alone)]

    def cell(self, at: int) -> int:
        return (at - self.years.start) // CELL

    def instant(self, cell: int) -> int:
        return self.years.start + int(cell) * CELL

    def edges(self) -> np.ndarray:
        """[from, to) of each open stretch, in instants."""
        return _runs(self.open) * CELL + self.years.start

    def windows(self) -> np.ndarray:
        """The same, cut by part of the day."""
        return _runs(self.open, self.part) * CELL + self.years.start

    def scarce(self, at: int) -> bool:
        """Under an hour in common in each of fourteen days, where the first zone alone has more."""
        if len(self.zones) < 2:
            return False
        today = self.day[self.cell(at)]
        common, alone = (each[today : today + 14].max() for each in self.minutes)
        return bool(common < min(60, alone))

    def may_start(self, at: int, seconds: int) -> bool:
        first, last = self.cell(at), self.cell(at + seconds - 1)
        return bool(self.open[first : last + 1].all())


@lru_cache(maxsize=4)  # several readings of one zone follow each other
def clock(years: Years, zone: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(local day since `years.day` - 2, local cell of that day, whether it is a mark, part of the day) of each cell, in
    one zone."""
    at, offsets = changes(zone)
    cells, near = years.days * PER_DAY, at > years.start - 400 * DAY
    assert not (np.append(offsets[near], at[near]) % CELL).any(), f"{zone}: no cell may have two clocks"
    edges = np.clip((at - years.start + CELL - 1) // CELL, 0, cells)
    lengths = np.diff(np.append(edges, cells))
    local = np.arange(cells, dtype=np.int32) + np.repeat(offsets // CELL, lengths).astype(np.int32) + 2 * PER_DAY
    day = local // PER_DAY
    cell = local - day * PER_DAY
    return day, cell, MARKS[cell], PARTS[cell]


def contact(years: Years, zones: tuple[str, ...], rules: Rules) -> Contact:
    templates, kinds = rules.templates(), rules.kinds(years)
    open_, marks, first = None, True, None
    for zone in zones:
        day, cell, mark, part = clock(years, zone)
        here = templates[kinds[day], cell]
        marks = marks & mark
        first = first or (day, part, here)
        open_ = here if open_ is None else open_ & here
    day, part, alone = first
    return Contact(years, zones, open_, day, part, marks, alone)


def _runs(open_: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
    """[from, to) of each run of open cells, of one label if given."""
    value = open_.astype(np.int8) * (1 if labels is None else labels + 1)
    change = np.flatnonzero(np.diff(value)) + 1
    starts, ends = np.append(0, change), np.append(change, len(value))
    return np.stack([starts, ends], axis=1)[value[starts] > 0]
