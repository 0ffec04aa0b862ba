"""Whose planned touches leave no more? A reply, a goal met and a meeting stop them on every channel (promise 5).

What we owe is no step of ours: who answers to a wrong date is told the right one all the same. Only a no ends that.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import cases, promises
from opportune.work.plan import LACKING, LASTING
from opportune.work.world import World


def asking(now: Instant) -> dict[str, Any]:
    """Of a call that is to be cancelled: should nobody confirm it, the reconciler asks the carrier again."""
    return {"settled_at": None, "look_at": now + 1, "looks": 0}


def stop(session: Session, enrolment: m.Enrolment, why: str, now: Instant) -> None:
    """Nothing that we want from them in this campaign leaves any more, on any channel (promise 5): nor what would go on
    once a consent or an address comes."""
    if enrolment.state == "active" or (enrolment.state == "done" and enrolment.stopped_why in LACKING):
        enrolment.state, enrolment.stopped_why, enrolment.stopped_at = "stopped", why, now
        enrolment.decide_at, enrolment.promised_at = None, None
    where = f"enrolment_id = ? AND kind NOT IN {LASTING}"
    ledger.cancel_open(session, where, enrolment.id, now=now, who="reaction", why=why)


def stop_colleagues(world: World, session: Session, enrolment: m.Enrolment, why: str, now: Instant) -> None:
    """By the campaign's setting: their company has answered, so nobody else there is approached for the same. Whom we
    promised to call is called all the same (C4)."""
    company = session.get_one(m.Contact, enrolment.contact_id).company_id
    if company is None or not cases.campaign_of(world, session, enrolment.version_id).stop_colleagues:
        return
    may_go_on = (m.Enrolment.state == "active") | (
        (m.Enrolment.state == "done") & m.Enrolment.stopped_why.in_(sorted(LACKING))
    )
    others = (m.Contact.company_id == company, m.Contact.id != enrolment.contact_id, ~promises.owed())
    query = select(m.Enrolment).join(m.Contact, m.Contact.id == m.Enrolment.contact_id)
    query = query.where(m.Enrolment.campaign_id == enrolment.campaign_id, may_go_on, *others)
    for colleague in session.scalars(query.order_by(m.Enrolment.id)).all():
        stop(session, colleague, f"colleague_{why}", now)
