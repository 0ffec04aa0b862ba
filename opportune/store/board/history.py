"""What came of the calls and mails before our time? Counted over the imported past alone, never with our own.

A row of the past is one person's last call or mail on a list, with how many there were up to it. All of it is read
from one index. Who was called when and how often was the choice of whoever called: these shares compare, they do not
prove.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY
from opportune.rules.zones import weekday
from opportune.store.db import Database
from opportune.store.models import PastTouch

BANDS = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 10), (11, None))  # B2 stops after four
LINES = ("cellular", "telephone", "unknown")

Span = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Told:
    """`yes` of `people` said yes, after `tries` calls or mails. `of`: a month (2008, 5), a weekday, a band of tries
    (6, 10), a line."""

    of: Any
    people: int
    tries: int
    yes: int


@dataclass(frozen=True, slots=True)
class Past:
    total: Told
    months: list[Told]
    weekdays: list[Told]
    bands: list[Told]
    lines: list[Told]


@dataclass(frozen=True, slots=True)
class PastFilters:
    """None: both channels; every line."""

    channel: str | None = None
    line: str | None = None


def past(db: Database, chosen: PastFilters) -> Past:
    """The lines are told whatever line is chosen, so that the others stay in sight."""
    day, tries = PastTouch.at // DAY, _band()
    with db.read() as session:
        days = _told(session, _conditions(chosen), day)
        bands = _told(session, _conditions(chosen), tries)
        lines = _told(session, _conditions(PastFilters(chosen.channel)), PastTouch.line)
    return Past(
        _sum("", days),
        sorted(_folded(days, _month), key=lambda each: tuple(each.of)),
        sorted(_folded(days, weekday), key=lambda each: int(each.of)),
        [_sum(band, [each for each in bands if each.of == band[0]]) for band in BANDS],
        [_sum(line, [each for each in lines if (each.of or "unknown") == line]) for line in LINES],
    )


def past_channels(db: Database) -> list[str]:
    """On which channels there is a past at all: none, the page says how to bring it."""
    with db.read() as session:
        known = {
            channel: select(PastTouch.id).where(PastTouch.channel == channel).limit(1) for channel in ("call", "email")
        }
        return [channel for channel, query in known.items() if session.scalar(query) is not None]


def by_fourth(bands: Sequence[Told]) -> tuple[int, int]:
    """How many of those who said yes had said it by the fourth call, and of how many (B2)."""
    return sum(band.yes for band in bands if band.of[0] <= 4), sum(band.yes for band in bands)


def _conditions(chosen: PastFilters) -> list[ColumnElement[bool]]:
    by_channel = [PastTouch.channel == chosen.channel] if chosen.channel else []
    line = func.coalesce(PastTouch.line, "unknown")
    return [*by_channel, *([line == chosen.line] if chosen.line else [])]


def _band() -> ColumnElement[int]:
    """The first number of its band."""
    return case(*((PastTouch.times <= last, first) for first, last in BANDS if last), else_=BANDS[-1][0])


def _told(session: Session, conditions: Iterable[ColumnElement[bool]], of: Any) -> list[Told]:
    yes = func.sum(case((PastTouch.said_yes, 1), else_=0))
    query = select(of, func.count(), func.sum(PastTouch.times), yes).where(*conditions).group_by(of)
    return [Told(row[0], int(row[1]), int(row[2]), int(row[3])) for row in session.execute(query)]


def _folded(days: Iterable[Told], of: Callable[[int], Any]) -> list[Told]:
    found: dict[Any, list[Told]] = defaultdict(list)
    for day in days:
        found[of(day.of)].append(day)
    return [_sum(name, same) for name, same in found.items()]


def _sum(of: Any, told: Sequence[Told]) -> Told:
    return Told(of, sum(t.people for t in told), sum(t.tries for t in told), sum(t.yes for t in told))


def _month(day: int) -> tuple[int, int]:
    at = datetime.fromtimestamp(day * DAY, UTC)
    return at.year, at.month
