"""The commands about campaigns: `opportune campaign …`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from opportune.cli import show, told
from opportune.cli.common import Json, app, world
from opportune.work import campaigns

campaign = typer.Typer(no_args_is_help=True, help="Check and publish campaigns.")
app.add_typer(campaign, name="campaign")


@campaign.command("check")
def campaign_check(
    files: Annotated[list[Path], typer.Argument(help="Campaign documents (YAML).")], json: Json = False
) -> None:
    """Check campaign documents; needs no database. Exit 1 when one has an error."""
    _, problems = campaigns.check(files)
    show.as_json({"problems": list(map(asdict, problems))}) if json else told.problems(files, problems)
    raise typer.Exit(1 if any(p.severity == "error" for p in problems) else 0)


@campaign.command("activate")
def campaign_activate(
    file: Annotated[Path, typer.Argument(help="Campaign document (YAML).")],
    note: Annotated[str, typer.Option(help="What changed, for the history.")] = "",
) -> None:
    """Publish a campaign: from now on the planner decides for its audience."""
    try:
        version = campaigns.activate(world(), file, author="cli", note=note)
    except campaigns.Refused as refused:
        told.problems([file], refused.problems)
        raise typer.Exit(1) from None
    show.out.print(f"{file.name} is live as version {version.sha[:12]}; the planner takes it up within the hour.")
