"""Somebody is away: until when do we wait, on every channel?

To the day that an automatic reply states, else a week. An absence is no answer: nothing is stopped by it.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import promises

UNKNOWN = 7 * DAY
LONGEST = 366 * DAY  # a year mistyped shall not keep somebody from us for ever
PROMISED = ("requested", "correction", "callback")  # owed, whoever is away


def until(contact: m.Contact, back: date | None, now: Instant) -> Instant | None:
    """The moment that day begins where they are; None: they are back already."""
    if back is None:
        return now + UNKNOWN
    zone = ZoneInfo(contact.zones[0] if contact.zones else "UTC")
    at = int(datetime(back.year, back.month, back.day, tzinfo=zone).timestamp())
    return at if now < at <= now + LONGEST else now + UNKNOWN if at > now else None


def postpone(session: Session, contact: m.Contact, back: date | None, now: Instant) -> Instant | None:
    """Nothing that we want from them leaves before; what is due then is decided then. Answers until when."""
    then = until(contact, back, now)
    if then is None:
        return None
    active = (m.Enrolment.contact_id == contact.id, m.Enrolment.state == "active", ~promises.owed())
    for enrolment in session.scalars(select(m.Enrolment).where(*active).order_by(m.Enrolment.id)).all():
        mine = "enrolment_id = ? AND NOT kind = ANY(?)"
        why = f"away until {back}" if back else "away, nobody knows for how long"
        ledger.cancel_open(session, mine, enrolment.id, list(PROMISED), now=now, who="inbox", why=why)
        enrolment.decide_at = max(then, enrolment.decide_at or 0)
    return then
