"""Reports of one call, in any order, repeated or lost: it ends as it would have in order (D5)."""

from __future__ import annotations

from faults.worlds.histories import differing


def test_any_history_of_a_call_ends_like_the_orderly_one():
    assert differing(1, range(500)) == []
