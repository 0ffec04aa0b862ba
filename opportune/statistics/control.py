"""Who is truly unlike the others, and who only has small numbers? Control limits of a funnel plot.

Spiegelhalter (2005), Statistics in Medicine 24:1185.
"""

from __future__ import annotations

from opportune.statistics.shares import Span, wilson

WARN, ALARM = 1.959964, 3.090232  # 95 % and 99.8 %


def limits(share: float, n: float, z: float = WARN) -> Span:
    """Between these an operator with n conversations may fall by chance alone when the true share is `share`.

    The score limits: `share` -+ z * standard error, kept inside 0 to 1.
    """
    if n <= 0:
        return 0.0, 1.0
    half = z * float((share * (1 - share) / n) ** 0.5)
    return max(0.0, share - half), min(1.0, share + half)


def outside(k: int, n: int, share: float, z: float = ALARM) -> bool:
    """Is k of n beyond what chance explains? (Wilson's interval leaves out `share` exactly then.)"""
    low, high = wilson(k, n, z)
    return not low <= share <= high
