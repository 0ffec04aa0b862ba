"""How many are still not reached after so many attempts or days, when some are no longer waited for?

Kaplan & Meier (1958), J. Am. Stat. Assoc. 53:457; Greenwood's variance on the log(-log) scale, so that the band stays
inside 0 to 1 (Kalbfleisch & Prentice 1980); competing ends: Aalen & Johansen (1978), Scand. J. Stat. 5:141, with the
variance of Marubini & Valsecchi (1995), formula 10.12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

from opportune.statistics.shares import Z, wilson


@dataclass(frozen=True, slots=True)
class Step:
    """After `time`: the share (not yet reached, or ended this way) with its band; and the hazard of this one step."""

    time: float
    at_risk: int
    events: int
    share: float
    low: float
    high: float

    @property
    def hazard(self) -> float | None:
        """Of those still waited for at this step, the share that it reached."""
        return self.events / self.at_risk if self.at_risk else None

    @property
    def hazard_interval(self) -> tuple[float, float]:
        return wilson(self.events, self.at_risk)


def at_risk(times: int, events: Sequence[int], left: Sequence[int]) -> list[int]:
    """How many are still waited for just before each time; `left`: ended otherwise at that time."""
    gone = [events[i] + left[i] for i in range(times)]
    return [sum(gone[i:]) for i in range(times)]


def kaplan_meier(times: Sequence[float], events: Sequence[int], censored: Sequence[int], z: float = Z) -> list[Step]:
    """Share *not yet* reached after each time. At times[i] events[i] people were reached and censored[i] were last
    seen (their cadence still runs, or they opted out)."""
    steps, share, greenwood = [], 1.0, 0.0
    for time, n, d in zip(times, at_risk(len(times), events, censored), events, strict=True):
        if n:
            share *= 1 - d / n
            greenwood += d / (n * (n - d)) if d < n else 0.0
        steps.append(Step(time, n, d, share, *_band(share, greenwood, z)))
    return steps


def _band(share: float, greenwood: float, z: float) -> tuple[float, float]:
    """exp(-exp(log(-log S) +- z sqrt(greenwood) / |log S|))"""
    if not 0 < share < 1:
        return share, share
    wide = z * sqrt(greenwood) / abs(log(share))
    return share ** exp(wide), share ** exp(-wide)


def cumulative_incidence(
    times: Sequence[float], events: Sequence[int], competing: Sequence[int], censored: Sequence[int], z: float = Z
) -> list[Step]:
    """Share that *was* reached by each time, where another end (an opt-out) makes it impossible for ever.

    1 - Kaplan-Meier would overstate it: it treats those who opted out as if they could still be reached.
    """
    n_at = at_risk(len(times), events, [a + b for a, b in zip(competing, censored, strict=True)])
    steps: list[Step] = []
    waiting, share = 1.0, 0.0
    terms: list[tuple[int, int, int, float, float]] = []  # (n, d of this kind, d of all, S before, share after)
    for i, time in enumerate(times):
        n, d, every = n_at[i], events[i], events[i] + competing[i]
        if n:
            share += waiting * d / n
            terms.append((n, d, every, waiting, share))
            waiting *= 1 - every / n
        low, high = _around(share, _spread(terms, share), z)
        steps.append(Step(time, n, d, share, low, high))
    return steps


def _spread(terms: Sequence[tuple[int, int, int, float, float]], share: float) -> float:
    """The delta-method variance of the cumulative incidence so far."""
    total = 0.0
    for n, d, every, before, then in terms:
        rest = share - then
        total += rest**2 * every / (n * (n - every)) if every < n else 0.0
        total += before**2 * d * (n - d) / n**3 - 2 * rest * before * d / n**2
    return total


def _around(share: float, variance: float, z: float) -> tuple[float, float]:
    """On the log(-log) scale again, of the share itself."""
    if not 0 < share < 1:
        return share, share
    wide = z * sqrt(max(0.0, variance)) / (share * abs(log(share)))
    return share ** exp(wide), share ** exp(-wide)
