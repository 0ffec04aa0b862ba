"""Why was this person called, written to, or left alone? The stored decisions, told in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.rules.hours import local
from opportune.rules.reasons import sentence
from opportune.store import contacts
from opportune.store import models as m
from opportune.work import cases
from opportune.work.plan import reason_of
from opportune.work.world import World


class NotFound(Exception):
    """Nobody is known by that address, number or id."""


def why(world: World, who: str, campaign: str | None = None, language: str = "en") -> dict[str, Any]:
    """Everything decided about a contact. `who`: mail address, phone number in any format, or id.

    Raises:
        NotFound: nobody is known by that.
    """
    with world.db.read() as session:
        contact = contacts.find(session, who)
        if contact is None:
            raise NotFound(f"nobody is known by {who!r}: give an email address, a phone number or an id")
        person = cases.persons(world, session, [contact])[contact.id]
        query = select(m.Enrolment, m.Campaign).join(m.Campaign).where(m.Enrolment.contact_id == contact.id)
        if campaign:
            query = query.where(m.Campaign.key == campaign)
        rows = session.execute(query.order_by(m.Enrolment.since, m.Enrolment.id)).all()
        return {
            "contact": contact.id,
            "name": contact.name,
            "title": contact.title,
            "status": contact.status,
            "zones": contact.zones,
            "held": contact.held,
            "do_not_contact": person.suppressed,
            "campaigns": [_enrolment(session, contact, e, c, language) for e, c in rows],
        }


def _enrolment(
    session: Session, contact: m.Contact, enrolment: m.Enrolment, campaign: m.Campaign, language: str
) -> dict[str, Any]:
    decisions = session.scalars(
        select(m.Decision).where(m.Decision.enrolment_id == enrolment.id).order_by(m.Decision.at, m.Decision.id)
    )
    return {
        "campaign": campaign.key,
        "name": campaign.name,
        "goal": campaign.goal,
        "state": enrolment.state,
        "stopped_why": enrolment.stopped_why,
        "decisions": [_decision(session, contact, decision, language) for decision in decisions],
    }


def _decision(session: Session, contact: m.Contact, decision: m.Decision, language: str) -> dict[str, Any]:
    touches = session.scalars(select(m.Touch).where(m.Touch.decision_id == decision.id).order_by(m.Touch.attempt))
    return {
        "id": decision.id,
        "at": decision.at,
        "verdict": decision.verdict,
        "channel": decision.channel,
        "kind": decision.kind,
        "mode": decision.mode,
        "chance": decision.propensity,
        "moment": decision.moment,
        "moment_local": in_zone(contact.zones, decision.moment),
        "held": decision.held,
        "reasons": [_told(reason, language) for reason in decision.reasons],
        "ruled_out": {channel: _told(reason, language) for channel, reason in decision.ruled_out.items()},
        "changes": decision.changes,
        "happened": [{"state": t.state, "result": t.result, "at": t.sending_at, "fence": t.fence} for t in touches],
    }


def _told(reason: dict[str, Any], language: str) -> dict[str, str]:
    return {"rule": reason["rule"], "code": reason["code"], "sentence": sentence(reason_of(reason), language)}


def in_zone(zones: Sequence[str], at: Instant | None) -> str | None:
    """A moment in the person's own time, "Thu 5 Mar 15:20 (Europe/Berlin)"."""
    if at is None or not zones:
        return None
    there = local(zones[0], at)
    return f"{there:%a} {there.day} {there:%b %H:%M} ({zones[0]})"
