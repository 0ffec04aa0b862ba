"""What is lawful where several places apply at once? The strictest of all: adding a place never opens anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce

from opportune.rules.consent import LawRow, narrowed

SEVERITY = ("opt_out", "opt_in", "forbidden")


def strictest(rows: Sequence[LawRow]) -> LawRow:
    """Windows that are open everywhere, the lowest caps, the strongest consent, the longest silence after a refusal.

    Whether a row is signed stays a question to each of them (`parts`).
    """
    first, *others = rows
    if not others:
        return first
    joined = reduce(narrower, others, first)
    parts = tuple(part for row in rows for part in row.each)
    places, names = dict.fromkeys(part.place for part in parts), dict.fromkeys(part.name for part in parts)
    return replace(joined, place="+".join(places), name=", ".join(names), parts=parts)


def narrower(one: LawRow, other: LawRow) -> LawRow:
    """`one`, as far as `other` agrees."""
    automated = [row.auto_windows for row in (one, other) if row.auto_windows is not None]
    kinds = {*one.basis, *other.basis}
    return replace(
        one,
        basis={key: max(one.needs(*key), other.needs(*key), key=SEVERITY.index) for key in kinds},
        windows=narrowed(one.windows, other.windows),
        auto_windows=reduce(narrowed, automated) if automated else None,
        calendar=_calendars((one.calendar, other.calendar)),
        closed_on=_calendars((one.closed_on, other.closed_on)),
        days_off=one.days_off | other.days_off,
        days_worked=one.days_worked & other.days_worked,
        caps=_lowest((*one.caps, *other.caps)),
        refusal_days=max(one.refusal_days, other.refusal_days),
        doubtful=one.doubtful | other.doubtful,
        blocked=one.blocked or other.blocked,
        since=max(one.since, other.since),
        until=min(one.until, other.until),
    )


def _calendars(each: Iterable[str]) -> str:
    """Every public holiday of every place; one calendar is named once."""
    return "+".join(dict.fromkeys(name for joined in each for name in joined.split("+") if name))


def _lowest(caps: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Of two caps over the same days the lower one; all others hold side by side."""
    by_days: dict[int, int] = {}
    for most, days in caps:
        by_days[days] = min(most, by_days.get(days, most))
    return tuple(sorted((most, days) for days, most in by_days.items()))
