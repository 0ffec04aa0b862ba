"""How sure are we of a share, and of the difference between two shares? Pure arithmetic."""

from __future__ import annotations

from math import sqrt

Z = 1.959964  # 95 %


def wilson(k: int, n: int, z: float = Z) -> tuple[float, float]:
    """The Wilson interval of k of n. Stays inside 0 to 1 and is honest for small n; without people it is all of it."""
    if n == 0:
        return 0.0, 1.0
    p, zz = k / n, z * z
    middle = (p + zz / (2 * n)) / (1 + zz / n)
    half = z * sqrt(p * (1 - p) / n + zz / (4 * n * n)) / (1 + zz / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def newcombe(k1: int, n1: int, k2: int, n2: int, z: float = Z) -> tuple[float, float]:
    """Newcombe's interval of the difference k1/n1 - k2/n2 of two independent shares (his method 10)."""
    if n1 == 0 or n2 == 0:
        return -1.0, 1.0
    p1, p2 = k1 / n1, k2 / n2
    (low1, high1), (low2, high2) = wilson(k1, n1, z), wilson(k2, n2, z)
    low = p1 - p2 - sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    high = p1 - p2 + sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return low, high


def per_channel_needed(share: float, half_width: float, z: float = Z) -> int:
    """How many people per channel until the difference of two such shares is known to +- half_width?"""
    spread = max(share * (1 - share), 0.01 * 0.99)
    return int(2 * spread * (z / half_width) ** 2) + 1


def lopsided(one: int, other: int) -> bool:
    """Is a fair coin that fell this way beyond belief (1 in 1,000)? Then the comparison sample itself is broken."""
    n = one + other
    return n > 0 and abs(one - other) > 3.29 * sqrt(n)
