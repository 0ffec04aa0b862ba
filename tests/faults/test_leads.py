"""What we acknowledged we have: the application is killed while forms are posted (A13)."""

from __future__ import annotations

import pytest
from faults.run import found


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_each_acknowledged_lead_is_stored_exactly_once():
    figures = found("lead_kills", 0.03)
    assert figures["wrong"] == []
    assert (figures["runs"], figures["lost"]) == (6, 0)
