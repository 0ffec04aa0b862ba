"""Which number of ours does a person see when we call?"""

from __future__ import annotations

from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.work.world import World


def caller_for(world: World, session: Session, touch: m.Touch, contact_country: str | None, now: Instant) -> str:
    """The caller id (E.164) of this touch: the house's one number."""
    return world.settings.twilio_caller
