"""What is the difference when everybody counts by how unlikely their channel was?

Whoever was called although the rules would rather have written stands for all the others whom they wrote to. The
self-normalised inverse propensity estimate: Hajek (1971); Swaminathan & Joachims (2015), NeurIPS 28.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from opportune.statistics.groups import Estimate, Group, table

FEW, HEAVY = 100, 20.0


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much evidence the weights leave: Kish's effective number of people on each side, and the heaviest weight."""

    call: float
    email: float
    heaviest: float

    @property
    def thin(self) -> bool:
        return min(self.call, self.email) < FEW

    @property
    def heavy(self) -> bool:
        return self.heaviest > HEAVY + 1e-9


def snips(groups: Iterable[Group]) -> Estimate | None:
    """sum(w y) / sum(w) on each side, w = 1 / chance of what happened; variance sum(w^2 (y - share)^2) / sum(w)^2."""
    t = table(groups)
    weight = 1 / np.where(t.call, t.chance, 1 - t.chance)
    sides = []
    for call in (1, 0):
        w, n, k = (column[t.call == call] for column in (weight, t.people, t.goals))
        if not n.sum():
            return None
        total = float((w * n).sum())
        share = float((w * k).sum()) / total
        spread = float((w**2 * (k * (1 - share) ** 2 + (n - k) * share**2)).sum())
        sides.append((share, spread / total**2))
    (called, v1), (written, v0) = sides
    return Estimate.normal(called - written, sqrt(v1 + v0), int(t.people.sum()))


def overlap(groups: Iterable[Group]) -> Overlap:
    """Kish (1965): (sum w)^2 / sum w^2."""
    t = table(groups)
    weight = 1 / np.where(t.call, t.chance, 1 - t.chance)
    sides = []
    for call in (1, 0):
        w, n = weight[t.call == call], t.people[t.call == call]
        sides.append(float((w * n).sum()) ** 2 / float((w**2 * n).sum()) if n.sum() else 0.0)
    return Overlap(sides[0], sides[1], float(weight.max(initial=1.0)))
