"""The commands of a campaign's life: approve, activate, pause, resume, continue, roll back, end."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from opportune.cli import show, told_campaign, told_ledger
from opportune.cli.campaign import Key, Note, answering, campaign
from opportune.cli.common import Answers, By, Json, world
from opportune.rules.campaign import Campaign
from opportune.store import models as m
from opportune.work import afterwards, audience, campaign_days, campaign_life, campaigns, moving, stops
from opportune.work.world import World

Move = Annotated[bool, typer.Option("--move", help="Move the people who are inside to this version too.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Without = Annotated[str, typer.Option("--without-preflight", help="Why its domain may send unlooked at; it is kept.")]


@campaign.command("approve")
def approve(
    what: Annotated[str, typer.Argument(help="Key of the campaign, or its file.")],
    by: Answers,
    json: Json = False,
) -> None:
    """Approve the version that waits: somebody other than its author, where many people would hear from us."""
    file = Path(what)
    with answering(json):
        version = campaigns.approve(world(), file if file.is_file() else what, by=by)
    told_campaign.done({"sha": version.sha, "approved_by": by}, f"{by} approved {version.sha[:12]}.", json)


@campaign.command("activate")
def activate(
    file: Annotated[Path, typer.Argument(help="Campaign document (YAML).")],
    by: By = "",
    note: Note = "",
    move: Move = False,
    without_preflight: Without = "",
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Publish a campaign: from now on the planner decides for its audience."""
    here = world()
    with answering(json):
        version = campaigns.activate(here, file, author=by, note=note, without_preflight=without_preflight)
    _published(here, version, f"{file.name} is live", move=move, ask=not yes, by=by, json=json)


@campaign.command("rollback")
def rollback(
    key: Key,
    sha: Annotated[str, typer.Argument(help="Beginning of the hash of an old version: see campaign show.")],
    by: By = "",
    note: Note = "",
    move: Move = False,
    without_preflight: Without = "",
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Publish an old version once more."""
    here = world()
    with answering(json):
        version = campaigns.rollback(here, key, sha, by=by, note=note, without_preflight=without_preflight)
    _published(here, version, f"{key} is back", move=move, ask=not yes, by=by, json=json)


def _published(
    here: World, version: m.CampaignVersion, what: str, *, move: bool, ask: bool, by: str, json: bool
) -> None:
    document = Campaign.model_validate(version.document)
    with here.db.read() as session:
        counts = audience.count(session, document, here.clock.now())
    others = moving.elsewhere(here, version.campaign_id, version.id)
    asked = ask and not json and sys.stdin.isatty()
    agreed = bool(others) and move and (not asked or typer.confirm(f"Move {others:,} people who are inside?"))
    moved = moving.move(here, version.campaign_id, version.id, by) if agreed else 0
    figures = {"sha": version.sha, "audience": asdict(counts), "moved": moved, "under_other_versions": others - moved}
    figures["starts_on"] = str(document.starts) if campaign_days.ahead(document, here.clock.now()) else None
    told_campaign.published(figures, what) if not json else show.as_json(figures)


@campaign.command("pause")
def pause(
    key: Key, why: Annotated[str, typer.Option("--why", help="For the history.")], by: By = "", json: Json = False
) -> None:
    """Stop it within a second; nothing is lost by it."""
    here = world()
    with answering(json):
        campaign_life.pause(here, key, why=why, by=by)
    told_campaign.done({"state": "paused"}, told_ledger.paused(key, afterwards.around(here, key)), json)


@campaign.command("resume")
def resume(key: Key, stopped: told_ledger.ThenWhat = None, by: By = "", json: Json = False) -> None:
    """Go on after a pause."""
    here = world()
    then = stopped or told_ledger.ask(json)
    with answering(json):
        caught = stops.resume(here, by=by, key=key, stopped=then.value)
    figures = {"state": "live", "caught": caught, "stopped": then.value}
    told_campaign.done(figures, told_ledger.goes_on(caught, then, afterwards.around(here, key)), json)


@campaign.command("continue")
def go_on(key: Key, by: By = "", json: Json = False) -> None:
    """The first people were reached and looked at: now everybody else (B17)."""
    with answering(json):
        campaign_life.go_on(world(), key, by=by)
    told_campaign.done({"state": "live"}, f"{key} goes on with its whole audience.", json)


@campaign.command("end")
def end(
    key: Key, by: By = "", why: Annotated[str, typer.Option(help="For the history.")] = "", json: Json = False
) -> None:
    """End it for everybody inside (B7)."""
    with answering(json):
        ended = campaign_life.end(world(), key, by=by, why=why)
    told_campaign.done({"state": "ended", "people": ended}, f"{key} has ended for {ended:,} people.", json)
