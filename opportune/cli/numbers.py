"""`opportune number` and `opportune calls`: our own numbers, and what holds calls back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer

from opportune.cli import show, told_numbers
from opportune.cli.common import By, Json, app, world
from opportune.work import calls_held, number_book
from opportune.work.number_book import NoNumber

number = typer.Typer(no_args_is_help=True, help="Our own numbers: which are shown, which rest, what is said of them.")
calls = typer.Typer(no_args_is_help=True, help="What holds calls back, and go on.")
app.add_typer(number, name="number")
app.add_typer(calls, name="calls")

Ours = Annotated[str, typer.Argument(help="One of our numbers, like +442079460123.")]


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except NoNumber as refused:
        show.fail(str(refused))


@number.command("add")
def add(ours: Ours, label: Annotated[str, typer.Option("--label", help="What it is for.")] = "", by: By = "") -> None:
    """Into the pool: people of its country see it first."""
    with _refusing():
        show.out.print(f"{number_book.add(world(), ours, label, by)} is in the pool.")


@number.command("list")
def listed(json: Json = False) -> None:
    """Every number of ours: whether it is shown, calls and complaints of 30 days, and what was noted of it."""
    found = number_book.listed(world())
    show.as_json({"numbers": [asdict(each) for each in found]}) if json else told_numbers.listed(found)


@number.command("note")
def note(
    ours: Ours,
    directory: Annotated[str | None, typer.Option("--directory", help="How directories list it.")] = None,
    reputation: Annotated[str | None, typer.Option("--reputation", help="What public reviews say of it.")] = None,
    by: By = "",
) -> None:
    """Keep what directories and reviews say of a number (E11)."""
    with _refusing():
        number_book.note(world(), ours, directory=directory, reputation=reputation, by=by)
        show.out.print("Noted.")


@number.command("rest")
def rest(
    ours: Ours,
    why: Annotated[str, typer.Option("--why", help="Shown in the list.")],
    days: Annotated[int | None, typer.Option("--days", min=1, help="So long; default: until `number use`.")] = None,
    by: By = "",
) -> None:
    """Show it to nobody for a while (E7)."""
    with _refusing():
        number_book.rest(world(), ours, days=days, why=why, by=by)
        show.out.print("It rests.")


@number.command("use")
def use(ours: Ours, by: By = "") -> None:
    """Show it again; complaints until now count no more."""
    with _refusing():
        number_book.use(world(), ours, by=by)
        show.out.print("It is shown again.")


@number.command("remove")
def remove(ours: Ours, by: By = "") -> None:
    """Not ours to show any more; what was told of it stays."""
    with _refusing():
        number_book.take_out(world(), ours, by=by)
        show.out.print("It is taken out.")


@calls.command("held")
def held(json: Json = False) -> None:
    """What waits and why: everything, a country, the pace; and what the carrier complained of today."""
    found = calls_held.told(world())
    if json:
        return show.as_json({"calls_held": found})
    told_numbers.held(found)
    if not found:
        show.out.print("Nothing holds calls back.")


@calls.command("resume")
def resume(
    country: Annotated[str | None, typer.Argument(help="Only calls to this country, like DE; default: all.")] = None,
    by: By = "",
    json: Json = False,
) -> None:
    """Mended: calls go on, at our own pace."""
    ended = calls_held.resume(world(), country, by=by)
    if not ended:
        show.fail("Nothing of that is held: see `opportune calls held`")
    show.as_json({"resumed": ended}) if json else show.out.print("Calls go on.")
