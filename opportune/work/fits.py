"""Who does not fit, as a colleague found out, and how is that taken back?

Nobody is judged away by what we guess of them (C3, B15): only somebody's word with its reason removes a person, from
every campaign. What they asked for themselves is still sent.
"""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from opportune.store import audit
from opportune.store import models as m
from opportune.work import plan, whom
from opportune.work.world import World

DISQUALIFIED = "disqualified"  # the outcome, and why their enrolments ended


def disqualify(world: World, who: str, *, why: str, by: str) -> int:
    """Nothing of ours leaves any more. Returns in how many campaigns that was decided.

    Raises:
        whom.NotFound: nobody, or more than one, is known by that.
        ValueError: no reason, or it was said before.
    """
    now = world.clock.now()
    with world.db.write() as session:
        contact = _locked(session, who, why)
        if contact.disqualified_at is not None:
            raise ValueError(f"{contact.name} was disqualified before; --undo takes it back")
        contact.disqualified_at = now
        session.add(m.Outcome(contact_id=contact.id, kind=DISQUALIFIED, at=now, note=why[:500]))
        audit.write(session, now, by, DISQUALIFIED, audit.person(contact.id), why)
        session.flush()
        return plan.facts_changed(world, session, [contact.id], now)


def fits_after_all(world: World, who: str, *, why: str, by: str) -> int:
    """Taken back: every campaign that has not ended decides anew; returns how many. The history keeps both words.

    Raises:
        whom.NotFound: nobody, or more than one, is known by that.
        ValueError: no reason, or there is nothing to take back.
    """
    now = world.clock.now()
    with world.db.write() as session:
        contact = _locked(session, who, why)
        if contact.disqualified_at is None:
            raise ValueError(f"{contact.name} is not disqualified: there is nothing to take back")
        contact.disqualified_at = None
        session.execute(delete(m.Outcome).where(m.Outcome.contact_id == contact.id, m.Outcome.kind == DISQUALIFIED))
        audit.write(session, now, by, "qualified", audit.person(contact.id), why)
        goes_on = select(m.Campaign.id).where(m.Campaign.state != "ended")
        theirs = (m.Enrolment.contact_id == contact.id, m.Enrolment.stopped_why == DISQUALIFIED)
        again = {"state": "active", "stopped_why": None, "stopped_at": None, "decide_at": now}
        session.execute(update(m.Enrolment).where(*theirs, m.Enrolment.campaign_id.in_(goes_on)).values(**again))
        session.flush()
        return plan.facts_changed(world, session, [contact.id], now)


def _locked(session: Session, who: str, why: str) -> m.Contact:
    if not why.strip():
        raise ValueError("--why: say how you know; it is kept")
    contact = session.get_one(m.Contact, whom.the_one(session, who).id, with_for_update={"key_share": True})
    contact.version += 1
    return contact
