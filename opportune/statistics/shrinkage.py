"""What is the likely share of a small source or hour, and which place could it truly take?

Empirical Bayes with a beta-binomial: all shares come from one Beta(a, b) fitted to all of them together; few people
are drawn towards the mean of all, many stay where they are. Morris (1983), J. Am. Stat. Assoc. 78:47.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log

import numpy as np

from opportune.statistics.exact import beta_quantile

LEAST = 1.0  # people that the prior is worth at least: all as different as can be
DRAWS, SEED = 4_000, 20_261_122


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The share after shrinkage, its 95 % interval, and the best and worst place it could take (1 = highest)."""

    share: float
    low: float
    high: float
    best: int
    worst: int


def prior(ks: Sequence[int], ns: Sequence[int]) -> tuple[float, float]:
    """Beta(a, b): its mean is the pooled share, its weight a + b maximises the beta-binomial likelihood.

    The weight never exceeds all people together: the mean of all is not known any better than that.
    """
    pooled = (sum(ks) + 0.5) / (sum(ns) + 1)
    pairs = [(k, n) for k, n in zip(ks, ns, strict=True) if n]

    def likelihood(weight: float) -> float:
        a, b = pooled * weight, (1 - pooled) * weight
        return sum(_beta(a + k, b + n - k) for k, n in pairs) - len(pairs) * _beta(a, b)

    weight = _highest(lambda logged: likelihood(exp(logged)), log(LEAST), log(max(2.0, sum(ns))))
    return pooled * exp(weight), (1 - pooled) * exp(weight)


def _beta(a: float, b: float) -> float:
    """log B(a, b)"""
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _highest(of: Callable[[float], float], low: float, high: float) -> float:
    """A grid, then a finer one around its best: the likelihood may be flat at either end."""
    for _ in range(4):
        step = (high - low) / 24
        best = max((low + i * step for i in range(25)), key=of)
        low, high = max(low, best - step), min(high, best + step)
    return best


def shrunk(ks: Sequence[int], ns: Sequence[int]) -> list[Shrunk]:
    """One for each k of n, in the order given."""
    if not ks:
        return []
    a, b = prior(ks, ns)
    after = [(a + k, b + n - k) for k, n in zip(ks, ns, strict=True)]
    places = _places(after)
    return [
        Shrunk(x / (x + y), beta_quantile(0.025, x, y), beta_quantile(0.975, x, y), *place)
        for (x, y), place in zip(after, places, strict=True)
    ]


def _places(after: Sequence[tuple[float, float]]) -> list[tuple[int, int]]:
    """The 95 % range of each one's place over draws from all posteriors; the same draws whenever it is asked."""
    dice = np.random.Generator(np.random.PCG64(SEED))
    drawn = np.stack([dice.beta(x, y, DRAWS) for x, y in after], axis=1)
    ranks = (-drawn).argsort(axis=1).argsort(axis=1) + 1
    low, high = np.quantile(ranks, [0.025, 0.975], axis=0, method="nearest")
    return [(int(x), int(y)) for x, y in zip(low, high, strict=True)]
