"""Are these the words that somebody approved? A campaign's approval stands for its templates as they were then."""

from __future__ import annotations

import json
from pathlib import Path

from opportune.rules.campaign import Campaign
from opportune.rules.facts import Instant
from opportune.rules.mail_problems import WordsError
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import mail_source, segment_pins, template_names
from opportune.work.world import World

Prints = dict[str, str]  # mail/first_proposal -> hash of its files in every language; segment/near -> its row


def prints(root: Path, campaign: Campaign) -> Prints:
    """Of all templates that this campaign may use, as they are now."""
    used = sorted({f"{template_names.FOLDERS[channel]}/{name}" for _, channel, name in template_names.named(campaign)})
    return {each: mail_source.fingerprint(root, *each.split("/")) for each in used}


def changed(world: World, version: m.CampaignVersion) -> list[str]:
    """Its templates that are no longer what was approved; nothing where the approval is older than this."""
    return _other(world, version.templates or {})


def _other(world: World, approved: Prints) -> list[str]:
    root = world.settings.templates
    words = {each: was for each, was in approved.items() if not each.startswith(segment_pins.MARK)}
    return [each for each, was in words.items() if mail_source.fingerprint(root, *each.split("/")) != was]


def hold(world: World, version_id: int | None, now: Instant, *used: str) -> None:
    """Looked up once a second: a slot has ten thousand mails of one campaign.

    Raises:
        WordsError: one of these templates was changed after its approval, so nothing with it leaves.
    """
    if version_id is None:
        return
    known: dict[int, tuple[Instant, list[str]]] = world.extras.setdefault("templates", {})  # type: ignore[assignment]
    if known.get(version_id, (-1, []))[0] != now:
        known[version_id] = now, _changed(world, version_id)
    for each in used:
        if each in known[version_id][1]:
            raise WordsError("template_changed", str(world.settings.templates / each), name=each.partition("/")[2])


def _changed(world: World, version_id: int) -> list[str]:
    with world.db.read() as session:
        bulk = Bulk(session)
        found = bulk.rows("SELECT templates FROM campaign_version WHERE id = ?", version_id)
    approved = [json.loads(each) if bulk.lite else each for (each,) in found if each]
    return _other(world, approved[0]) if approved else []
