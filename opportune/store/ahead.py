"""What is planned next? Two small questions of whoever drives the house."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store.models import Touch


def next_due(session: Session) -> dict[str, Instant]:
    """When is the next planned touch of each channel due? A channel without any is missing."""
    query = select(Touch.channel, func.min(Touch.due_at)).where(Touch.state == "planned").group_by(Touch.channel)
    return dict(session.execute(query).tuples().all())
