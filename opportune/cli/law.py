"""The commands about the law of a place: `opportune law`, `opportune law RO`, `opportune law sign RO`."""

from __future__ import annotations

from typing import Annotated

import typer
from typer.core import TyperGroup

from opportune.cli import show, told_law
from opportune.cli.common import Answers, By, Json, app, world
from opportune.law import ELSEWHERE
from opportune.work import signing
from opportune.work.world import World

Places = Annotated[list[str], typer.Argument(help="Places with a row of their own: RO, US, US-FL, …")]
Note = Annotated[str, typer.Option("--note", help="What was checked, or why it no longer holds.")]


class _PlaceOrCommand(TyperGroup):
    """`opportune law RO` shows a place, as `opportune law show RO` does."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = ["show", *args]
        return super().parse_args(ctx, args)


law = typer.Typer(cls=_PlaceOrCommand, help="Which law we keep to where, and who answers for it. No legal advice.")
app.add_typer(law, name="law")


@law.command("show")
def law_show(
    place: Annotated[str | None, typer.Argument(help="RO, US-FL, …; without it all places.")] = None,
    json: Json = False,
) -> None:
    """All places and whether somebody signed for them; or one place's row in words."""
    book = signing.book(world())
    if place is None:
        show.as_json(told_law.listed(book)) if json else told_law.places(book)
        return
    code = place.strip().upper()
    found = code if code in book.sheets else code.partition("-")[0]
    found = found if found in book.sheets else ELSEWHERE
    show.as_json(told_law.as_data(book, found)) if json else told_law.row(book, found, code)


@law.command("sign")
def law_sign(places: Places, by: Answers, note: Note) -> None:
    """Answer for the rows of these places as they are now; whoever was held for it is decided anew."""
    here = world()
    try:
        for place in _known(here, places):
            anew = signing.sign(here, place, by, note)
            show.out.print(f"Signed: {place}. Decided anew: {anew} that it had held.")
    except ValueError as error:
        show.fail(str(error))


@law.command("unsign")
def law_unsign(places: Places, note: Note, by: By = "") -> None:
    """Take a signature back: what is risky there stays closed again."""
    here = world()
    try:
        for place in _known(here, places):
            signing.unsign(here, place, by, note)
            show.out.print(f"No longer signed: {place}.")
    except ValueError as error:
        show.fail(str(error))


def _known(here: World, places: list[str]) -> list[str]:
    """Refused as a whole, before the first is signed."""
    codes = [place.strip().upper() for place in places]
    for code in codes:
        signing.known(here, code)
    return codes
