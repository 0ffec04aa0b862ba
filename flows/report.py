"""What did a run decide and do? Said as Prefect artifacts, under the run and by key over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from opportune.work.plan import PlanReport


def decisions(reports: Iterable[PlanReport], enrolled: int) -> str:
    """Rule × channel × count with a sample reason."""
    reports = list(reports)
    said = f"Decided for {sum(r.decided for r in reports)} contacts; {enrolled} came into a campaign."
    create_table_artifact(
        key="decisions", table=merged(row for report in reports for row in report.rows), description=said
    )
    return said


def merged(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row per rule and channel, the most frequent first, keeping the first sample."""
    table: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        known = table.setdefault((row["rule"], row["channel"]), {**row, "count": 0})
        known["count"] += row["count"]
    return sorted(table.values(), key=lambda row: -row["count"])


def tally(key: str, numbers: Mapping[str, Any]) -> str:
    """A small table of numbers, and the same in one line for the run's state. Nothing happened: no artifact."""
    if any(numbers.values()):
        lines = "\n".join(f"| {name} | {number} |" for name, number in numbers.items())
        create_markdown_artifact(key=key, markdown=f"| what | how many |\n|---|---|\n{lines}\n")
    return ", ".join(f"{number} {name}" for name, number in numbers.items() if number) or "nothing to do"
