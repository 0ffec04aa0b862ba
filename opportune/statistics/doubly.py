"""What is the difference when a forecast by stratum takes out what was to be expected anyway?

The doubly robust (augmented inverse propensity) estimate: Robins, Rotnitzky & Zhao (1994), J. Am. Stat. Assoc.
89:846; cross-fitted: Chernozhukov et al. (2018), Econometrics J. 21:C1. The score of a person is

    m1 - m0 + call (y - m1) / e - (1 - call) (y - m0) / (1 - e)

with e the recorded chance of a call and m1, m0 the goal's share after a call and after an email in the person's
stratum, learnt from *other days only*. The mean score is right whatever the forecast: it only narrows the interval.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

import numpy as np

from opportune.statistics.groups import Estimate, Group, Numbers, Places, Table, table

FOLDS = 5
PULL = 20.0  # people that the side's own share is worth in each stratum


def doubly_robust(groups: Iterable[Group]) -> Estimate | None:
    """Cross-fitted over days: who is scored never teaches the forecast that scores them."""
    t = table(groups)
    people = float(t.people.sum())
    if not people or not 0 < t.people @ t.call < people:
        return None
    once, squared = scores(t, _other_folds(t))
    value = float(once.sum()) / people
    error = sqrt(max(0.0, float(squared.sum()) / people - value**2) / people)
    return Estimate.normal(value, error, int(people))


def scores(t: Table, forecast: Numbers) -> tuple[Numbers, Numbers]:
    """The sum of the scores, and of their squares, over the people of each group; `forecast`: (m0, m1) by group."""
    m0, m1 = forecast
    weight = np.where(t.call, 1 / t.chance, -1 / (1 - t.chance))
    mine = np.where(t.call, m1, m0)
    met, missed = m1 - m0 + weight * (1 - mine), m1 - m0 - weight * mine
    without = t.people - t.goals
    return t.goals * met + without * missed, t.goals * met**2 + without * missed**2


def _other_folds(t: Table) -> Numbers:
    """For each group (m0, m1) of its stratum, learnt from the days of the other folds."""
    fold = t.day % FOLDS
    people, goals = (_sums(t, fold, FOLDS, column) for column in (t.people, t.goals))
    learnt = shares(people.sum(axis=0) - people, goals.sum(axis=0) - goals)
    return learnt[fold, :, t.stratum].T


def of_the_past(t: Table) -> Numbers:
    """For each group (m0, m1) of its stratum, learnt only from the days before its own."""
    people, goals = (_sums(t, t.day, len(t.days), column).cumsum(axis=0) for column in (t.people, t.goals))
    before = [np.concatenate([np.zeros_like(each[:1]), each[:-1]]) for each in (people, goals)]
    return shares(*before)[t.day, :, t.stratum].T


def _sums(t: Table, part: Places, parts: int, column: Numbers) -> Numbers:
    """part x side x stratum"""
    sums = np.zeros((parts, 2, t.strata))
    np.add.at(sums, (part, t.call, t.stratum), column)
    return sums


def shares(people: Numbers, goals: Numbers) -> Numbers:
    """The share of each stratum, pulled to the share of its side, which is pulled to that of everybody."""
    everybody = (goals.sum(axis=(1, 2)) + 0.5) / (people.sum(axis=(1, 2)) + PULL)
    side = (goals.sum(axis=2) + PULL * everybody[:, None]) / (people.sum(axis=2) + PULL)
    found: Numbers = (goals + PULL * side[:, :, None]) / (people + PULL)
    return found
