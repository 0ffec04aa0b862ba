"""Calls that came in: what is owed to whom, and that it is settled (D6)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from opportune.cli import show
from opportune.cli.common import By, Json, app, world
from opportune.store import inbound as store
from opportune.store.inbound import Owed
from opportune.work import inbound_ends

calls = typer.Typer(no_args_is_help=True, help="Calls that came in: what is owed to whom.")
app.add_typer(calls, name="inbound")


@calls.command("list")
def listed(json: Json = False) -> None:
    """Everything that is owed, the most urgent first."""
    found = store.open_calls(world().db)
    if json:
        return show.as_json([asdict(each) for each in found])
    for call in found:
        show.out.print(_line(call), soft_wrap=True)
    if not found:
        show.out.print("Nothing is owed to anybody who called.")


@calls.command("done")
def done(
    id: Annotated[int, typer.Argument(help="Number of the request, as the list shows it.")],
    note: Annotated[str, typer.Option("--note", help="What was done.")] = "",
    by: By = "",
) -> None:
    """This request is settled."""
    if not 0 < id < 2**63 or not inbound_ends.handled(world(), id, by, note):
        show.fail(f"#{id}: nothing is owed there; `opportune inbound list` shows what is")
    show.out.print(f"#{id} is settled.")


def _line(call: Owed) -> str:
    who = call.name or (f"one of {call.people} people" if call.people else "unknown")
    until = datetime.fromtimestamp(call.due_at, UTC).strftime("%d %b %H:%M UTC")
    said = f"  [dim]{escape(call.said)}[/]" if call.said else ""
    return f"[bold]#{call.id}[/]  {escape(who)}  {escape(call.number or call.caller)}  {call.state}, by {until}{said}"
