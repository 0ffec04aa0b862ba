"""What is planned, due, waiting and in doubt? A handful of counts for `opportune status`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from opportune.rules.facts import Instant
from opportune.store.db import Database
from opportune.store.models import Campaign, Contact, Decision, Lead, Suppression, Touch


def figures(db: Database, now: Instant) -> dict[str, Any]:
    """Counts over the whole database."""
    with db.read() as session:

        def number(column: Any, *where: Any) -> int:
            return session.scalar(select(func.count(column)).where(*where)) or 0

        live = select(Campaign.key).where(Campaign.state == "live").order_by(Campaign.key)
        return {
            "contacts": number(Contact.id, Contact.merged_into.is_(None)),
            "waiting": number(Contact.id, Contact.held.is_not(None)),
            "do_not_contact": number(Suppression.id, Suppression.kind == "person", Suppression.undone_at.is_(None)),
            "live_campaigns": list(session.scalars(live)),
            "decisions": number(Decision.id),
            "planned": number(Touch.id, Touch.state == "planned"),
            "due_now": number(Touch.id, Touch.state == "planned", Touch.due_at <= now),
            "left": number(Touch.id, Touch.sent_at.is_not(None)),
            "not_sure_whether_it_left": number(Touch.id, Touch.state == "uncertain"),
            "leads": number(Lead.id),
        }
