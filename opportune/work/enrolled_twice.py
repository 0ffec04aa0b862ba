"""Both records of one person are in one campaign: which enrolment goes on?

One, with the history of both: this person was contacted that often. How far the more advanced one is, it is now.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import promises
from opportune.work.changes import Changes

MERGED = "merged"
FAR = ("state", "stopped_why", "stopped_at", "decide_at", "first_channel", "promised_at")


def settle(session: Session, changes: Changes, kept: int, gone: int, now: Instant) -> None:
    """Locks their enrolments: a planner that is deciding for one of them comes first, or sees what we made of it."""
    mine = select(m.Enrolment).where(m.Enrolment.contact_id.in_((kept, gone))).order_by(m.Enrolment.id)
    fresh = mine.with_for_update(key_share=True).execution_options(populate_existing=True)
    rows = session.scalars(fresh).all()
    changes.watch(*rows)
    theirs = {row.campaign_id: row for row in rows if row.contact_id == gone}
    for stays in [row for row in rows if row.contact_id == kept and row.campaign_id in theirs]:
        _join(session, changes, stays, theirs[stays.campaign_id], now)


def _join(session: Session, changes: Changes, stays: m.Enrolment, ends: m.Enrolment, now: Instant) -> None:
    # What they asked for is owed to the one who stays.
    mine = "enrolment_id = ? AND kind NOT IN ('requested', 'correction')"
    ledger.cancel_open(session, mine, ends.id, now=now, who="merge", why=MERGED)
    ahead = max(stays, ends, key=lambda each: _advanced(session, each))
    owed = select(m.Enrolment.promised_at).where(m.Enrolment.id.in_((stays.id, ends.id)), promises.owed())
    promised = [at for at in session.scalars(owed) if at is not None]
    far = {name: getattr(ahead, name) for name in FAR}
    if promised and "opted_out" not in (stays.stopped_why, ends.stopped_why):
        far |= {"state": "active", "stopped_why": None, "stopped_at": None}  # C4: what either was promised is kept
    if far["state"] == "active":
        far |= {"promised_at": min(promised, default=None), "decide_at": now}
    over = {"state": "stopped", "stopped_why": MERGED, "stopped_at": now, "decide_at": None, "promised_at": None}
    for row, values in ((stays, far), (ends, over)):
        for name, value in values.items():
            setattr(row, name, value)
    _join_history(session, changes, stays, ends)


def _advanced(session: Session, enrolment: m.Enrolment) -> tuple[bool, int, bool]:
    """Who answered is furthest; else whoever had more steps."""
    steps = session.scalar(select(func.max(m.Touch.step)).where(m.Touch.enrolment_id == enrolment.id)) or 0
    return (enrolment.state == "stopped", steps, enrolment.state == "active")


def _join_history(session: Session, changes: Changes, stays: m.Enrolment, ends: m.Enrolment) -> None:
    """The other's steps count on behind ours: a step number is never used twice."""
    both = (stays.contact_id, ends.contact_id)
    steps = select(func.max(m.Touch.step)).where(m.Touch.campaign_id == stays.campaign_id, m.Touch.contact_id.in_(both))
    last = session.scalar(steps) or 0  # of both, so that none is used twice even for a moment
    for touch in session.scalars(select(m.Touch).where(m.Touch.enrolment_id == ends.id)):
        changes.put(touch, enrolment_id=stays.id, step=touch.step + last)
    session.flush()
