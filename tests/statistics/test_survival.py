"""Waiting times, against lifelines."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter

from opportune.statistics import cumulative_incidence, kaplan_meier

TABLES = [  # reached, opted out, cadence still running: at attempts 1, 2, 3, 4
    ([5, 4, 3, 1], [1, 2, 0, 1], [2, 1, 0, 6]),  # usual
    ([0, 0, 0, 2], [0, 0, 0, 0], [1, 1, 1, 1]),  # nobody for long
    ([120, 60, 20, 5], [3, 3, 2, 1], [0, 10, 40, 200]),  # many
]
TIMES = [1, 2, 3, 4]


def people(at: Sequence[float], *counts: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """One row a person: time, and which end (1 reached, 2 opted out, 0 still running)."""
    kinds = (1, 2, 0) if len(counts) == 3 else (1, 0)
    ends = [zip(at, column, [kind] * len(at), strict=True) for kind, column in zip(kinds, counts, strict=True)]
    rows = [(time, kind) for end in ends for time, n, kind in end for _ in range(n)]
    return np.array([t for t, _ in rows], float), np.array([kind for _, kind in rows])


@pytest.mark.parametrize(("reached", "out", "running"), TABLES)
def test_who_is_not_yet_reached_is_kaplan_and_meiers(reached: list[int], out: list[int], running: list[int]) -> None:
    censored = [a + b for a, b in zip(out, running, strict=True)]
    steps = kaplan_meier(TIMES, reached, censored)
    theirs = KaplanMeierFitter().fit(*people(TIMES, reached, censored))
    assert [s.share for s in steps] == pytest.approx(theirs.survival_function_.iloc[1:, 0].tolist())
    bands = theirs.confidence_interval_.iloc[1:].to_numpy()
    assert [(s.low, s.high) for s in steps if 0 < s.share < 1] == [
        pytest.approx(tuple(band), abs=1e-6) for band, s in zip(bands, steps, strict=True) if 0 < s.share < 1
    ]


@pytest.mark.parametrize(("reached", "out", "running"), TABLES)
def test_who_was_reached_counts_those_who_left_for_ever(reached: list[int], out: list[int], running: list[int]) -> None:
    """Each end at a moment of its own, since theirs breaks ties between different ends by chance."""
    spread = [t + shift for t in TIMES for shift in (0, 0.25, 0.5)]
    columns = [
        [n if place == i % 3 else 0 for i, n in enumerate(repeated(column))]
        for place, column in enumerate((reached, out, running))
    ]
    steps = cumulative_incidence(spread, *columns)
    times, ends = people(spread, *columns)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it jitters ties, and says so
        theirs = AalenJohansenFitter(jitter_level=1e-9, seed=1).fit(times, ends, event_of_interest=1)
    until = [theirs.cumulative_density_.loc[: step.time + 0.1].iloc[-1, 0] for step in steps]
    assert [step.share for step in steps] == pytest.approx(until)


def repeated(column: list[int]) -> list[int]:
    return [n for n in column for _ in range(3)]


def test_exactly_where_ends_never_tie_the_incidence_and_its_band_are_theirs() -> None:
    reached, out, running = [1, 0, 1, 0, 1, 0, 0, 1], [0, 1, 0, 0, 0, 1, 0, 0], [0, 0, 0, 1, 0, 0, 1, 0]
    times = list(range(1, 9))
    ends = np.array([1 * a + 2 * b for a, b in zip(reached, out, strict=True)])
    theirs = AalenJohansenFitter().fit(np.array(times, float), ends, event_of_interest=1)
    steps = cumulative_incidence(times, reached, out, running)
    assert [s.share for s in steps] == pytest.approx(theirs.cumulative_density_.iloc[1:, 0].tolist())
    bands = [tuple(sorted(band)) for band in theirs.confidence_interval_.iloc[1:].to_numpy().tolist()]
    spread = [(s.low, s.high) for s in steps]
    assert spread[:-1] == [pytest.approx(band, abs=1e-6) for band in bands[:-1]]  # at the last one they give up


def test_without_opt_outs_it_is_one_minus_kaplan_meier() -> None:
    reached, none, running = [5, 4, 3, 1], [0] * 4, [2, 1, 0, 6]
    one = [s.share for s in cumulative_incidence(TIMES, reached, none, running)]
    assert one == pytest.approx([1 - s.share for s in kaplan_meier(TIMES, reached, running)])


def test_each_step_knows_its_own_hazard() -> None:
    first, *_, last = kaplan_meier(TIMES, [5, 4, 3, 1], [2, 1, 0, 6])
    assert (first.at_risk, first.hazard) == (22, 5 / 22)
    assert (last.at_risk, last.hazard) == (7, 1 / 7)
    assert kaplan_meier([1, 2], [1, 0], [0, 0])[-1].hazard is None  # nobody was left to wait for
