"""The same results as sentences for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape

from opportune.cli.doctor import Finding
from opportune.cli.show import out
from opportune.rules.document import Problem


def problems(files: Sequence[Path], found: Sequence[Problem]) -> None:
    for p in found:
        colour = "red" if p.severity == "error" else "yellow"
        where = f"{p.file}:{p.line}" + (f": {p.key}" if p.key else "")
        out.print(
            f"[{colour}]{p.severity}[/] {escape(where)}: {escape(p.message)} → {escape(p.remedy)}", soft_wrap=True
        )
    bad = {p.file for p in found if p.severity == "error"}
    for file in files:
        if str(file) not in bad:
            out.print(f"[green]ok[/] {escape(str(file))}")


def practised(figures: dict[str, Any]) -> None:
    decisions, wrong = figures["decisions"], figures["violations"]
    out.print(
        f"[bold]{figures['contacts']:,} people[/] ({figures['waiting']} wait for a time zone or an address): "
        f"{figures['calls_placed']:,} calls, {figures['voicemails']:,} voicemails, {figures['emails_sent']:,} mails, "
        f"{figures['leads_captured']} leads from forms, {figures['followups']:,} follow-ups."
    )
    out.print(
        f"Decisions: {decisions['call']:,} call, {decisions['email']:,} write, {decisions['none']:,} no contact now."
    )
    clean = not any(wrong.values())
    out.print("[green]Nobody twice, out of hours, without consent or after a no.[/]" if clean else f"[red]{wrong}[/]")


def figures(found: dict[str, Any]) -> None:
    for name, value in found.items():
        said = value
        if isinstance(value, dict):
            said = "; ".join(f"{each} {figure:.0%}" for each, figure in value.items())
        elif isinstance(value, list):
            said = ", ".join(value) or "none"
        out.print(f"  {name.replace('_', ' '):<28} {said}", markup=False)


def findings(found: Sequence[Finding]) -> None:
    for finding in found:
        mark = "[green]✓[/]" if finding.good else "[red]✗[/]"
        advice = f" → {finding.remedy}" if not finding.good else ""
        out.print(f"{mark} {escape(finding.what)}: {escape(finding.says)}{escape(advice)}", soft_wrap=True)
