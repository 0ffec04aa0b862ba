"""What do the flows' own few lines do? (Whole runs: tests/acceptance/test_up.py.)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from flows import live, report


class Stop:
    """Says stop after so many looks."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.fixture(autouse=True)
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live.time, "sleep", lambda _seconds: None)


def passes(monkeypatch: pytest.MonkeyPatch, outcome: Callable[[int], Counter[str]]) -> None:
    numbers = iter(range(1000))
    monkeypatch.setattr(live, "one_pass", lambda _world, _stop: outcome(next(numbers)))


def test_one_bad_pass_does_not_silence_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def every_third_fails(number: int) -> Counter[str]:
        if number % 3 == 0:
            raise ConnectionError("the carrier does not answer")
        return Counter(sent=1)

    passes(monkeypatch, every_third_fails)
    assert live.each_second(None, Stop(9)) == {"sent": 6, "failed passes": 3}  # type: ignore[arg-type]


def test_a_loop_that_only_fails_gives_up_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_number: int) -> Counter[str]:
        raise ConnectionError("the database is gone")

    passes(monkeypatch, fails)
    with pytest.raises(ConnectionError, match="database"):
        live.each_second(None, Stop(live.GIVE_UP))  # type: ignore[arg-type]


def test_batches_add_up_by_rule_and_channel() -> None:
    def row(rule: str, channel: str, count: int, sample: str) -> dict[str, Any]:
        return {"rule": rule, "channel": channel, "count": count, "sample": sample}

    rows = [row("A5", "email", 2, "a trifle"), row("A5", "call", 5, "serious"), row("A5", "call", 3, "also serious")]
    assert report.merged(rows) == [row("A5", "call", 8, "serious"), row("A5", "email", 2, "a trifle")]


def test_a_run_in_which_nothing_happened_leaves_no_artifact(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(report, "create_markdown_artifact", lambda key, markdown: made.append(f"{key} {markdown}"))
    assert report.tally("inbox", {"messages read": 0}) == "nothing to do"
    assert not made
    assert report.tally("inbox", {"messages read": 2}) == "2 messages read"
    assert "| messages read | 2 |" in made[0]
