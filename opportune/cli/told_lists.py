"""How are imports told, to people and to programs?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.markup import escape

from opportune.cli import show
from opportune.cli.show import out
from opportune.store.models import ImportRun
from opportune.work.history_import import History
from opportune.work.importing import PARTLY, ImportReport
from opportune.work.undo_import import Undone

COUNTS = ("read", "new", "merged", "rejected", "held", "suppressed", "said_no")
MOST = 10


def import_json(report: ImportReport) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Path) else value for name, value in asdict(report).items()}


def imported(report: ImportReport) -> None:
    if report.layout:
        _mapping(report)
    for name in ("file", "encoding"):
        out.print(f"  {name:<12} {getattr(report, name) or '–'}", markup=False, soft_wrap=True)
    for name in ("read", "new", "merged", "rejected"):
        out.print(f"  {name:<12} {getattr(report, name):,}", markup=False)
    most = list(report.reasons.items())[:MOST]
    _reasons({why: number for why, number in most if not why.startswith(PARTLY)})
    if partly := {why: number for why, number in most if why.startswith(PARTLY)}:
        out.print("  in part", markup=False)
        _reasons(partly)
    for where, reasons in report.standing.items():
        out.print(f"  {where:<12} {sum(reasons.values()):,}", markup=False)
        _reasons(reasons)
    if report.said_no:
        out.print(f"  noes read    {report.said_no:,}", markup=False)
    if report.run:
        out.print(f"  rejects      {report.rejects or '–'}", markup=False, soft_wrap=True)
        out.print(f"  To take this import back: opportune import undo {report.run}", markup=False)


def _reasons(found: Mapping[str, int]) -> None:
    for why, number in found.items():
        out.print(f"    {number:>9,}  {why}", markup=False, soft_wrap=True)


def _mapping(report: ImportReport) -> None:
    out.print(f"Layout: [bold]{escape(report.layout)}[/]")
    for ours, headers in report.columns.items():
        out.print(f"  {ours:<22} ← {', '.join(headers)}", markup=False, soft_wrap=True)
    if report.ignored:
        out.print(f"  not used: {', '.join(report.ignored)}", markup=False, soft_wrap=True)
    if report.went_on_behind:
        out.print(f"It had been broken off, and went on behind line {report.went_on_behind:,}.")


def samples(found: list[dict[str, Any]]) -> None:
    out.print("Nothing was written. The first few, as we understand them:")
    for each in found:
        words = [str(each[name]) for name in ("name", "email", "phone", "country", "status", "company") if each[name]]
        out.print(f"  line {each['line']}: {' · '.join(words)}", markup=False, soft_wrap=True)


def runs(found: list[ImportRun], json: bool) -> None:
    rows = [
        {"run": run.id, "file": run.file, "layout": run.layout, "state": run.state, "line": run.cursor,
         "started": datetime.fromtimestamp(run.started_at, UTC).strftime("%Y-%m-%d %H:%M"), "by": run.by,
         "country": run.options.get("country"), "basis": run.options.get("basis"), **run.counts}
        for run in found
    ]  # fmt: skip
    if json:
        show.as_json(rows)
        return
    for row in rows:
        counts = ", ".join(f"{row[name]:,} {name}" for name in COUNTS if row.get(name))
        out.print(f"{row['run']:>4}  {row['started']} UTC  {row['state']:<8} {row['file']}  {counts}", markup=False)
    if not rows:
        out.print("No list was imported yet.")


def history(found: History, json: bool) -> None:
    if json:
        show.as_json(asdict(found))
        return
    if found.already:
        out.print(f"This list had come in already, as import {found.run}; nothing was changed.")
    out.print(f"{found.people:,} people, {found.touches:,} calls and mails of the past, {found.yes:,} yes.")


def undone(result: Undone, json: bool) -> None:
    if json:
        show.as_json(asdict(result))
        return
    out.print(
        f"Import {result.run} is undone: {result.removed:,} people removed, {result.restored:,} put back as they were."
    )
    for why, number in Counter(why for _, why in result.kept).most_common():
        out.print(f"  {number:,} stay: {why}", markup=False)
    for contact, column in result.changed_since[:MOST]:
        out.print(f"  #{contact}: {column} was changed since and stays", markup=False)
