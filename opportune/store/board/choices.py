"""What can a reader of the board choose from, within a campaign?"""

from __future__ import annotations

from sqlalchemy import select

from opportune.rules.facts import Instant
from opportune.store.db import Database
from opportune.store.models import Campaign, CampaignVersion


def versions(db: Database, campaign: str) -> list[tuple[int, str, Instant]]:
    """(id, sha, made at) of a campaign's versions, the newest first."""
    columns = (CampaignVersion.id, CampaignVersion.sha, CampaignVersion.created_at)
    query = select(*columns).join(Campaign, Campaign.id == CampaignVersion.campaign_id).where(Campaign.key == campaign)
    with db.read() as session:
        return [(row[0], row[1], row[2]) for row in session.execute(query.order_by(CampaignVersion.id.desc()))]
