"""What do the exact distributions say when normal ones are too coarse: rare events, small numbers?

Continued fractions and series as in Numerical Recipes 6.2 and 6.4; Clopper & Pearson (1934), Biometrika 26:404;
Garwood (1936), Biometrika 28:437.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import exp, inf, lgamma, log, log1p

from opportune.statistics.shares import Span

TINY, CLOSE = 1e-300, 1e-14


def clopper_pearson(k: int, n: int, alpha: float = 0.05) -> Span:
    """The exact interval of a share: it holds the truth in *at least* 95 % of all cases."""
    low = beta_quantile(alpha / 2, k, n - k + 1) if k else 0.0
    return low, beta_quantile(1 - alpha / 2, k + 1, n - k) if k < n else 1.0


@lru_cache(maxsize=1_000)
def poisson(k: int, exposure: float = 1.0, alpha: float = 0.05) -> Span:
    """Garwood's exact interval of a rate: k events in `exposure` (opt-outs per 1,000 contact attempts, say)."""
    low = gamma_quantile(alpha / 2, k) if k else 0.0
    return low / exposure, gamma_quantile(1 - alpha / 2, k + 1) / exposure


def binomial_p(k: int, n: int, share: float) -> float:
    """Two-sided exact p of k of n where `share` was expected: twice the smaller tail."""
    upper = beta_cdf(share, k, n - k + 1) if k else 1.0
    lower = 1 - beta_cdf(share, k + 1, n - k) if k < n else 1.0
    return min(1.0, 2 * min(lower, upper))


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of I_x, by Lentz's method."""
    c, d = 1.0, 1 / _far(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d, c = 1 / _far(1 + term * d), _far(1 + term / c)
            found *= c * d
        if abs(c * d - 1) < CLOSE:
            break
    return found


def _far(value: float) -> float:
    """Never quite zero."""
    return value if abs(value) > TINY else TINY


def gamma_cdf(x: float, a: float) -> float:
    """The regularised lower incomplete gamma function P(a, x), by its series."""
    if x <= 0:
        return 0.0
    term = total = 1 / a
    n = a
    while abs(term) > total * CLOSE:
        n += 1
        term *= x / n
        total += term
    return min(1.0, total * exp(a * log(x) - x - lgamma(a)))


def beta_quantile(p: float, a: float, b: float) -> float:
    return _solve(lambda x: beta_cdf(x, a, b), p, 0.0, 1.0)


def gamma_quantile(p: float, a: float) -> float:
    top = a + 1.0
    while gamma_cdf(top, a) < p:
        top *= 1.5
    return _solve(lambda x: gamma_cdf(x, a), p, 0.0, top)


def _solve(cdf: Callable[[float], float], p: float, low: float, high: float) -> float:
    """Where `cdf` reaches p: false position with halving (Illinois), which never leaves its bracket."""
    at_low, at_high, last = cdf(low) - p, cdf(high) - p, inf
    for turn in range(200):
        x = (low * at_high - high * at_low) / (at_high - at_low) if turn % 3 else (low + high) / 2
        at = cdf(x) - p
        if at == 0 or abs(x - last) <= CLOSE * max(abs(x), TINY):
            return x
        low, at_low, high, at_high = (x, at, high, at_high) if at < 0 else (low, at_low, x, at)
        last = x
    return (low + high) / 2
