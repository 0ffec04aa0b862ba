"""PostgreSQL restarted without goodbye, its backends terminated, its transactions told to give way (B3 to B5)."""

from __future__ import annotations

import pytest
from faults.run import found

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_workers_and_the_server_itself_may_die():
    figures = found("kill_postgresql", 0.1)
    assert figures["wrong"] == []
    assert (figures["runs"], figures["lost"]) == (20, 0)


def test_who_is_told_to_give_way_records_again_or_claims_again():
    figures = found("deadlocks", 0.1)
    assert figures["wrong"] == []
    assert figures["runs"] == 3
