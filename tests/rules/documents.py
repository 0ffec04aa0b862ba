"""A campaign file that is right, and what is said of one that is not."""

from __future__ import annotations

from pathlib import Path

from opportune.rules.document import read

GOOD = Path(__file__).with_name("meetings.yaml").read_text(encoding="utf-8")


def refused(text):
    campaign, problems = read(text, "x.yaml")
    assert campaign is None
    assert {(problem.severity, problem.file) for problem in problems} == {("error", "x.yaml")}
    return problems
