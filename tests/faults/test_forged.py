"""Whoever is not the carrier changes nothing (D9)."""

from __future__ import annotations

from faults.run import found


def test_forged_webhooks_are_refused_and_not_one_row_changes():
    figures = found("forged_webhooks", 0.1)
    assert figures["wrong"] == []
    assert figures["told"].keys() == {"403", "405"}
