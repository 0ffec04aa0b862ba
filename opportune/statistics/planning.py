"""How many people, and how many weeks, until the question can be answered?"""

from __future__ import annotations

from math import ceil, sqrt
from statistics import NormalDist

from opportune.statistics.anytime import width
from opportune.statistics.shares import Z

MOST = 1_000_000_000


def per_channel_needed(share: float, half_width: float, z: float = Z) -> int:
    """How many people per channel until the difference of two such shares is known to +- half_width?"""
    spread = max(share * (1 - share), 0.01 * 0.99)
    return int(2 * spread * (z / half_width) ** 2) + 1


def per_channel_to_see(share: float, difference: float, power: float = 0.8, z: float = Z) -> int:
    """How many per channel until a true `difference` from `share` is found with this chance? Fleiss (1981), 3.14."""
    other = min(1.0, max(0.0, share + difference))
    pooled = (share + other) / 2
    under, beside = 2 * pooled * (1 - pooled), share * (1 - share) + other * (1 - other)
    root = z * sqrt(under) + NormalDist().inv_cdf(power) * sqrt(beside)
    return ceil((root / difference) ** 2)


def people_needed(spread: float, half_width: float) -> int:
    """How many people in all until the always-valid interval is +- half_width? `spread`: of `anytime.Look`."""
    low, high = 1, 2
    while spread * width(high) > half_width and high < MOST:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if spread * width(middle) > half_width else (low, middle)
    return high


def weeks_needed(more_people: int, people_per_week: float) -> int | None:
    """At this pace; None while nobody comes."""
    return max(1, ceil(more_people / people_per_week)) if people_per_week > 0 else None
