"""What is there to know of one campaign: its words, its state, its versions, its people?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from opportune.rules.campaign import Campaign
from opportune.rules.describe import describe
from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.work import audience, brakes, campaign_days, moving, spending, versions
from opportune.work.world import World


def story(world: World, key: str, sha: str | None = None) -> dict[str, Any]:
    """The live version, or the one whose hash begins so; before anything was published, the newest.

    Raises:
        NotAllowed: there is no such campaign or version.
    """
    now = world.clock.now()
    with world.db.read() as session:
        row = versions.named(session, key)
        history = versions.history(session, row.id)
        live = next((version for version in history if version.id == row.version_id), history[0])
        shown = versions.of_sha(session, row, sha) if sha else live
        campaign = Campaign.model_validate(shown.document)
        inside = moving.inside(session, row.id)
        return {
            "key": row.key,
            "name": row.name,
            "state": row.state,
            "paused_why": row.paused_why,
            "starts_on": str(campaign.starts) if campaign_days.ahead(campaign, now) else None,
            "over": campaign_days.told_over(campaign) if campaign_days.over(campaign, now) else None,
            "shown": shown.sha,
            "words": describe(campaign),
            "text": shown.text,
            "audience": asdict(audience.count(session, campaign, now)),
            "brakes": _brakes(session, row, shown, campaign, now),
            "versions": [_version(version, row, history, inside) for version in history],
        }


def _brakes(
    session: Session, row: m.Campaign, version: m.CampaignVersion, campaign: Campaign, now: Instant
) -> dict[str, Any]:
    return {
        "canary": campaign.canary,
        "begun": len(brakes.begun_with(session, row.id, version.id)) if campaign.canary else None,
        "continued_at": version.continued_at,
        "daily_spend": campaign.caps.daily_spend,
        "spent_today": round(spending.spent_today(session, row.id, now), 4),
    }


def _version(
    version: m.CampaignVersion, row: m.Campaign, history: list[m.CampaignVersion], inside: dict[int, int]
) -> dict[str, Any]:
    parent = next((each.sha for each in history if each.id == version.parent_id), None)
    dates = ("created_at", "checked_at", "approved_at", "published_at")
    return {
        "sha": version.sha,
        "state": _state(version, row),
        "author": version.author,
        "note": version.note,
        "parent": parent,
        "approved_by": version.approved_by,
        "inside": inside.get(version.id, 0),
        **{name: getattr(version, name) for name in dates},
    }


def _state(version: m.CampaignVersion, row: m.Campaign) -> str:
    if version.id == row.version_id:
        return row.state
    if version.published_at is not None:
        return "replaced"
    return "approved" if version.approved_at is not None else "checked"
