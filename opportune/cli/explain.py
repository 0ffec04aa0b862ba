"""The commands that explain: why was this person called, written to, or left alone?"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from opportune.cli import show, told_why
from opportune.cli.common import Contact, Json, app, world
from opportune.work import why


class Language(StrEnum):
    EN = "en"
    RU = "ru"
    RO = "ro"


Campaign = Annotated[str | None, typer.Option(help="Only this campaign, by its key.")]
Tongue = Annotated[Language, typer.Option(help="Language of the sentences.")]


@app.command("why")
def why_(
    contact: Contact,
    campaign: Campaign = None,
    at: Annotated[
        str | None, typer.Option(help="What would we do at this moment? Like 2026-03-05 15:20, on their clock.")
    ] = None,
    language: Tongue = Language.EN,
    json: Json = False,
) -> None:
    """Why was this person called, written to, or left alone?"""
    try:
        story = why.why(world(), contact, campaign, language.value, at)
    except (why.NotFound, why.BadMoment) as error:
        show.fail(str(error))
    show.as_json(story) if json else told_why.story(story, language.value)
