"""Somebody says no while we send (E1 to E3): once we answered, nothing enters *sending*, and no call speaks."""

from __future__ import annotations

import pytest
from faults.worlds.races import PEOPLE, one_round

ROUNDS = 2  # of each part; `make faults` runs eight hundred


@pytest.mark.parametrize("part", range(6))
def test_nothing_leaves_after_a_no_that_came_in_between(part):
    for seed in range(part * ROUNDS, (part + 1) * ROUNDS):
        heard, wrong, _ = one_round(seed)
        assert wrong == []
        assert heard == PEOPLE
