"""A checker that finds nothing proves nothing: each planted bug must be noticed, by the check that is there for it."""

from __future__ import annotations

from functools import partial

import pytest
from faults import bugs
from faults.bugs import BUGS, Bug
from faults.worlds import figures
from faults.worlds.auditor import every_move_is_in_the_table
from faults.worlds.figures import caught

from opportune.work import audience


@pytest.mark.parametrize("name", list(BUGS)[::4])  # `make faults` plants them all
def test_a_planted_bug_is_noticed(name):
    assert caught(name)[1], "nobody noticed: the checks are too weak"


def test_what_only_breaks_the_code_counts_as_no_bug_that_was_noticed(monkeypatch):
    """As a planted bug would whose function takes other arguments by now."""
    stale = Bug(lambda: [(audience, "enrol", lambda: None)], {"crash"}, every_move_is_in_the_table)
    monkeypatch.setitem(bugs.BUGS, "stale", stale)
    monkeypatch.setattr(figures, "Simulation", partial(figures.Simulation, days=2))
    assert caught("stale", worlds=2) == ("stale", "")
