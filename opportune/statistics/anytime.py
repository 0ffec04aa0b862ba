"""What may be said about the difference today, when somebody looks every day and stops when it pleases?

A fixed 95 % interval that is looked at thirty times is wrong in every fourth comparison. The asymptotic confidence
sequence holds at all looks together: Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), Annals of Statistics
52:2613, theorem 2.2: after n people with mean score v and standard deviation s the interval is

    v +- s sqrt( 2 (n r^2 + 1) / (n^2 r^2) * log( sqrt(n r^2 + 1) / alpha ) )

The scores are the doubly robust ones, forecast from the days before each person's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from opportune.statistics.doubly import of_the_past, scores
from opportune.statistics.groups import Estimate, Group, Numbers, Table, table

ALPHA = 0.05
NARROWEST = 2_000  # people: where the sequence is to be narrowest; fixed in advance, never fitted to what came
GOALS = 10  # and as many misses, on each side: before, a normal approximation says nothing


@dataclass(frozen=True, slots=True)
class Look:
    """What could be said after the people of all days up to `day`."""

    day: int
    people: int
    value: float
    low: float
    high: float
    spread: float  # standard deviation of a person's score: for "how many more?"

    @property
    def estimate(self) -> Estimate:
        return Estimate(self.value, self.low, self.high, self.people)


def always_valid(groups: Iterable[Group], alpha: float = ALPHA) -> list[Look]:
    """One look a day, from the first day on that has enough goals on both sides."""
    t = table(groups)
    if not len(t.people):
        return []
    once, squared = (_by_day(t, column) for column in scores(t, of_the_past(t)))
    n = _by_day(t, t.people)
    mean = once / n
    spread = np.sqrt(np.maximum(squared / n - mean**2, 0))
    enough = np.min([_by_day(t, of * (t.call == side)) for side in (0, 1) for of in (t.goals, t.people - t.goals)], 0)
    return [
        _look(t.days[i], int(n[i]), float(mean[i]), float(spread[i]), alpha)
        for i in range(len(t.days))
        if enough[i] >= GOALS
    ]


def _by_day(t: Table, column: Numbers) -> Numbers:
    """Summed up to and including each day."""
    return np.bincount(t.day, weights=column, minlength=len(t.days)).cumsum()


def _look(day: int, n: int, mean: float, spread: float, alpha: float) -> Look:
    half = spread * width(n, alpha)
    return Look(day, n, mean, mean - half, mean + half, spread)


def width(n: int, alpha: float = ALPHA, narrowest: int = NARROWEST) -> float:
    """Half the interval after n people, in standard deviations of a score."""
    lean = -2 * log(alpha)
    r2 = (lean + log(lean) + 1) / narrowest
    return sqrt(2 * (n * r2 + 1) / (n * n * r2) * log(sqrt(n * r2 + 1) / alpha))
