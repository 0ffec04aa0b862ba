"""When does a run begin, wait, stop, and when is it too late?"""

from __future__ import annotations

import os
import signal
import threading
from datetime import UTC, datetime, timedelta

import pytest
from prefect.runtime import flow_run

from flows import late as lateness
from flows.house import heeding, stopping
from flows.live import EVERY, RUNS
from flows.mail_slot import mark_after, patience, wait
from opportune.work.clock import RealClock, VirtualClock


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"2026-11-23T{text}+00:00").timestamp())


@pytest.mark.parametrize(
    ("begun", "mark"),
    [
        ("10:48:04", "10:50:00"),  # two minutes ahead
        ("10:50:30", "10:50:00"),  # a slow start: the slot is open
        ("10:03:00", "10:05:00"),  # Kathmandu's hh:50
        ("10:07:59", "10:05:00"),  # the next start is at 8
        ("10:08:00", "10:10:00"),
        ("10:01:00", "09:50:00"),  # started by hand: the hour before
        ("10:30:00", "10:25:00"),  # by hand
    ],
)
def test_a_run_serves_the_mark_after_the_last_planned_start(begun: str, mark: str) -> None:
    assert mark_after(at(begun)) == at(mark)


@pytest.mark.parametrize(
    ("due", "useless"),
    [
        ("10:03:00", "10:08:00"),  # the next run's time
        ("10:08:00", "10:18:00"),
        ("10:23:00", "10:35:00"),  # the end of the slot, before the next run
        ("10:48:00", "11:00:00"),  # over the hour
        ("10:18:00", "10:23:00"),
    ],
)
def test_a_mail_run_is_late_when_its_slot_is_over_or_the_next_run_is_due(due: str, useless: str) -> None:
    assert at(due) + patience(at(due)) == at(useless)


@pytest.mark.parametrize(("minutes_ago", "late"), [(0, False), (1, False), (2, True), (600, True)])
def test_a_run_that_begins_after_its_successor_was_due_is_late(
    monkeypatch: pytest.MonkeyPatch, minutes_ago: int, late: bool
) -> None:
    due = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    monkeypatch.setattr(flow_run, "scheduled_start_time", due, raising=False)
    assert lateness.late(120) is late


def test_a_late_run_says_so() -> None:
    assert (lateness.skipped().is_completed(), lateness.skipped().name) == (True, "Skipped")


def test_live_runs_overlap() -> None:
    assert RUNS > EVERY


def test_the_wait_for_the_mark_ends_at_the_mark() -> None:
    clock = RealClock(offset=-3600)  # practice
    mark = int(clock.exact()) + 1
    wait(clock, mark, stop=lambda: False)
    assert clock.exact() >= mark


def test_the_wait_ends_when_asked_to_stop() -> None:
    clock = VirtualClock(0)
    wait(clock, 10**9, stop=lambda: True)
    assert clock.now() < 10**9, "it came back long before the mark"


def test_stop_is_said_when_time_is_over() -> None:
    clock = VirtualClock(100)
    stop = stopping(threading.Event(), clock, 160)
    assert not stop()
    clock.move_to(160)
    assert stop()


def test_term_asks_a_run_to_stop_instead_of_killing_it() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with heeding() as asked:
        stop = stopping(asked, VirtualClock(0), 60)
        assert not stop()
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop()
    assert signal.getsignal(signal.SIGTERM) is before
