"""What do the flows do? Called directly here; by a real server and worker in tests/acceptance/test_up.py."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import pytest

from flows import inbox, live, mail_slot, nightly, plan, reconcile, report
from opportune.settings import settings
from opportune.store import notes
from opportune.store.db import Database
from opportune.work import dispatch, watch


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


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Without Prefect: a step is a call. Returns the artifacts made. The house is empty and has no provider."""
    made: list[str] = []
    for module in (inbox, live, mail_slot, nightly, plan, reconcile):
        monkeypatch.setattr(module, "once", lambda _name, act: act())
    for maker in ("create_markdown_artifact", "create_table_artifact"):
        monkeypatch.setattr(report, maker, lambda **artifact: made.append(artifact["key"]))
    Database(settings().database).migrate()
    return made


@pytest.mark.parametrize("flow", [plan.plan, inbox.inbox, reconcile.reconcile, nightly.nightly], ids=lambda f: f.name)
def test_on_an_empty_house_each_flow_completes(flow: Any, alone: list[str]) -> None:
    state = flow.fn()
    assert (state.type, state.name) == ("COMPLETED", "Completed")


def test_a_mail_run_prepares_then_waits_then_sends(monkeypatch: pytest.MonkeyPatch, alone: list[str]) -> None:
    acts: list[str] = []
    monkeypatch.setattr(mail_slot, "once", lambda name, act: acts.append(name) or act())
    monkeypatch.setattr(mail_slot, "wait", lambda *_: acts.append("wait"))
    assert mail_slot.mail_slot.fn().is_completed()
    assert acts == ["prepare", "wait", "claim and send"]


def test_a_mail_run_sends_until_its_slot_is_over(monkeypatch: pytest.MonkeyPatch, alone: list[str]) -> None:
    """Not only in the one second of the mark: a step takes longer than that to begin (A4)."""
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(mail_slot, "wait", lambda _clock, mark, _stop: asked.append((mark, mark + 10 * 60)))
    sent = dispatch.Sent()
    monkeypatch.setattr(mail_slot.dispatch, "mails", lambda _world, until, **_stop: asked.append((0, until)) or sent)
    assert mail_slot.mail_slot.fn().is_completed()
    [(_, slot_over), (_, until)] = asked
    assert until == slot_over


def test_a_live_run_passes_until_its_time_is_over(monkeypatch: pytest.MonkeyPatch, alone: list[str]) -> None:
    monkeypatch.setattr(live, "RUNS", 0.3)
    state = live.live.fn()
    assert (state.name, state.message) == ("Completed", "nothing to do")


@pytest.mark.parametrize("flow", ["live", "mail_slot"])
def test_who_sends_is_noted_while_it_runs(monkeypatch: pytest.MonkeyPatch, alone: list[str], flow: str) -> None:
    """F4: whoever dies meanwhile is missed by the next one."""
    seen: list[list[str]] = []
    house = Database(settings().database)
    module: Any = {"live": live, "mail_slot": mail_slot}[flow]
    noted = lambda *_: seen.append([*notes.starting(house, watch.AT_WORK)]) or Counter()  # noqa: E731
    monkeypatch.setattr(module, "both" if flow == "live" else "wait", noted)
    assert getattr(module, flow).fn().is_completed()
    assert len(seen[0]) == 1
    assert not notes.starting(house, watch.AT_WORK)


@pytest.mark.parametrize(
    ("module", "flow"),
    [(m, m.__name__.rpartition(".")[2]) for m in (plan, inbox, reconcile, nightly, mail_slot, live)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_late_run_touches_nothing(monkeypatch: pytest.MonkeyPatch, module: Any, flow: str) -> None:
    monkeypatch.setattr(module, "late", lambda _within: True)
    monkeypatch.setattr(module, "world_of", lambda _flow: pytest.fail("a late run opened the database"))
    assert getattr(module, flow).fn().name == "Skipped"


def passes(monkeypatch: pytest.MonkeyPatch, outcome: Callable[[int], Counter[str]]) -> None:
    numbers = itertools.count()
    monkeypatch.setattr(live, "one_pass", lambda _world, _stop: outcome(next(numbers)))


def one_after_the_other(stop: Callable[[], bool]) -> Counter[str]:
    return live.each_second(None, stop, lambda world, stopped: live.one_pass(world, stopped))  # type: ignore[arg-type]


def test_one_bad_pass_does_not_silence_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def every_third_fails(number: int) -> Counter[str]:
        if number % 3 == 0:
            raise ConnectionError("the carrier does not answer")
        return Counter(sent=1)

    passes(monkeypatch, every_third_fails)
    # a failure waits a second more, and looks at the flag meanwhile: four looks for three passes
    assert one_after_the_other(Stop(40)) == {"sent": 20, "failed passes": 10}


def test_a_loop_that_only_fails_gives_up_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_number: int) -> Counter[str]:
        raise ConnectionError("the database is gone")

    passes(monkeypatch, fails)
    with pytest.raises(ConnectionError, match="database"):
        one_after_the_other(Stop(1000))


def test_a_pass_first_hears_what_a_dead_process_had_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A14: it may be an opt-out of somebody whose call is due this second."""
    order: list[str] = []
    nothing = dispatch.Sent()
    monkeypatch.setattr(live.watch, "look", lambda _world: True)
    monkeypatch.setattr(live.replay, "abandoned", lambda _world: order.append("heard") or 2)
    for name in ("requested", "calls"):
        monkeypatch.setattr(live.dispatch, name, lambda _world, _stop, name=name: order.append(name) or nothing)
    for name in ("reap", "uncertain", "cancels"):
        monkeypatch.setattr(live.reconcile, name, lambda _world: 0)
    monkeypatch.setattr(live.operator_first, "ring", lambda _world, _stop: order.append("ring") or nothing)
    assert live.one_pass(None, dispatch.never)["events applied"] == 2  # type: ignore[arg-type]
    assert order == ["heard", "requested"]
    live.calls(None, dispatch.never)  # type: ignore[arg-type]
    live.colleagues(None, dispatch.never)  # type: ignore[arg-type]
    assert order[2:] == ["heard", "calls", "heard", "ring"]


def test_calls_wait_for_their_turns_beside_the_mail_and_both_end_together(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = threading.Event()

    def calling(_world: object, stop: Callable[[], bool]) -> Counter[str]:
        while not stop():
            waits.wait(0.005)
        return Counter(sent=1)

    for name in ("calls", "colleagues", "told"):
        monkeypatch.setattr(live, name, calling)
    passes(monkeypatch, lambda _number: Counter(claimed=1))
    assert live.both(None, Stop(50)) == {"sent": 3, "claimed": ANY}  # type: ignore[arg-type]


def test_where_calls_only_fail_the_whole_run_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_world: object, _stop: Callable[[], bool]) -> Counter[str]:
        raise ConnectionError("the carrier does not answer")

    monkeypatch.setattr(live, "calls", fails)
    for name in ("colleagues", "told"):
        monkeypatch.setattr(live, name, lambda *_: Counter())
    passes(monkeypatch, lambda _number: Counter())
    with pytest.raises(ConnectionError, match="carrier"):
        live.both(None, Stop(10_000_000))  # type: ignore[arg-type]


def test_a_stop_is_heeded_within_a_second_also_after_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_number: int) -> Counter[str]:
        raise ConnectionError("the carrier does not answer")

    slept: list[float] = []
    monkeypatch.setattr(live.time, "sleep", slept.append)
    passes(monkeypatch, fails)
    looks = 2 + 3 + 4 + 3  # three passes with their longer and longer waits, and the fourth's is cut short
    assert one_after_the_other(Stop(looks)) == {"failed passes": 4}
    assert slept == [1] * (2 + 3 + 4 + 3)


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
