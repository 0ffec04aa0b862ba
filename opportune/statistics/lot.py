"""Did the toss fall like a fair coin? If not, something filters people after it, and no comparison may be read."""

from __future__ import annotations

from math import sqrt

from opportune.statistics.shares import two_sided

BEYOND_BELIEF = 0.001


def sample_ratio_p(one: int, other: int, share: float = 0.5) -> float:
    """Pearson's chi-square (one degree of freedom) of `one` against `other`, where `one` should get `share`."""
    n = one + other
    return two_sided((one - n * share) / sqrt(n * share * (1 - share))) if n else 1.0


def lopsided(one: int, other: int, share: float = 0.5) -> bool:
    """Is a toss that fell this way beyond belief (1 in 1,000)?"""
    return sample_ratio_p(one, other, share) < BEYOND_BELIEF
