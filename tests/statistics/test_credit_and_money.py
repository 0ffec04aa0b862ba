"""Shrinkage, credit and cost per goal, against scipy, brute force and simulation."""

from __future__ import annotations

from itertools import permutations
from math import inf

import numpy as np
import pytest
from scipy import stats

from opportune.statistics import by_place, cost_per_goal, markov, shapley, shrunk
from opportune.statistics.credit import Paths
from opportune.statistics.shrinkage import prior

PATHS: Paths = {
    ("email", "call"): (100, 9),
    ("call",): (50, 8),
    ("email",): (200, 2),
    ("form", "email", "call", "email"): (10, 3),
    ("form",): (40, 0),
}


def test_the_prior_is_the_likeliest_weight() -> None:
    ks, ns = [1, 12, 40, 2, 30, 8], [20, 50, 400, 9, 80, 200]
    a, b = prior(ks, ns)

    def likelihood(weight: float) -> float:
        share = a / (a + b)
        return float(stats.betabinom.logpmf(ks, ns, share * weight, (1 - share) * weight).sum())

    assert a / (a + b) == pytest.approx(sum(ks) / sum(ns), abs=0.001)
    assert likelihood(a + b) >= max(likelihood(w) for w in np.geomspace(1, 759, 200)) - 1e-6


def test_small_numbers_are_drawn_to_the_mean_and_large_ones_stay() -> None:
    small, large, *_ = shrunk([3, 300, 10, 60], [5, 500, 200, 400])  # three fifths of five, and of five hundred
    assert small.share < 0.51
    assert 0.59 < large.share < 0.6
    assert small.high - small.low > large.high - large.low


def test_intervals_are_those_of_the_beta_posterior() -> None:
    ks, ns = [3, 60, 10, 90], [20, 200, 200, 300]
    a, b = prior(ks, ns)
    for k, n, found in zip(ks, ns, shrunk(ks, ns), strict=True):
        assert (found.low, found.high) == pytest.approx(stats.beta.interval(0.95, a + k, b + n - k))


def test_all_alike_means_that_anybody_could_be_first() -> None:
    assert {(s.best, s.worst) for s in shrunk([5, 5, 5], [100, 100, 100])} == {(1, 3)}
    clear = shrunk([5, 250, 500], [1_000, 1_000, 1_000])
    assert [(s.best, s.worst) for s in clear] == [(3, 3), (2, 2), (1, 1)]
    assert shrunk([], []) == []
    assert shrunk([0], [0])[0].low < 0.01  # nobody yet: nearly anything


def test_intervals_hold_the_truth_for_about_95_of_100_sources() -> None:
    dice = np.random.default_rng(8)
    truth = dice.beta(4, 40, size=(60, 11))
    ns = dice.integers(20, 400, size=truth.shape)
    ks = dice.binomial(ns, truth)
    held = [
        s.low <= p <= s.high
        for row in range(60)
        for s, p in zip(shrunk(ks[row].tolist(), ns[row].tolist()), truth[row], strict=True)
    ]
    assert 0.91 <= np.mean(held) <= 0.98


def test_shapley_is_the_mean_over_all_orders_of_joining() -> None:
    channels = ("call", "email", "form")

    def goals(members: set[str]) -> int:
        return sum(met for path, (_, met) in PATHS.items() if set(path) <= members)

    for channel in channels:
        gains = [
            goals({*order[: order.index(channel)], channel}) - goals({*order[: order.index(channel)]})
            for order in permutations(channels)
        ]
        assert shapley(PATHS)[channel] == pytest.approx(np.mean(gains))


def test_removal_effects_are_those_of_a_simulated_walk() -> None:
    """The chain walked step by step, without a matrix."""
    found = markov(PATHS)
    whole = walked(without=None)
    effects = {channel: 1 - walked(without=channel) / whole for channel in ("call", "email", "form")}
    scale = 22 / sum(effects.values())
    assert found == {channel: pytest.approx(effect * scale, abs=1e-6) for channel, effect in effects.items()}


def walked(without: str | None) -> float:
    moves: dict[str, dict[str, float]] = {}
    for path, (people, met) in PATHS.items():
        steps = ["start", *path]
        for here, there in zip(steps, path, strict=False):
            moves.setdefault(here, {}).setdefault(there, 0)
            moves[here][there] += people
        ends = moves.setdefault(steps[-1], {})
        ends["goal"] = ends.get("goal", 0) + met
        ends["nothing"] = ends.get("nothing", 0) + people - met
    at, reached = {"start": 1.0}, 0.0
    for _ in range(300):
        then: dict[str, float] = {}
        for place, chance in at.items():
            for there, weight in moves[place].items():
                if there != without:
                    then[there] = then.get(there, 0) + chance * weight / sum(moves[place].values())
        reached += then.pop("goal", 0)
        then.pop("nothing", None)
        at = then
    return reached


def test_every_rule_gives_away_all_goals_and_no_more() -> None:
    for credit in (
        shapley(PATHS),
        markov(PATHS),
        *(by_place(PATHS, rule) for rule in ("first", "last", "linear", "late")),
    ):
        assert sum(credit.values()) == pytest.approx(22)
    assert by_place(PATHS, "first") == {"email": 11, "call": 8, "form": 3}
    assert by_place(PATHS, "last") == {"call": 17, "email": 5, "form": 0}
    assert by_place({("email", "call"): (1, 3)}, "late") == {"email": 1, "call": 2}
    assert markov({("call",): (5, 0)}) == {"call": 0}
    assert markov({}) == shapley({}) == {}


def test_fiellers_limits_are_where_cost_and_goals_no_longer_agree() -> None:
    """Each limit r solves |C - r G| = z * standard error of (C - r G)."""
    costs, goals = [100.0, 120, 90, 110, 160], [3, 5, 2, 4, 7]
    found = cost_per_goal(costs, goals)
    assert found.value == pytest.approx(580 / 21)
    for r in (found.low, found.high):
        rest = np.array(costs) - r * np.array(goals)
        assert abs(rest.sum()) == pytest.approx(1.959964 * np.sqrt(rest.var(ddof=1) * len(rest)))


def test_cost_per_goal_covers_the_truth() -> None:
    dice, held = np.random.default_rng(5), 0
    for _ in range(400):
        people = dice.poisson(40, size=30)
        goals = dice.binomial(people, 0.08)
        found = cost_per_goal((people * 1.5 + dice.normal(0, 4, 30)).tolist(), goals.tolist())
        held += found.low <= 1.5 / 0.08 <= found.high
    assert 0.92 <= held / 400 <= 0.98


@pytest.mark.parametrize(
    ("costs", "goals"),
    [
        ([], []),  # nothing yet
        ([50.0, 60.0], [0, 0]),  # money spent, no goal
        ([50.0], [3]),  # one day: no spread is known
        ([50.0, 40.0, 60.0], [1, 0, 0]),  # one goal: none at all is not ruled out
    ],
)
def test_a_cost_that_nobody_can_bound_has_no_upper_limit(costs: list[float], goals: list[int]) -> None:
    assert cost_per_goal(costs, goals).high == inf
