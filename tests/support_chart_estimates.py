"""What do the charts estimate? From counts of the plain tables, as statsmodels or scipy says, or person by person.

`COUNTED`: name of the file -> (how many of its columns name the row, all rows as they should be).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
from typing import Any
from unittest.mock import ANY

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import beta, betabinom, norm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep
from statsmodels.stats.weightstats import DescrStatsW
from support_chart_tables import CHANNELS, STAGES, Counted, Near, Rows, Tables, share, wilson

Z = norm.ppf(0.975)
WEEK = 7 * 86_400
Array = NDArray[np.float64]
Estimate = tuple[float, float, float, int]


@dataclass
class Crowd:
    """One place a person: goal met, called first, what was known before, the number of the week."""

    met: Array
    call: Array
    known: Array
    week: Array

    def of(self, which: Array) -> Crowd:
        return Crowd(self.met[which], self.call[which], self.known[which], self.week[which])


OPEN = "over AND mode <> 'manual' AND chance > 0 AND chance < 1"


def crowd(of: Tables, where: str) -> Crowd:
    known = "aim || '/' || status || '/' || (chance > 0.5), (day - 345600) / 604800"
    rows = of.ask(f"SELECT goal, channel = 'call', {known} FROM person WHERE {where}")
    met, call, known, week = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Crowd(np.array(met, float), np.array(call, bool), np.array(known, str), np.array(week, int))


def two_shares(them: Crowd) -> Estimate | None:
    sides = [them.met[them.call == side] for side in (True, False)]
    if not all(len(side) for side in sides):
        return None
    (k1, n1), (k0, n0) = ((int(side.sum()), len(side)) for side in sides)
    span = confint_proportions_2indep(k1, n1, k0, n0, method="newcomb", compare="diff")
    return k1 / n1 - k0 / n0, *span, n1 + n0


def weighed(of: Tables) -> Estimate | None:
    """The weighted mean of each side, w = 1 / chance of what happened."""
    value, spread, people = 0.0, 0.0, 0
    for channel, sign in (("call", 1), ("email", -1)):
        chance = "CASE channel WHEN 'call' THEN chance ELSE 1 - chance END"
        rows = of.ask(f"SELECT goal, {chance} FROM person WHERE {OPEN} AND channel = :it", it=channel)
        if not rows:
            return None
        met, likely = np.array(rows, float).T
        mean = DescrStatsW(met, weights=1 / likely).mean
        value, people = value + sign * mean, people + len(met)
        spread += (((met - mean) / likely) ** 2).sum() / (1 / likely).sum() ** 2
    return value, value - Z * sqrt(spread), value + Z * sqrt(spread), people


def score(them: Crowd, which: Array, others: Array) -> Array:
    """Of those `which`, forecast from the `others`: a fair lot chose."""
    everybody = (them.met[others].sum() + 0.5) / (others.sum() + 20)
    forecasts = []
    for side in (True, False):
        mine = others & (them.call == side)
        theirs = (them.met[mine].sum() + 20 * everybody) / (mine.sum() + 20)
        alike = {known: mine & (them.known == known) for known in set(them.known[which])}
        shares = {known: (them.met[each].sum() + 20 * theirs) / (each.sum() + 20) for known, each in alike.items()}
        forecasts.append(np.array([shares[known] for known in them.known[which]]))
    m1, m0 = forecasts
    met, call = them.met[which], them.call[which]
    return m1 - m0 + np.where(call, (met - m1) / 0.5, -(met - m0) / 0.5)


def robust(them: Crowd) -> Estimate | None:
    """Cross-fitted: every fifth week is forecast from the others."""
    if not 0 < them.call.sum() < len(them.call):
        return None
    fold = np.searchsorted(np.unique(them.week), them.week) % 5
    scores = np.concatenate([score(them, fold == each, fold != each) for each in set(fold)])
    half = Z * scores.std() / sqrt(len(scores))
    return scores.mean(), scores.mean() - half, scores.mean() + half, len(scores)


def looks(them: Crowd) -> list[tuple[int, float, float, float, int]]:
    """(end of the week, difference, interval, people), each week forecast from earlier ones; valid all together."""
    told, scores = [], np.array([])
    lean = -2 * log(0.05)
    r2 = (lean + log(lean) + 1) / 2_000
    for week in np.unique(them.week):
        scores = np.append(scores, score(them, them.week == week, them.week < week))
        so_far, n = them.week <= week, len(scores)
        least = min(
            ((them.met == met) & (them.call == side) & so_far).sum() for met in (0, 1) for side in (True, False)
        )
        half = scores.std() * sqrt(2 * (n * r2 + 1) / (n * n * r2) * log(sqrt(n * r2 + 1) / 0.05))
        if least >= 10:
            told.append(
                (int(week + 1) * WEEK + 4 * 86_400, scores.mean(), scores.mean() - half, scores.mean() + half, n)
            )
    return told


def segments(them: Crowd) -> Rows:
    part = np.array(["/".join(known.split("/")[:2]) for known in them.known], str)
    parts = [(str(each), them.of(part == each)) for each in np.unique(part)]
    found = [(name, it) for name, each in parts if each.met.sum() and (it := robust(each))]
    if not found:
        return []
    chances = [2 * norm.sf(abs(value) / ((high - low) / 2 / Z)) for _, (value, low, high, _) in found]
    real = multipletests(chances, method="fdr_bh")[1] <= 0.05
    rows = [(name, *it, "part_real" if r else "part") for (name, it), r in zip(found, real, strict=True) if it[3] >= 30]
    return rows if len(rows) > 1 else []


def forest(of: Tables) -> Rows:
    lot = crowd(of, f"{OPEN} AND mode = 'explore'")
    last = looks(lot)[-1:]
    named = [("raw", two_shares(crowd(of, "over")), "biased"), ("snips", weighed(of), "first")]
    named += [("sample", two_shares(lot), "honest"), ("aipw", robust(lot), "honest")]
    named += [("always", it, "headline") for _, *it in last]
    return [*((name, *it, kind) for name, it, kind in named if it), *segments(lot)]


def difference(of: Tables) -> Rows:
    last, raw = looks(crowd(of, f"{OPEN} AND mode = 'explore'"))[-1:], two_shares(crowd(of, "over"))
    return [*(("by toss, always valid", *it) for _, *it in last), *([("everybody, biased", *raw)] if raw else [])]


def costs(of: Tables) -> Rows:
    rows: Rows = []
    for whose in ("lot", "everybody"):
        for channel in CHANNELS:
            days = of.ask(
                """SELECT SUM(cost), SUM(goal), COUNT(*) FROM person WHERE over AND channel = :it
              AND (:whose = 'everybody' OR mode = 'explore') GROUP BY day""",
                it=channel,
                whose=whose,
            )
            rows.append((whose, channel, *per_goal(np.array(days, float).reshape(-1, 3).T)))
    return rows


def per_goal(days: Array) -> tuple[float | None, float, float | None]:
    """Fieller's interval, days as units: the roots of (C - r G)^2 = z^2 (Scc - 2 r Scg + r^2 Sgg)."""
    (cost, goals, people), n = days.sum(axis=1), days.shape[1]
    if not goals:
        return None, 0, None
    if n < 20:
        low, high = wilson(goals, people)
        return cost / goals, cost / people / high, cost / people / low
    (scc, scg), (_, sgg) = np.cov(days[:2]) * n
    square = [goals**2 - Z**2 * sgg, -2 * (cost * goals - Z**2 * scg), cost**2 - Z**2 * scc]
    roots = np.sort(np.roots(square))
    if square[0] <= 0 or np.iscomplexobj(roots):
        return cost / goals, 0, None
    return cost / goals, max(0, roots[0]), roots[1]


# ---- what is drawn to the mean of all


def prior(ks: list[int], ns: list[int]) -> tuple[float, float]:
    """The Beta that most likely gave all shares, its mean the pooled one; worth no more than all people together."""
    pooled, n = (sum(ks) + 0.5) / (sum(ns) + 1), np.array(ns)

    def unlikely(weight: float) -> float:
        a, b = pooled * np.exp(weight), (1 - pooled) * np.exp(weight)
        return float(-betabinom.logpmf(np.array(ks)[n > 0], n[n > 0], a, b).sum())

    grid = np.linspace(0, log(max(2, n.sum())), 60)
    best = min(range(60), key=lambda i: unlikely(grid[i]))
    around = (grid[max(0, best - 1)], grid[min(59, best + 1)])
    fine = minimize_scalar(unlikely, bounds=around, method="bounded", options={"xatol": 1e-7}).x
    weight = np.exp(min((fine, *around), key=unlikely))
    return pooled * weight, (1 - pooled) * weight


def drawn(ks: list[int], ns: list[int]) -> list[tuple[Any, Any, Any]]:
    if max(ns, default=0) < 2:  # any weight is as likely as any other
        return [(ANY, ANY, ANY)] * len(ns)
    a, b = prior(ks, ns) if ks else (1.0, 1.0)
    found = [(a + k, b + n - k) for k, n in zip(ks, ns, strict=True)]
    return [(Near(x / (x + y)), *map(Near, beta.ppf([0.025, 0.975], x, y))) for x, y in found]


def by(of: Tables) -> Rows:
    rows: Rows = []
    sums = ", ".join(f"SUM({stage})" for stage in (*STAGES, "cost"))
    for name in ("goal", "status", "campaign", "source", "script", "hour"):
        column = "aim" if name == "goal" else name
        for channel in CHANNELS:
            found = of.ask(f"SELECT {column}, {sums} FROM person WHERE over AND channel = :it GROUP BY 1", it=channel)
            shares = drawn([row[5] for row in found], [row[1] for row in found])
            rows += [(name, row[0], channel, *row[1:], *its) for row, its in zip(found, shares, strict=True)]
    return rows


def source_goals(of: Tables) -> Rows:
    """Of sources that somebody came from, also those of whom we know a lead only."""
    found = of.ask("""SELECT s.key, s.kind, COALESCE(SUM(p.over), 0), COALESCE(SUM(p.goal AND p.over), 0),
        COALESCE(SUM(NOT p.over), 0)
      FROM source s LEFT JOIN person p ON p.source = s.key WHERE p.source IS NOT NULL OR s.id IN (
        SELECT source_id FROM lead WHERE received_at BETWEEN :since AND :now) GROUP BY 1""")
    ks, ns = [row[3] for row in found], [row[2] for row in found]
    a, b = prior(ks, ns) if ks else (1, 1)
    dice = np.random.default_rng(1)
    draws = np.array([dice.beta(a + k, b + n - k, 40_000) for k, n in zip(ks, ns, strict=True)])
    ranks = (draws[:, None] <= draws[None]).sum(axis=1) if ks else draws
    places = np.quantile(ranks, [0.025, 0.975], axis=1, method="nearest").T if ks else []
    return [
        (key, kind, n, k, *share(k, n), *likely, *place, waits)
        for (key, kind, n, k, waits), likely, place in zip(found, drawn(ks, ns), places, strict=True)
    ]


COUNTED: Counted = {
    "difference": (1, difference),
    "channels-forest": (1, forest),
    "channels-time": (1, lambda of: list(looks(crowd(of, f"{OPEN} AND mode = 'explore'")))),
    "channels-costs": (2, costs),
    "channels-by": (3, by),
    "sources-goals": (1, source_goals),
}
