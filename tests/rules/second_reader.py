"""A second reader of the pinned tzdata: neither zoneinfo nor anything of `opportune`, only the bytes of the files.

TZif version 2 and later: transitions, then the POSIX rule of the footer for all years after them.
"""

from __future__ import annotations

import re
import struct
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources

import numpy as np

FOLDER = resources.files("tzdata") / "zoneinfo"
NAME, CLOCK = r"(?:<[^>]+>|[A-Za-z]+)", r"[+-]?\d+(?::\d+){0,2}"
FOOTER = re.compile(rf"({NAME})({CLOCK})(?:({NAME})({CLOCK})?(?:,([^,/]+)(?:/({CLOCK}))?,([^,/]+)(?:/({CLOCK}))?)?)?")


def zone_names() -> list[str]:
    listed = (resources.files("tzdata") / "zones").read_text("utf-8").split()
    return sorted(set(listed) - {"Factory", "localtime"})


@lru_cache
def changes(zone: str, last_year: int = 2040) -> tuple[np.ndarray, np.ndarray]:
    """(instants, offsets in seconds): each offset holds from its instant on; the first from the beginning of time."""
    data = FOLDER.joinpath(*zone.split("/")).read_bytes()
    counts = struct.unpack(">6l", data[20:44])
    start = 44 + _size(counts, 4)
    assert (data[:4], data[start : start + 4]) == (b"TZif", b"TZif"), "version 2 or later"
    counts = struct.unpack(">6l", data[start + 20 : start + 44])
    body = start + 44
    _, _, _, times, types, _ = counts
    at = list(struct.unpack(f">{times}q", data[body : body + 8 * times]))
    which = list(data[body + 8 * times : body + 9 * times])
    infos = [struct.unpack(">lBB", data[body + 9 * times + 6 * i :][:6])[0] for i in range(types)]
    footer = data[body + _size(counts, 8) :].strip(b"\n").decode("ascii")
    instants, offsets = [-(2**62), *at], [infos[0], *(infos[i] for i in which)]
    for instant, offset in _by_rule(footer, last_year):
        if instant > instants[-1]:
            instants.append(instant)
            offsets.append(offset)
    return np.array(instants, np.int64), np.array(offsets, np.int64)


def _size(counts: tuple[int, ...], word: int) -> int:
    isut, isstd, leaps, times, types, chars = counts
    return times * (word + 1) + types * 6 + chars + leaps * (word + 4) + isstd + isut


def _by_rule(footer: str, last_year: int) -> list[tuple[int, int]]:
    """(instant, offset from then on) of every change that `EST5EDT,M3.2.0,M11.1.0` makes from 1971."""
    found = FOOTER.fullmatch(footer)
    assert found, footer
    _, standard, summer, shifted, begin, begin_at, end, end_at = found.groups()
    winter = -_seconds(standard)
    if not summer:
        return []
    summer_offset = -_seconds(shifted) if shifted else winter + 3600
    both = []
    for year in range(1971, last_year):
        both.append((_instant(year, begin, begin_at) - winter, summer_offset))
        both.append((_instant(year, end, end_at) - summer_offset, winter))
    return sorted(both)


def _instant(year: int, rule: str, clock: str | None) -> int:
    days = (_day(year, rule) - date(1970, 1, 1)).days
    return days * 86400 + _seconds(clock or "2")


def _day(year: int, rule: str) -> date:
    """`M10.5.0`: the last (5) Sunday (0) of October."""
    assert rule[0] == "M", f"{rule}: no footer of the pinned release counts days of the year"
    month, week, weekday = map(int, rule[1:].split("."))
    first = date(year, month, 1)
    day = first + timedelta((weekday - first.isoweekday()) % 7 + 7 * (week - 1))
    return day if day.month == month else day - timedelta(7)


def _seconds(clock: str) -> int:
    sign = -1 if clock[0] == "-" else 1
    hours, minutes, seconds = (*map(int, clock.lstrip("+-").split(":")), 0, 0)[:3]
    return sign * (hours * 3600 + minutes * 60 + seconds)


def offsets_at(zone: str, instants: np.ndarray) -> np.ndarray:
    """Seconds east of UTC at each instant."""
    times, offsets = changes(zone)
    return offsets[np.searchsorted(times, instants, side="right") - 1]
