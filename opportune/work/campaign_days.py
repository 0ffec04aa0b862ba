"""On which days does a campaign run? Nobody comes in before its first, and what is past its last does not go on.

For who is inside the rules ask `opportune.rules.running`.
"""

from __future__ import annotations

import datetime
import json

from sqlalchemy import ColumnElement, Text, cast, false, select
from sqlalchemy.orm import Session

from opportune.rules import running
from opportune.rules.campaign import Campaign
from opportune.rules.facts import Instant
from opportune.rules.reasons import phrase, when
from opportune.rules.zones import known
from opportune.store import models as m
from opportune.work import cases
from opportune.work.versions import NotAllowed
from opportune.work.world import World

EARLIEST, LATEST = "Pacific/Kiritimati", "Etc/GMT+12"  # where a day begins first, and last
over_at = running.over_at


def ahead(campaign: Campaign, now: Instant) -> bool:
    """Its first day has not begun everywhere."""
    return campaign.starts is not None and not _begun(campaign.starts, LATEST, now)


def begun(session: Session, campaign: Campaign, now: Instant) -> list[ColumnElement[bool]]:
    """For whom it has: who may live in several zones waits for the last of them, who has none for every one."""
    if not ahead(campaign, now) or campaign.starts is None:
        return []
    if not _begun(campaign.starts, EARLIEST, now):
        return [false()]
    zones, day = cast(m.Contact.zones, Text), campaign.starts
    kinds = {text: json.loads(text or "null") or [LATEST] for text in session.scalars(select(zones).distinct())}
    return [zones.in_([text for text, there in kinds.items() if all(_begun(day, zone, now) for zone in there)])]


def _begun(day: datetime.date, zone: str, now: Instant) -> bool:
    return running.begun(day, zone if known(zone) else LATEST, now)


def over(campaign: Campaign, now: Instant) -> bool:
    """Its last day has passed in every zone, however long ago."""
    return campaign.ends is not None and over_at(campaign.ends) <= now


def told_over(campaign: Campaign) -> str:
    return (
        f"its last day, {campaign.ends}, is over: activate a version with a later `ends`, "
        f"or `opportune campaign end {campaign.key}`"
    )


def must_run(document: Campaign, now: Instant) -> None:
    """Raises NotAllowed: it is over, and would take nobody in."""
    if over(document, now):
        raise NotAllowed(f"{document.key} does not go on: {told_over(document)}")


def told_ahead(
    world: World, session: Session, now: Instant, language: str, key: str | None = None
) -> list[tuple[Campaign, str]]:
    """The live campaigns (or the one of this key) whose first day is yet to come, each with its sentence."""
    live = select(m.Campaign.version_id).where(m.Campaign.state == "live", m.Campaign.version_id.is_not(None))
    mine = live if key is None else live.where(m.Campaign.key == key)
    found = [cases.campaign_of(world, session, id) for id in session.scalars(mine.order_by(m.Campaign.id)) if id]
    return [(each, _sentence(each, language)) for each in found if ahead(each, now)]


def _sentence(campaign: Campaign, language: str) -> str:
    day = datetime.datetime.combine(campaign.starts or datetime.date.min, datetime.time())
    return phrase("starts_on", language, name=campaign.name, day=when(day, language, clock=False))
