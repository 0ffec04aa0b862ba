"""The commands about booked meetings: kept, missed, and which ones wait for that word (F3)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from opportune.cli import show
from opportune.cli.common import Contact, Json, app, world
from opportune.work import meetings, whom

group = typer.Typer(no_args_is_help=True, help="Booked meetings: were they kept?")
app.add_typer(group, name="meeting")

Note = Annotated[str, typer.Option("--note", help="What came of it; it is kept.")]


@group.command("kept")
def kept(contact: Contact, note: Note = "") -> None:
    """The booked meeting with this person took place."""
    _tell(contact, True, note)


@group.command("missed")
def missed(contact: Contact, note: Note = "") -> None:
    """It did not."""
    _tell(contact, False, note)


@group.command("open")
def waiting(json: Json = False) -> None:
    """Booked meetings of which nobody said yet how they went, the oldest first."""
    found = meetings.open_meetings(world())
    if json:
        show.as_json([asdict(each) for each in found])
        return
    for each in found:
        firm = f" ({each.company})" if each.company else ""
        show.out.print(f"{each.name}{firm}: {each.campaign}", markup=False, soft_wrap=True)
    show.out.print("opportune meeting kept|missed CONTACT" if found else "No booked meeting waits.", markup=False)


def _tell(contact: str, kept: bool, note: str) -> None:
    try:
        name = meetings.tell(world(), contact, kept=kept, note=note)
    except (meetings.NoMeeting, whom.NotFound) as refused:
        show.fail(str(refused))
    show.out.print(f"{name}: the meeting {'was kept' if kept else 'was missed'}.", markup=False)
