"""The estimators of "call or write first?" on counts, against the same formulas person by person and against truth."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from statsmodels.stats.weightstats import DescrStatsW

from opportune.statistics import Group, always_valid, doubly_robust, overlap, people_needed, snips, weeks_needed
from opportune.statistics.anytime import GOALS, width
from opportune.statistics.doubly import of_the_past
from opportune.statistics.groups import table

Person = tuple[float, str, bool, int, int]  # chance of a call, stratum, called, day, goal met


def crowd(seed: int, n: int = 900) -> list[Person]:
    dice = np.random.default_rng(seed)
    people = []
    for _ in range(n):
        chance, stratum = [(0.9, "executive"), (0.1, "staff"), (0.93, "staff")][dice.integers(3)]
        call = bool(dice.random() < chance)
        goal = int(dice.random() < 0.2 + 0.1 * (stratum == "executive") + 0.05 * call)
        people.append((chance, stratum, call, int(dice.integers(40)), goal))
    return people


def counted(people: list[Person]) -> list[Group]:
    alike: dict[tuple[float, str, bool, int], list[int]] = {}
    for chance, stratum, call, day, goal in people:
        alike.setdefault((chance, stratum, call, day), []).append(goal)
    return [Group(*key, len(goals), sum(goals)) for key, goals in alike.items()]


def singly(people: list[Person]) -> list[Group]:
    return [Group(*key, 1, goal) for *key, goal in people]


def test_counts_say_the_same_as_single_people() -> None:
    people = crowd(1)
    for estimator in (snips, doubly_robust):
        grouped, alone = estimator(counted(people)), estimator(singly(people))
        assert grouped is not None
        assert alone is not None
        assert (grouped.value, grouped.low) == pytest.approx((alone.value, alone.low))
    assert astuple(overlap(counted(people))) == pytest.approx(astuple(overlap(singly(people))))
    looks = [(x.day, x.people, x.value, x.low) for x in always_valid(counted(people))]
    assert looks == [pytest.approx((x.day, x.people, x.value, x.low)) for x in always_valid(singly(people))]


def test_weighing_is_the_weighted_mean_of_each_side() -> None:
    people = crowd(2)
    sides = []
    for side in (True, False):
        goals = np.array([goal for *_, call, _, goal in people if call is side])
        chances = np.array([e if side else 1 - e for e, _, call, *_ in people if call is side])
        mean = DescrStatsW(goals, weights=1 / chances).mean
        error = (((goals - mean) / chances) ** 2).sum() / (1 / chances).sum() ** 2
        kish = (1 / chances).sum() ** 2 / (1 / chances**2).sum()
        sides.append((mean, error, kish))
    (m1, v1, k1), (m0, v0, k0) = sides
    found, weight = snips(counted(people)), overlap(counted(people))
    assert found is not None
    half = 1.959964 * np.sqrt(v1 + v0)
    assert (found.value, found.low, found.high) == pytest.approx((m1 - m0, m1 - m0 - half, m1 - m0 + half))
    assert (weight.call, weight.email, weight.heaviest) == pytest.approx((k1, k0, 1 / 0.07))


def test_who_is_scored_never_teaches_the_forecast() -> None:
    """The scores written out once more, slowly: forecasts from the other four fifths of the days."""
    people = crowd(3)
    days = sorted({day for *_, day, _ in people})
    fold = {day: i % 5 for i, day in enumerate(days)}

    def pulled(k: float, n: int, to: float, by: float) -> float:
        return (k + by * to) / (n + by)

    def forecast(of: Person, side: bool) -> float:
        others = [p for p in people if fold[p[3]] != fold[of[3]]]
        everybody = (sum(p[4] for p in others) + 0.5) / (len(others) + 20)
        mine = [p[4] for p in others if p[2] is side]
        alike = [p[4] for p in others if p[2] is side and p[:2] == of[:2]]
        return pulled(sum(alike), len(alike), pulled(sum(mine), len(mine), everybody, 20), 20)

    known = {(p[:2], fold[p[3]]): p for p in people}
    learnt = {key: (forecast(p, False), forecast(p, True)) for key, p in known.items()}
    scores = []
    for p in people:
        (m0, m1), (e, _, call, _, y) = learnt[p[:2], fold[p[3]]], p
        scores.append(m1 - m0 + (y - m1) / e if call else m1 - m0 - (y - m0) / (1 - e))
    found = doubly_robust(counted(people))
    assert found is not None
    assert found.value == pytest.approx(np.mean(scores))
    assert found.high - found.value == pytest.approx(1.959964 * np.std(scores) / np.sqrt(len(scores)))


def test_a_look_never_changes_with_what_comes_later() -> None:
    """Or it would not be the look that was taken: forecasts learn from the past only."""
    people = crowd(4)
    early = [p for p in people if p[3] <= 25]
    assert always_valid(counted(people))[: len(always_valid(counted(early)))] == always_valid(counted(early))


def test_a_day_never_teaches_its_own_forecast() -> None:
    """Or whoever is scored would be scored against themselves."""
    none, all_ = (table([Group(0.5, "staff", call, 3, 50, goals) for call in (True, False)]) for goals in (0, 50))
    assert of_the_past(none).tolist() == of_the_past(all_).tolist()


def test_a_walk_without_a_drift_stays_within_at_all_steps_together() -> None:
    """At alpha 0.2, so that some do leave: a bound that is too narrow would let out far more."""
    dice = np.random.default_rng(11)
    steps = np.arange(1, 3_001)
    bound = steps * np.array([width(int(n), alpha=0.2) for n in steps])
    left = (np.abs(dice.normal(size=(300, 3_000)).cumsum(axis=1)) > bound).any(axis=1).mean()
    assert 0.04 < left < 0.2


def test_nothing_is_said_before_each_side_had_ten_goals_and_ten_misses() -> None:
    people = [(0.5, "staff", i % 2 == 0, i // 10, int(i % 20 < 2)) for i in range(200)]  # each side one every other day
    looks = always_valid(counted(people))
    assert looks[0].day == 2 * (GOALS - 1)
    assert always_valid(counted(people[:180])) == []


def test_only_people_open_to_both_channels_are_compared() -> None:
    people = crowd(5)
    forced = [Group(1.0, "staff", True, 1, 500, 400), Group(0.0, "staff", False, 1, 500, 0)]
    assert snips([*counted(people), *forced]) == snips(counted(people))
    assert doubly_robust([*counted(people), *forced]) == doubly_robust(counted(people))
    assert len(table(forced).people) == 0


def test_one_side_alone_compares_nothing() -> None:
    called = [Group(0.9, "staff", True, 1, 50, 4)]
    assert snips(called) is None
    assert doubly_robust(called) is None
    assert always_valid(called) == []
    assert snips([]) is None
    assert doubly_robust([]) is None
    assert always_valid([]) == []
    assert overlap([]).thin


def test_thin_and_heavy_overlap_is_called_out() -> None:
    good = [Group(0.5, "staff", call, 1, 300, 9) for call in (True, False)]
    assert not overlap(good).thin
    assert not overlap(good).heavy
    edge = [Group(0.95, "staff", True, 1, 900, 9), Group(0.95, "staff", False, 1, 50, 1)]
    assert overlap(edge).thin
    assert not overlap(edge).heavy  # 20 is the rules' own floor: one in twenty
    assert overlap([Group(0.99, "staff", False, 1, 5, 1)]).heavy


def test_the_sequence_is_wider_than_one_look_and_narrows() -> None:
    assert all(width(n) > 1.959964 / np.sqrt(n) for n in (10, 1_000, 100_000, 10_000_000))
    assert width(20_000) < width(10_000) < width(1_000)


@pytest.mark.parametrize("half", [0.05, 0.03, 0.01])
def test_as_many_people_as_are_asked_for_do_suffice(half: float) -> None:
    n = people_needed(1.2, half)
    assert 1.2 * width(n) <= half < 1.2 * width(n - 1)


def test_weeks_follow_from_the_pace() -> None:
    assert weeks_needed(4_000, 800) == 5
    assert weeks_needed(4_001, 800) == 6
    assert weeks_needed(10, 800) == 1
    assert weeks_needed(10, 0) is None


def test_millions_of_people_take_no_longer_than_hundreds() -> None:
    """The work grows with kinds of people and days, not with people: the answers stay exact."""
    groups = counted(crowd(6))
    many = [Group(g.chance, g.stratum, g.call, g.day, g.people * 10_000, g.goals * 10_000) for g in groups]
    few, huge = snips(groups), snips(many)
    assert few is not None
    assert huge is not None
    assert huge.value == pytest.approx(few.value)
    assert huge.high - huge.low == pytest.approx((few.high - few.low) / 100)
