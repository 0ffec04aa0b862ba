"""Which of many differences are real, when so many were looked at?

Benjamini & Hochberg (1995), J. R. Stat. Soc. B 57:289.
"""

from __future__ import annotations

from collections.abc import Sequence


def benjamini_hochberg(ps: Sequence[float]) -> list[float]:
    """The adjusted p of each: call those <= 0.05 real, and about 5 % of what you called real is not."""
    falling = sorted(range(len(ps)), key=lambda i: -ps[i])
    adjusted, least = [1.0] * len(ps), 1.0
    for place, i in enumerate(falling):
        least = min(least, ps[i] * len(ps) / (len(ps) - place))
        adjusted[i] = least
    return adjusted
