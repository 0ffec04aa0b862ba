"""The keys that addresses and numbers are sealed with: a new one, which are in use, everything under the first one."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from opportune.cli import show
from opportune.cli.common import Json, app, world
from opportune.settings import SettingError
from opportune.store import sealed
from opportune.work import data_keys

keys = typer.Typer(no_args_is_help=True, help="Keys that seal addresses and numbers in the database.")
app.add_typer(keys, name="keys")


@keys.command("new")
def new() -> None:
    """A key. Put it first into OPPORTUNE_DATA_KEYS; keep a copy elsewhere: without it nobody's address can be read."""
    print(secrets.token_urlsafe(36))


@keys.command("status")
def status(json: Json = False) -> None:
    """How many values are sealed under which key."""
    here = world()
    found = data_keys.status(here)
    if json:
        show.as_json({"keys": sealed.ids(), "columns": found})
        return
    show.out.print(f"Keys, the one that seals first: {', '.join(sealed.ids()) or 'none'}")
    for column, counts in found.items():
        told = ", ".join(f"{count:,} {key}" for key, count in sorted(counts.items())) or "nothing yet"
        show.out.print(f"  {column}: {told}")


@keys.command("rotate")
def rotate(
    plain: Annotated[bool, typer.Option("--open", help="The other way: seal nothing any more.")] = False,
    json: Json = False,
) -> None:
    """Seal everything under the first key. Broken off, it goes on where it was."""
    here = world()
    try:
        with show.progress("Sealing") as tell:
            count = data_keys.rotate(here, plain=plain, tell=lambda what, done: tell(f"{what}: {done:,}", 0.0))
    except SettingError as refused:
        show.fail(str(refused))
    show.as_json({"written": count}) if json else show.out.print(f"{count:,} values were written anew.")
