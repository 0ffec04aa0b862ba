"""What do the estimators of "call or write first?" need to know? Counts of people who are alike, never single people.

So they are exact at millions of people within milliseconds.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opportune.statistics.shares import Z, two_sided

Numbers = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Group:
    """`goals` of `people` met the goal; all had the same `chance` of a call first, recorded when it was decided.

    `stratum`: whatever was known before and may foretell the goal (status and goal, say). `day`: of the decision.
    """

    chance: float
    stratum: Hashable
    call: bool
    day: int
    people: int
    goals: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Call first minus email first, as a difference of shares, with a 95 % interval (unless said otherwise)."""

    value: float
    low: float
    high: float
    people: int

    @classmethod
    def normal(cls, value: float, error: float, people: int) -> Estimate:
        return cls(value, value - Z * error, value + Z * error, people)

    @property
    def p(self) -> float:
        """Two-sided p of "no difference", from the interval."""
        error = (self.high - self.low) / (2 * Z)
        return two_sided(self.value / error) if error else 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """The same as columns; strata and days are numbered, days in their order."""

    chance: Numbers
    stratum: Places
    call: Places
    day: Places
    people: Numbers
    goals: Numbers
    days: list[int]
    strata: int


def table(groups: Iterable[Group]) -> Table:
    """Only people whose channel was open to both: a chance of 0 or 1 compares nothing."""
    known = [group for group in groups if 0 < group.chance < 1 and group.people]
    days = sorted({group.day for group in known})
    strata = list(dict.fromkeys((group.stratum, group.chance) for group in known))
    day_of, place = {day: i for i, day in enumerate(days)}, {key: i for i, key in enumerate(strata)}
    return Table(
        np.array([g.chance for g in known], dtype=float),
        _numbers([place[g.stratum, g.chance] for g in known]),
        _numbers([int(g.call) for g in known]),
        _numbers([day_of[g.day] for g in known]),
        np.array([g.people for g in known], dtype=float),
        np.array([g.goals for g in known], dtype=float),
        days,
        len(strata),
    )


def _numbers(values: Sequence[int]) -> Places:
    return np.array(values, dtype=np.intp)


def arms(groups: Iterable[Group]) -> tuple[int, int, int, int]:
    """(goals, people) after a call first, (goals, people) after an email first: the raw counts."""
    known = list(groups)
    counted = [sum(getattr(g, what) for g in known if g.call is call) for call in (True, False) for what in WHAT]
    return counted[0], counted[1], counted[2], counted[3]


WHAT = ("goals", "people")
