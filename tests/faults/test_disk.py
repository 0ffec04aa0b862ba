"""Disk full, database locked by a stranger, killed at the n-th sync (A18, B1, B2)."""

from __future__ import annotations

import pytest
from faults.run import found

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("trouble", ["disk_full", "database_locked", "sync_kills"])
def test_nothing_leaves_without_its_commit_and_nothing_is_acknowledged_that_is_not_stored(trouble):
    figures = found(trouble, 0.1)
    assert figures["wrong"] == []
    assert figures["runs"] > 0
