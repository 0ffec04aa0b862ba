"""The commands that explain: why was this person called, written to, or left alone?"""

from __future__ import annotations

from typing import Annotated

import typer

from opportune.cli import show, told
from opportune.cli.common import Contact, Json, app, world
from opportune.work import why


@app.command("why")
def why_(
    contact: Contact,
    campaign: Annotated[str | None, typer.Option(help="Only this campaign.")] = None,
    json: Json = False,
) -> None:
    """Why was this person called, written to, or left alone?"""
    try:
        story = why.why(world(), contact, campaign)
    except why.NotFound as error:
        show.fail(str(error))
    show.as_json(story) if json else told.story(story)
