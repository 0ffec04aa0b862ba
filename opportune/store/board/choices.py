"""What can a reader of the board choose from, within a campaign?"""

from __future__ import annotations

from sqlalchemy import func, select

from opportune.rules.facts import Instant
from opportune.store.db import Database
from opportune.store.models import Campaign, CampaignVersion


def versions(db: Database, campaign: str) -> list[tuple[str, Instant]]:
    """(sha, first made at) of a campaign's versions, the newest first; one that came back is named once."""
    made = func.min(CampaignVersion.created_at)
    query = select(CampaignVersion.sha, made).join(Campaign, Campaign.id == CampaignVersion.campaign_id)
    query = query.where(Campaign.key == campaign).group_by(CampaignVersion.sha).order_by(made.desc())
    with db.read() as session:
        rows = session.execute(query)
        return [(row[0], row[1]) for row in rows]
