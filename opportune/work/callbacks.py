"""Who asked to be called back, when do we promise it, and to which number (C4)?

A form asks by being that form; in a reply or a free text the request is found among the words.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.written import new_words
from opportune.rules.callback import CallbackRequest, callback_in
from opportune.rules.campaign import SERIOUS
from opportune.rules.facts import Instant
from opportune.rules.markers.phrases import plain
from opportune.rules.said_alone import time_meant
from opportune.rules.said_time import moment_of
from opportune.store import addresses, contacts
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import audience, dialling, numbers, places, plan, promises, signals
from opportune.work.preferences import Where
from opportune.work.world import World

_SERIOUS = [goal.value for goal in SERIOUS]


def asked(
    world: World, session: Session, contact: m.Contact, text: str, where: Where, enrolment: m.Enrolment | None = None
) -> bool:
    """Somebody asks in their own words to be called: keep the words, take the number, promise the call. The caller
    decides anew."""
    request = callback_in(new_words(text), contact.country)
    if request is None:
        return False
    take(world, session, contact, request, where, enrolment=enrolment)
    return True


def take(
    world: World,
    session: Session,
    contact: m.Contact,
    request: CallbackRequest,
    where: Where,
    *,
    at: Instant | None = None,
    enrolment: m.Enrolment | None = None,
) -> bool:
    """They asked, in words or with a key; `at`: what we told them. Whether a campaign keeps it; else the desk lists
    it."""
    note = _take_number(world, session, contact, request.number) if request.number else ""
    at = at or moment_of(request.at, tuple(contact.zones), where.at)
    _raised_hand(session, contact, request, where)
    kept = at is not None and promise(world, session, contact, at, where.at, enrolment)
    session.add(_remark(contact, request, where, at if kept else None, note))
    session.flush()
    signals.recompute(world, session, [contact.id], where.at)
    return kept


def promise(
    world: World, session: Session, contact: m.Contact, at: Instant, now: Instant, enrolment: m.Enrolment | None = None
) -> bool:
    """The campaign in which they answered keeps it, else the one for meetings; without one nobody is rung by itself,
    and the desk lists who waits to be called. The caller decides anew."""
    campaign = session.get_one(m.Campaign, enrolment.campaign_id) if enrolment else None
    if campaign is None or campaign.state != "live":
        enrolment = _of_meetings(world, session, contact, now)
    elif campaign.goal not in _SERIOUS:
        enrolment = _of_meetings(world, session, contact, now) or enrolment
    if enrolment is None:
        return False
    enrolment.state, enrolment.stopped_why, enrolment.stopped_at = "active", None, None
    enrolment.promised_at = at
    session.flush()
    return True


def at_a_time(world: World, session: Session, contact: m.Contact, enrolment_id: int, note: str, now: Instant) -> None:
    """The operator noted when: "tomorrow after 15". Where no time is named the promise stays as it is; where it is not
    clear, or the campaign does not go on, nobody is rung by itself, and the desk lists who waits."""
    when = time_meant(plain(note)[1])
    if when is None:
        return
    at = moment_of(when, tuple(contact.zones), now)
    enrolment = session.get_one(m.Enrolment, enrolment_id)
    enrolment.promised_at = at
    if at is None or not promises.goes_on(session, enrolment):
        request = CallbackRequest(evidence=note[:500], when=plain(note)[0][slice(*when.said)][:500])
        session.add(_remark(contact, request, Where("call", f"enrolment {enrolment_id}", now), None, ""))
    plan.decide_again(world, session, enrolment_id, now)


def _of_meetings(world: World, session: Session, contact: m.Contact, now: Instant) -> m.Enrolment | None:
    live = "WHERE state = 'live' AND goal = ANY(?) ORDER BY id LIMIT 1"
    campaign = next(iter(Bulk(session).objects(m.Campaign, live, _SERIOUS)), None)
    if campaign is None or campaign.version_id is None:
        return None
    where = (m.Enrolment.campaign_id == campaign.id, m.Enrolment.contact_id == contact.id)
    enrolment = session.scalar(select(m.Enrolment).where(*where))
    if enrolment is None:
        values = audience.new_enrolment(world, campaign.key, campaign.id, campaign.version_id, contact.id, now)
        enrolment = m.Enrolment(**values)
        session.add(enrolment)
    return enrolment


def _raised_hand(session: Session, contact: m.Contact, request: CallbackRequest, where: Where) -> None:
    contact.asked_for_contact, contact.bought = True, False  # A14: the person came to us
    contact.version += 1
    signals.append(session, [signals.row(contact.id, "asked_for_call", where.at, request.evidence)])


def _take_number(world: World, session: Session, contact: m.Contact, number: str) -> str:
    """The number becomes theirs, unless it is ours or somebody else's; answers why it did not."""
    if why := dialling.never(number, numbers.ours(world, session)):
        return f"the number is {why}"
    own = (m.Address.contact_id == contact.id, m.Address.kind == "phone", m.Address.value == number)
    known = session.scalar(select(m.Address).where(*own))
    others = [each for each in addresses.people_at(session, [number]).get(number, []) if each.id != contact.id]
    if others and known is None:
        return f"the number belongs to contact {others[0].id}; nobody's number is taken over"
    if known is None:
        session.add(addresses.address(contact, "phone", number, number))
    else:
        known.invalid_at, known.invalid_why = None, None  # wrong once (E7), and given by themselves now
    if contact.phone != number:
        contact.phone = number
        _widen_zones(contact, number)
    return ""


def _widen_zones(contact: m.Contact, number: str) -> None:
    """Where only a number told where they live, they may now live where either number says."""
    if contact.zones and contact.zone_evidence != "number":
        return
    there, evidence = places.zones_of(None, None, None, number)
    contact.zones = [*contact.zones, *(zone for zone in there if zone not in contact.zones)]
    contact.zone_evidence = contact.zone_evidence or evidence or None
    contact.country = contact.country or places.country_of_number(number)
    contact.held = None if contact.zones else contacts.NEEDS_ZONE


def _remark(contact: m.Contact, request: CallbackRequest, where: Where, at: Instant | None, note: str) -> m.Remark:
    said_number = " ext. ".join(filter(None, (request.number, request.extension)))
    return m.Remark(
        contact_id=contact.id, kind="callback", at=where.at, source=where.source, ref=where.ref[:500],
        words=request.evidence, channel="call", number=said_number or None, name=request.name,
        said_when=request.when, promised_at=at, note=note or None,
    )  # fmt: skip
