"""Killed exactly at each named point: cases A1 to A15 of `docs/when-things-break.md`."""

from __future__ import annotations

import re

import pytest
from faults.kills.cases import CASES
from faults.run import ROOT, found

from opportune.faults import POINTS

PHASES = ("mail", "rcpt", "data")  # of the one point in a loop


def test_each_point_stands_in_the_code_exactly_once():
    files = [path for room in ("opportune", "channels") for path in (ROOT / room).rglob("*.py")]
    names = [name for path in files for name in re.findall(r'faults\.point\(f?"(.+?)"\)', path.read_text())]
    passed = [each for name in names for each in ([f"mail.{p}" for p in PHASES] if "{" in name else [name])]
    assert sorted(passed) == sorted(POINTS)


def test_each_point_has_its_case_and_each_case_is_in_the_document():
    assert set(CASES) == set(POINTS)
    told = (ROOT / "docs/when-things-break.md").read_text()
    for point, case in CASES.items():
        [line] = [line for line in told.splitlines() if f"`{point}`" in line and line.startswith("| A")]
        assert line.startswith(f"| {case.number} |"), point


@pytest.mark.timeout(900)
@pytest.mark.slow
def test_a_process_killed_at_any_point_leaves_what_the_cases_say():
    figures = found("kill_points_sqlite", 0.1)
    assert figures["wrong"] == []
    assert figures["runs"] == len(POINTS)
