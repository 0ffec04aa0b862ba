"""Killed in the night: the board's numbers and the draw of talks (A20)."""

from __future__ import annotations

import pytest
from faults.run import found


@pytest.mark.timeout(300)
def test_a_night_that_was_killed_leaves_right_numbers_and_is_done_again():
    figures = found("night_kills", 0.1)
    assert figures["wrong"] == []
    assert figures["runs"] == 2
