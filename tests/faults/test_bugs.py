"""A checker that finds nothing proves nothing: each planted bug must be noticed."""

from __future__ import annotations

import pytest
from faults.bugs import BUGS
from faults.worlds.figures import caught


@pytest.mark.parametrize("name", list(BUGS)[::4])  # `make faults` plants them all
def test_a_planted_bug_is_noticed(name):
    assert caught(name)[1], "nobody noticed: the checks are too weak"
