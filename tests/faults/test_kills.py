"""Kill -9 at any moment: nobody twice, nobody forgotten (A16, A17)."""

from __future__ import annotations

import pytest
from faults.run import found

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_workers_killed_at_random_contact_nobody_twice_and_forget_nobody():
    figures = found("kill_sqlite", 0.05)
    assert figures["wrong"] == []
    assert (figures["runs"], figures["lost"]) == (50, 0)
    assert figures["told"]["effects"] > 0 < figures["uncertain"]  # the kills did strike


def test_who_says_no_in_that_moment_is_not_contacted_afterwards():
    """E1, E2: a process that sends and one that hears the no."""
    figures = found("optout_races_real", 0.1)
    assert figures["wrong"] == []
    assert all(figures["told"].values())  # each of the two was first at times


def test_who_dies_while_a_colleague_accepts_dials_nobody_twice_and_forgets_nobody():
    figures = found("accept_kills", 0.2)
    assert figures["wrong"] == []
    assert (figures["runs"], figures["lost"], figures["uncertain"]) == (4, 0, 1)


def test_a_network_that_drops_delays_and_resets_makes_nothing_happen_twice():
    figures = found("bad_network", 0.1)
    assert figures["wrong"] == []
    assert (figures["runs"], figures["lost"]) == (2, 0)


def test_a_clock_that_jumps_stops_everything_until_somebody_looked():
    """F1"""
    figures = found("clock_jumps", 0.25)
    assert figures["wrong"] == []
    assert figures["runs"] == 1
