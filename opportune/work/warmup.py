"""How many mails may a new sending domain send today?

Providers distrust a domain that they never saw and that sends a thousand mails on its first day. So it begins with a
few and doubles each day on which it used what it had; where readers complain or mail bounces, it grows no further.
"""

from __future__ import annotations

import datetime

from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Instant
from opportune.store import audit, tallies
from opportune.store import models as m
from opportune.store.once import insert_once
from opportune.work.breaker import MOST_BOUNCED, WHO

SCHEDULE = (20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240)  # a day (UTC); afterwards as many as one likes
USED = 0.5  # of the day's cap, for the next day to be judged by it
MOST_COMPLAINED = 0.001  # the providers' target; above it a domain does not grow


def most_today(session: Session, domain: str, since: datetime.date | None, now: Instant) -> int | None:
    """None: no limit. `since`: first day of the warm-up, of an account that has one."""
    if since is None or now // DAY < _day(since):
        return None
    today = now // DAY
    insert_once(session, m.SendingDomain, {"domain": domain, "level": 0, "day": today, "judged_from": 0})
    row = session.get_one(m.SendingDomain, domain, with_for_update=True, populate_existing=True)
    if row.day < today:
        _new_day(session, row, today, now)
    return SCHEDULE[row.level] if row.level < len(SCHEDULE) else None


def _new_day(session: Session, row: m.SendingDomain, today: int, now: Instant) -> None:
    """Grows by one level a day at most, however long nothing was sent."""
    key = f"from:{row.domain}"
    sent = tallies.between(session, key, row.day * DAY, today * DAY)
    row.day = today
    cap = SCHEDULE[row.level] if row.level < len(SCHEDULE) else None
    if cap is None or sent.sent < cap * USED:
        return
    if sent.bounced > MOST_BOUNCED * sent.sent or sent.complained > MOST_COMPLAINED * sent.sent:
        why = f"stays at {cap} mails a day: of {sent.sent} {sent.bounced} bounced, {sent.complained} readers complained"
        audit.write(session, now, WHO, "warm_up_stays", key, why, {"key": key})
        return
    row.level += 1


def _day(date: datetime.date) -> int:
    return (date - datetime.date(1970, 1, 1)).days
