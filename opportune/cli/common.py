"""What do all commands share: the application, which data they are about, and the world that they open."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy.exc import DBAPIError

from opportune.cli import show
from opportune.cli.panels import InPanels
from opportune.rehearsal.standins import on_practice_data
from opportune.settings import Settings, settings
from opportune.work.world import World, open_world

app = typer.Typer(
    cls=InPanels, no_args_is_help=True, add_completion=False, help="Decides whether to call or write, and when."
)

PLACE = {"practice": False}  # which data the command is about
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Contact = Annotated[str, typer.Argument(help="Email address, phone number or id.")]


@app.callback()
def _start(
    practice: Annotated[bool, typer.Option("--practice", help="On the practice data that `make demo` left.")] = False,
) -> None:
    PLACE["practice"] = practice


def chosen_settings() -> Settings:
    return on_practice_data(settings()) if PLACE["practice"] else settings()


def world() -> World:
    """The world of the settings, its tables up to date."""
    chosen = chosen_settings()
    if PLACE["practice"] and not (chosen.home / "practice.db").exists():
        show.fail(f"there is no practice data in {chosen.home} yet: run `make demo` or `opportune practice`")
    try:
        opened = open_world(chosen)
        if opened.db.pending():
            opened.db.migrate()
    except DBAPIError as error:
        show.fail(f"The database cannot be used: {error.orig}; check OPPORTUNE_DATABASE_URL, or run `opportune doctor`")
    return opened
