"""The table of `make faults` speaks of what was tried, and of nothing else."""

from __future__ import annotations

import json
import sys

import pytest
from faults import run

RAN = {"violations": 0, "lost": 0, "uncertain": 0, "seconds": 1.0, "wrong": [], "told": {}}
SKIP = RAN | {"runs": 0, "told": "skipped: strace is not installed"}


@pytest.fixture
def table(monkeypatch, tmp_path, capsys):
    """Runs these experiments as `started` answers; gives the exit code and what was printed."""
    monkeypatch.setattr(run, "SOAK", tmp_path / "soak.json")
    monkeypatch.setattr(run, "TABLE", tmp_path / "faults.json")

    def shown(answer, *words):
        tried = []
        monkeypatch.setattr(run, "started", lambda part: tried.append(part) or answer(part))
        monkeypatch.setattr(sys, "argv", ["run.py", *words])
        monkeypatch.setattr(run.signal, "signal", lambda *_: None)
        return run.main(), capsys.readouterr().out, tried

    return shown


def test_what_this_machine_cannot_do_fails_and_the_row_says_why(table):
    code, out, _ = table(lambda _: SKIP, "sync_kills")
    assert code == 1
    assert "of 20  skipped: strace is not installed" in out


def test_fewer_runs_than_asked_fail(table):
    assert table(lambda part: RAN | {"runs": part.asked}, "sync_kills")[0] == 0
    assert table(lambda part: RAN | {"runs": part.asked - 1}, "sync_kills")[0] == 1


def test_what_was_skipped_is_told_in_the_file_too(table):
    table(lambda part: SKIP if part.name == "kill_postgresql" else RAN | {"runs": part.asked})
    rows = json.loads(run.TABLE.read_text())
    assert [name for name, row in rows.items() if "skipped" in row] == ["kill_postgresql"]


def test_a_soak_goes_on_where_it_was_but_tries_again_what_was_skipped(table):
    def half(part):
        return RAN | {"runs": part.asked} if part.seed % 2 else SKIP

    assert len(table(half, "--soak", "sync_kills")[2]) == 10
    code, _, tried = table(lambda part: RAN | {"runs": part.asked}, "--soak", "sync_kills")
    assert (code, [part.seed for part in tried]) == (0, [2, 4, 6, 8, 10])


def test_a_soak_begins_anew_with_other_code(table, monkeypatch):
    def ran(part):
        return RAN | {"runs": part.asked}

    table(ran, "--soak", "sync_kills")
    assert table(ran, "--soak", "sync_kills")[2] == []
    monkeypatch.setattr(run, "sources", lambda: "other")
    assert len(table(ran, "--soak", "sync_kills")[2]) == 10
