"""A run in which nothing could go wrong proves nothing, and counts as a failure."""

from __future__ import annotations

from collections import Counter

import pytest
from faults.worlds import figures
from faults.worlds.figures import Month
from faults.worlds.mischief import RATES
from faults.worlds.races import PEOPLE, Round
from faults.worlds.simulation import Simulation


@pytest.mark.parametrize(("missing", "words"), [((), []), (("jump",), ["in 40 worlds jump never struck"])])
def test_each_kind_of_trouble_strikes_in_forty_worlds(monkeypatch, missing, words):
    struck = Counter(dict.fromkeys(RATES, 1) | dict.fromkeys(missing, 0))
    monkeypatch.setattr(figures, "_each", map)
    monkeypatch.setattr(figures, "world", lambda _: Month(0, [], struck))
    found = figures.worlds(40)
    assert found.violations == words
    assert found.told == {kind: 40 * struck[kind] for kind in RATES}


@pytest.mark.parametrize(
    ("met", "words"),
    [
        ({"claimed": 1, "sending": 1, "sent": 22}, []),
        ({"claimed": 1, "sent": 23}, ["only 0 of 1008 met what was sending"]),
    ],
)
def test_enough_noes_meet_what_is_about_to_leave(monkeypatch, met, words):
    monkeypatch.setattr(figures, "_each", map)
    monkeypatch.setattr(figures.races, "one_round", lambda _: Round(PEOPLE, [], Counter(met)))
    assert figures.optout_races(1000).violations == words


def test_a_defect_that_our_code_only_writes_down_is_no_bad_weather(monkeypatch):
    """Here calls are refused one after the other, by an error of ours."""
    monkeypatch.setattr("opportune.work.pace._turn_comes", lambda: None)
    simulation = Simulation(3, some=frozenset(), days=2).run()
    assert simulation.failures
    assert all("A call found no turn: TypeError" in words for words in simulation.failures)
