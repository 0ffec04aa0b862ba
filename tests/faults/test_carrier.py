"""A carrier that goes wrong in twenty ways (D1 to D7)."""

from __future__ import annotations

import pytest
from faults.kills.carrier import TROUBLES
from faults.run import found


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nobody_is_rung_twice_and_no_doubt_is_older_than_an_hour():
    figures = found("call_faults", 0.1)
    assert figures["wrong"] == []
    assert (figures["runs"], figures["lost"]) == (100, 0)
    assert len(TROUBLES) == 20
