"""The commands about what we say on the phone."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from opportune.cli import show, told
from opportune.cli.common import Json, app, chosen_settings
from opportune.work import mail_source, script_lint

voice = typer.Typer(no_args_is_help=True, help="Check what is said on the phone.")
app.add_typer(voice, name="voice")


@voice.command("lint")
def lint(
    names: Annotated[list[str] | None, typer.Argument(help="Names of scripts; default: all.")] = None,
    json: Json = False,
) -> None:
    """Check scripts in every language: manners, length, what is said first. Exit 1 when one has an error."""
    here = chosen_settings()
    chosen = names or mail_source.names(here.templates, "voice")
    kinds = {name: script_lint.kind_of(name) for name in chosen}
    problems = script_lint.lint(here.templates, kinds, language=here.language)
    if json:
        show.as_json({"problems": list(map(asdict, problems))})
    else:
        told.problems([] if problems else [here.templates / "voice" / name for name in names or [""]], problems)
    raise typer.Exit(1 if any(problem.severity == "error" for problem in problems) else 0)
