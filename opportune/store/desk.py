"""Which talks still wait for the operator's word? (B7: every contact ends with a next step or a stop.)"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from opportune.store.db import Database
from opportune.store.models import Campaign, Company, Contact, Lead, Touch


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


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody asked to be called and no call of ours is planned or made since. `at` UTC epoch seconds."""

    name: str
    phone: str
    message: str
    at: int


def open_wishes(db: Database, limit: int = 50) -> list[Wish]:
    """Oldest first: nobody who asked is forgotten because no campaign takes the call (C4)."""
    gone = ("cancelled", "expired", "not_sent", "failed")
    ours = (Touch.contact_id == Lead.contact_id, Touch.channel == "call", Touch.due_at >= Lead.received_at)
    called = select(Touch.id).where(*ours, Touch.state.not_in(gone)).exists()
    query = (
        select(Lead, Contact)
        .join(Contact, Contact.id == Lead.contact_id)
        .where(Lead.form == "callback", ~called)
        .order_by(Lead.received_at, Lead.id)
        .limit(limit)
    )
    with db.read() as session:
        found = session.execute(query).all()
    return [Wish(c.name, c.phone or "", str(lead.fields.get("message", "")), lead.received_at) for lead, c in found]


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
