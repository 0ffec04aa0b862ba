"""The commands that explain: why was this person called, written to, or left alone; and what would come next?"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from opportune.cli import show, told, told_why
from opportune.cli.campaign import campaign as campaign_commands
from opportune.cli.common import Contact, Json, app, world
from opportune.work import campaigns, why, whynot
from opportune.work.preview import preview


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


@app.command("why-not")
def why_not(
    campaign: Campaign = None,
    limit: Annotated[int, typer.Option(min=0, max=1000, help="Examples of each group.")] = 3,
    language: Tongue = Language.EN,
    json: Json = False,
) -> None:
    """Who is not being contacted, and what would help?"""
    try:
        groups = whynot.why_not(world(), campaign, limit, language.value)
    except why.NotFound as error:
        show.fail(str(error))
    show.as_json(groups) if json else told_why.groups(groups)


@campaign_commands.command("preview")
def campaign_preview(
    what: Annotated[str, typer.Argument(metavar="KEY|FILE", help="A published campaign, or a draft (YAML).")],
    contact: Annotated[str, typer.Option(help="Email address, phone number or id.")],
    days: Annotated[int, typer.Option(min=1, max=60, help="How far to look.")] = 12,
    language: Tongue = Language.EN,
    json: Json = False,
) -> None:
    """What would this person see of a campaign in the next days? Nothing is written."""
    try:
        timeline = preview(world(), what, contact, days, language.value)
    except why.NotFound as error:
        show.fail(str(error))
    except campaigns.Refused as refused:
        told.problems([Path(what)], refused.problems)
        raise typer.Exit(1) from None
    show.as_json(timeline) if json else told_why.timeline(timeline)
