"""How sure are we of one share, and of the difference between two?

Wilson (1927), J. Am. Stat. Assoc. 22:209; Newcombe (1998), Statistics in Medicine 17:873, method 10.
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

Z = 1.959964  # 95 %
Span = tuple[float, float]


def wilson(k: float, n: float, z: float = Z) -> Span:
    """The Wilson interval of k of n. Stays inside 0 to 1 and is honest for small n; without people it is all of it."""
    if n <= 0:
        return 0.0, 1.0
    p, zz = k / n, z * z
    middle = (p + zz / (2 * n)) / (1 + zz / n)
    half = z * sqrt(p * (1 - p) / n + zz / (4 * n * n)) / (1 + zz / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def newcombe(k1: float, n1: float, k2: float, n2: float, z: float = Z) -> Span:
    """Newcombe's interval of the difference k1/n1 - k2/n2 of two independent shares (his method 10)."""
    if n1 <= 0 or n2 <= 0:
        return -1.0, 1.0
    p1, p2 = k1 / n1, k2 / n2
    (low1, high1), (low2, high2) = wilson(k1, n1, z), wilson(k2, n2, z)
    low = p1 - p2 - sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    high = p1 - p2 + sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return low, high


def difference_p(k1: float, n1: float, k2: float, n2: float) -> float:
    """Two-sided p of "both shares are equal": the pooled z test (which is Pearson's chi-square of the 2 x 2 table)."""
    if n1 <= 0 or n2 <= 0 or not 0 < k1 + k2 < n1 + n2:
        return 1.0
    pooled = (k1 + k2) / (n1 + n2)
    return two_sided((k1 / n1 - k2 / n2) / sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2)))


def two_sided(z: float) -> float:
    """The chance of a standard normal value at least as far from zero as z."""
    return 2 * NormalDist().cdf(-abs(z))
