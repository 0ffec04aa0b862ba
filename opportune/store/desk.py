"""Which talks still wait for the operator's word? (B7: every contact ends with a next step or a stop.)"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from opportune.store.db import Database
from opportune.store.models import Campaign, Company, Contact, Touch


@dataclass(frozen=True, slots=True)
class Talk:
    """One talk without a call result. `at` UTC epoch seconds."""

    token: str
    name: str
    company: str
    title: str
    campaign: str
    at: int
    seconds: int


def open_talks(db: Database, limit: int = 50) -> list[Talk]:
    """Oldest first."""
    query = (
        select(Touch, Contact, Company.name, Campaign.name)
        .join(Contact, Contact.id == Touch.contact_id)
        .outerjoin(Company, Company.id == Contact.company_id)
        .outerjoin(Campaign, Campaign.id == Touch.campaign_id)
        .where(Touch.channel == "call", Touch.result == "talked")
        .order_by(Touch.sent_at, Touch.contact_id)
        .limit(limit)
    )
    with db.read() as session:
        return [
            Talk(t.token, c.name, company or "", c.title or "", campaign or "", t.sent_at or 0, t.talk_seconds or 0)
            for t, c, company, campaign in session.execute(query)
        ]
