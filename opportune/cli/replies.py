"""The reply inbox: who wrote back, and what is done about it."""

from __future__ import annotations

from typing import Annotated

import typer

from opportune.cli import show, told_replies
from opportune.cli.common import By, Json, app, world
from opportune.work import replies

inbox = typer.Typer(invoke_without_command=True, help="Who wrote back, and what waits for an answer.")
app.add_typer(inbox, name="replies")

All = Annotated[bool, typer.Option("--all", help="Also what is handled, and what strangers wrote; the newest first.")]


@inbox.callback()
def listed(context: typer.Context, everything: All = False, json: Json = False) -> None:
    """What people wrote back and nobody has handled yet, the oldest first."""
    if context.invoked_subcommand is None:
        found = replies.listed(world(), everything=everything)
        show.as_json(found) if json else told_replies.replies(found, everything=everything)


@inbox.command("done")
def done(
    reply: Annotated[int, typer.Argument(help="Number of the reply, as `opportune replies` shows it.")],
    note: Annotated[str, typer.Option("--note", help="What came of it; it is kept.")] = "",
    by: By = "",
) -> None:
    """You answered it, or nothing is to be done: take it off the list."""
    try:
        replies.handle(world(), reply, by=by, note=note)
    except replies.NoReply as refused:
        show.fail(str(refused))
    show.out.print(f"Reply {reply} is done.")
