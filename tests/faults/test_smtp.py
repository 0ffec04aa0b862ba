"""Thirty ways in which a mail server misbehaves (C1 to C9)."""

from __future__ import annotations

import pytest
from faults.kills.smtp_faults import STATE, WAYS
from faults.run import found


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_ledger_knows_exactly_what_happened_and_nobody_gets_a_mail_twice():
    figures = found("smtp_faults", 0.1)
    assert figures["wrong"] == []
    assert figures["runs"] == 5 * len(WAYS)


def test_there_are_at_least_twenty_and_each_class_of_answers_occurs():
    assert len(WAYS) >= 20
    assert set(STATE.values()) == {"failed", "uncertain", "sent"}  # all else is: not sent
    assert set(STATE) < set(WAYS)
