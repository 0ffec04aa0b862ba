"""What does a goal cost, and how sure are we? A ratio of two sums that vary together.

Fieller (1954), J. R. Stat. Soc. B 16:175. Days (or any other independent parts) are the units: cost and goals of a
day hang together, days hardly do; so sums by day are all that is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np

from opportune.statistics.shares import Z, wilson


@dataclass(frozen=True, slots=True)
class Ratio:
    """Cost per goal. Without a goal `value` is None; `high` is infinite while no goal at all is not ruled out."""

    value: float | None
    low: float
    high: float


def cost_per_goal(costs: Sequence[float], goals: Sequence[float], z: float = Z) -> Ratio:
    """Sum of `costs` over sum of `goals` (one value a day), with Fieller's interval: all r for which
    (C - r G)^2 <= z^2 (Scc - 2 r Scg + r^2 Sgg), S being the variances and covariance of the two sums."""
    cost, goal = float(np.sum(costs)), float(np.sum(goals))
    if goal <= 0:
        return Ratio(None, 0.0, inf)
    if len(costs) < 2:
        return Ratio(cost / goal, 0.0, inf)
    (scc, scg), (_, sgg) = (np.cov(costs, goals) * len(costs)).tolist()
    a, b, c = goal**2 - z**2 * sgg, cost * goal - z**2 * scg, cost**2 - z**2 * scc
    root = b * b - a * c
    if a <= 0 or root < 0:
        return Ratio(cost / goal, 0.0, inf)
    return Ratio(cost / goal, max(0.0, (b - sqrt(root)) / a), (b + sqrt(root)) / a)


def cost_of_a_share(cost: float, goals: int, people: int, z: float = Z) -> Ratio:
    """Where few days are known: what a person costs, taken as known, over Wilson's interval of the share of goals."""
    if not people or not goals:
        return Ratio(None, 0.0, inf)
    low, high = wilson(goals, people, z)
    return Ratio(cost / goals, cost / people / high, cost / people / low)
