"""What left and what did not, since a pause or a crash? One sentence, and the lists behind it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import stops
from opportune.work.world import World

STOPS = ("paused", "campaign_paused", "clock_jumped", "was_down")  # in the audit: when something stopped
DOUBT = ("uncertain", "sending")
LISTS = ("left", "stopped", "not_sure", "twice")


def report(world: World, since: Instant | None = None) -> dict[str, Any]:
    """Counted since then, or since the latest stop; `lists` hold the attempts."""
    now = world.clock.now()
    with world.db.read() as session:
        since = since if since is not None else _latest_stop(session, now)
        lists = {
            "left": _touches(session, m.Touch.sending_at >= since, m.Touch.state.in_(set(ledger.LEFT) - set(DOUBT))),
            "stopped": _touches(session, _stopped(since, now)),
            "not_sure": _touches(session, m.Touch.sending_at >= since, m.Touch.state.in_(DOUBT)),
            "twice": _twice(session, since),
        }
    counts = {name: len(rows) for name, rows in lists.items()}
    told = "{left:,} left, {stopped:,} stopped, {not_sure:,} not sure, {twice:,} twice".format(**counts)
    return {"since": since, **counts, "sentence": told, "lists": lists}


def _latest_stop(session: Session, now: Instant) -> Instant:
    """A clock that jumped may have written it in a time that is yet to come."""
    last = select(m.Audit.at).where(m.Audit.act.in_(STOPS)).order_by(m.Audit.id.desc()).limit(1)
    at = session.scalar(last)
    return now - DAY if at is None or at > now else at


def _stopped(since: Instant, now: Instant) -> Any:
    """Due and still here; or the gate put it back for a pause, and it never left."""
    put_back = select(m.TouchEvent.touch_id).where(m.TouchEvent.at >= since, m.TouchEvent.why.in_(stops.CAUGHT))
    still = and_(m.Touch.id.in_(put_back), m.Touch.state.not_in(ledger.LEFT))
    due = and_(m.Touch.state.in_(ledger.OPEN), m.Touch.due_at <= now)
    return or_(due, still)


def _touches(session: Session, *where: Any) -> list[dict[str, Any]]:
    query = select(m.Touch, m.Contact.name, m.Contact.email, m.Contact.phone).join(m.Contact).where(*where)
    rows = session.execute(query.order_by(m.Touch.due_at, m.Touch.id))
    return [
        {"id": t.id, "attempt": t.key, "name": name, "to": email if t.channel == "email" else phone}
        | {"channel": t.channel, "state": t.state, "due_at": t.due_at, "at": t.sending_at}
        for t, name, email, phone in rows
    ]


def _twice(session: Session, since: Instant) -> list[dict[str, Any]]:
    """More than one attempt of a step that left: must be none."""
    step = (m.Touch.campaign_id, m.Touch.contact_id, m.Touch.step)
    gone = (m.Touch.state.in_(ledger.LEFT), m.Touch.kind != "requested", m.Touch.campaign_id.is_not(None))
    query = select(*step, func.max(m.Touch.sending_at)).where(*gone).group_by(*step).having(func.count() > 1)
    rows = session.execute(query.having(func.max(m.Touch.sending_at) >= since))
    return [{"campaign": campaign, "contact": contact, "step": number} for campaign, contact, number, _ in rows]
