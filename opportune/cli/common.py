"""What do all commands share: the application, which data they are about, and the world that they open."""

from __future__ import annotations

import getpass
from typing import Annotated, Any

import typer
from sqlalchemy.exc import DBAPIError

from opportune.cli import show
from opportune.cli.panels import InPanels
from opportune.rehearsal.standins import on_practice_data
from opportune.settings import Settings, settings
from opportune.store.secrets import Signer
from opportune.work.world import World, open_world

app = typer.Typer(
    cls=InPanels, no_args_is_help=True, add_completion=False, help="Decides whether to call or write, and when."
)

PLACE = {"practice": False}  # which data the command is about
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Contact = Annotated[str, typer.Argument(help="Email address, phone number or id.")]


def user_name() -> str:
    """Who sits here, as the operating system knows them; "cli" in a container that knows nobody."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return "cli"


def _or_user(given: str) -> str:
    return given or user_name()


def naming(name: str, help: str) -> Any:
    """An option that means the user unless somebody else is named; its default in the signature is ""."""
    return typer.Option(name, help=help, callback=_or_user, show_default="your user name")


By = Annotated[str, naming("--by", "Who does this, for the history.")]
Answers = Annotated[str, typer.Option("--by", help="Who answers for it.")]  # never guessed: a person stands for it


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


def must_sign(here: World) -> None:
    """Raises SettingError without OPPORTUNE_SECRET: before anything is kept that could not be finished without it."""
    Signer(here.settings.secret.get_secret_value())
