"""Why was this person called, written to, or left alone?

The stored decisions and the present state, told in sentences; or what would be decided at another moment. Nothing is
written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.cadence import announces
from opportune.rules.consent import may
from opportune.rules.facts import Channel, Instant, Person
from opportune.rules.reasons import ends, phrase, word
from opportune.store import models as m
from opportune.work import audience, campaign_days, cases, consent_history, decided, telling, whom
from opportune.work.cases import Case
from opportune.work.whom import BadMoment, NotFound
from opportune.work.world import World

__all__ = ["BadMoment", "NotFound", "why"]

LIVE = {"call": Channel.CALL, "email": Channel.EMAIL}
ANNOUNCED = {"call_auto": Channel.CALL, "voicemail": Channel.CALL, "email": Channel.EMAIL}


def why(
    world: World, who: str, campaign: str | None = None, language: str = "en", at: str | None = None
) -> dict[str, Any]:
    """Everything decided about a contact. `who`: mail address, phone number in any format, or id. `at`: tell what would
    be decided at that moment with what is known now.

    Raises:
        NotFound: nobody, or more than one, is known by that; or there is no such campaign.
        BadMoment: `at` is no moment.
    """
    now = world.clock.now()
    with world.db.read() as session:
        contact = whom.the_one(session, who)
        moment = whom.moment(at, contact.zones) if at else None
        found = cases.load(world, session, _enrolments(session, contact, campaign), now)
        person = found[0].person if found else cases.persons(world, session, [contact])[contact.id]
        about = _about(session, contact, person, now, language)
        inside = {case.campaign.key for case in found}
        about["told"] += _ahead(world, session, contact, campaign, inside, language)
        return {
            **about,
            "at": moment,
            "campaigns": [_campaign(session, case, now, moment, language) for case in found],
        }


def _enrolments(session: Session, contact: m.Contact, campaign: str | None) -> Sequence[int]:
    query = select(m.Enrolment.id).where(m.Enrolment.contact_id == contact.id)
    if campaign is not None:
        known = session.scalars(select(m.Campaign.key).order_by(m.Campaign.key)).all()
        if campaign not in known:
            raise NotFound(f"there is no campaign {campaign!r}; there are: {', '.join(known) or 'none yet'}")
        query = query.join(m.Campaign).where(m.Campaign.key == campaign)
    return session.scalars(query).all()


def _about(session: Session, contact: m.Contact, person: Person, now: Instant, language: str) -> dict[str, Any]:
    """Who this is, and what holds in every campaign."""
    company = session.get(m.Company, contact.company_id) if contact.company_id else None
    asked = select(m.Touch).where(m.Touch.contact_id == contact.id, m.Touch.kind == "requested").order_by(m.Touch.id)
    told = [telling.whereabouts(contact, now, language)]
    if person.suppressed:
        told.append(phrase("do_not_contact", language, why=ends(person.suppressed, language)))
    told += [
        phrase("asked_for", language, told=telling.attempt(touch, contact.zones, language))
        for touch in session.scalars(asked)
    ]
    return {
        "contact": contact.id,
        "name": contact.name,
        "title": contact.title,
        "company": company.name if company else None,
        "status": contact.status,
        "zones": contact.zones,
        "zone_evidence": contact.zone_evidence,
        "held": contact.held,
        "do_not_contact": person.suppressed,
        "standing": phrase(contact.status, language),
        "told": told,
    }


def _ahead(
    world: World, session: Session, contact: m.Contact, key: str | None, inside: set[str], language: str
) -> list[str]:
    """They are meant, and its first day is yet to come."""
    now, me = world.clock.now(), select(m.Contact.id).where(m.Contact.id == contact.id)
    found = [(each, told) for each, told in campaign_days.told_ahead(world, session, now, language, key)
             if each.key not in inside]  # fmt: skip
    return [told for each, told in found if session.scalar(me.where(*audience.meant(session, each.audience, now)))]


def _campaign(session: Session, case: Case, now: Instant, moment: Instant | None, language: str) -> dict[str, Any]:
    enrolment, zones = case.enrolment, case.contact.zones
    stored = select(m.Decision).where(m.Decision.enrolment_id == enrolment.id).order_by(m.Decision.at, m.Decision.id)
    rows = session.scalars(stored).all()
    touches = _touches(session, enrolment.id)
    since = telling.day(zones, enrolment.since, language)
    goal = word("goal", case.campaign.goal.value, language)
    return {
        "campaign": case.campaign.key,
        "name": case.campaign.name,
        "goal": case.campaign.goal.value,
        "state": enrolment.state,
        "stopped_why": enrolment.stopped_why,
        "since": enrolment.since,
        "told": phrase("campaign", language, name=case.campaign.name, goal=goal, day=since),
        "eligibility": _eligibility(session, case, moment or now, language),
        "decisions": [
            decided.stored(case, row, touches[row.id], decided.free_since(case, rows[:place], row), language)
            for place, row in enumerate(rows)
        ],
        "present": _present(case, rows, language),
        "as_if": decided.as_if(case, moment, language) if moment is not None else None,
    }


def _touches(session: Session, enrolment: int) -> dict[int, list[m.Touch]]:
    """The attempts of each decision."""
    found: dict[int, list[m.Touch]] = defaultdict(list)
    for touch in session.scalars(select(m.Touch).where(m.Touch.enrolment_id == enrolment).order_by(m.Touch.id)):
        found[touch.decision_id or 0].append(touch)
    return found


def _eligibility(session: Session, case: Case, at: Instant, language: str) -> dict[str, Any]:
    """For each kind of contact: may we, and which consent or row of the law says so?"""
    ruled_out = decided.decide(case, at).ruled_out
    told = {}
    words = {each["channel"]: each for each in consent_history.words(session, case.person, case.contact.id, at)}
    automated = announces(case.person, case.campaign, case.history)
    for kind, channel in (ANNOUNCED if automated else LIVE).items():
        found = ruled_out.get(channel.value) or may(case.person, kind, case.campaign, case.law, at)
        consent = session.get(m.Consent, getattr(found, "consent_id", None) or 0)
        told[kind] = telling.allowed(kind, found, consent, case.law, language, words[kind])
    return told


def _present(case: Case, rows: Sequence[m.Decision], language: str) -> str:
    """Where this stands, and what comes next."""
    enrolment, zones = case.enrolment, case.contact.zones
    if enrolment.state != "active":
        ended = telling.day(zones, enrolment.stopped_at or enrolment.since, language)
        if enrolment.state == "stopped" and enrolment.stopped_why:
            return phrase("ended", language, day=ended, why=ends(enrolment.stopped_why, language))
        return phrase("over", language, day=ended)
    if case.state != "live":
        return phrase("campaign_paused" if case.state == "paused" else "campaign_ended", language)
    if enrolment.decide_at is not None and rows and enrolment.decide_at > rows[-1].at:
        return phrase("look_again", language, time=telling.clock(zones, enrolment.decide_at, language))
    if rows and rows[-1].held:
        return phrase("waiting", language, held=phrase(rows[-1].held, language))
    return phrase("after_this" if rows else "look_soon", language)
