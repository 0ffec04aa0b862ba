"""Whom is a live campaign meant for? Each person comes in once, with a lot drawn from a keyed hash.

A canary ("first 20, then ask me", B17) lets only so many in until somebody says: go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from opportune.rules import parts
from opportune.rules.campaign import Campaign
from opportune.rules.facts import DAY, Instant
from opportune.store import models as m
from opportune.store.contacts import MARKETING
from opportune.store.once import insert_new
from opportune.work import brakes, campaign_days, cases, segment_pins, segment_sql
from opportune.work.world import World

BATCH = 1_000  # rows of one transaction


@dataclass(frozen=True, slots=True)
class Counts:
    """How many people a document is meant for, and what is known of them. `reachable`: one of its channels has an
    address, nothing is missing, and nobody said no."""

    people: int = 0
    with_phone: int = 0
    with_email: int = 0
    waiting: int = 0  # something must be mended first: a time zone, an address
    said_no: int = 0
    reachable: int = 0
    countries: dict[str, int] = field(default_factory=dict)


def count(session: Session, campaign: Campaign, now: Instant) -> Counts:
    """The audience as it is now, in one query."""
    contact = m.Contact
    no = select(m.Suppression.id).where(
        m.Suppression.contact_id == contact.id, m.Suppression.undone_at.is_(None), m.Suppression.channel.is_(None)
    )
    phone, email, held, said_no = contact.phone.is_not(None), contact.email.is_not(None), contact.held, no.exists()
    ways = {"call": phone, "email": email}
    open_ = and_(or_(*(ways[channel] for channel in campaign.channels)), held.is_(None), ~said_no)
    columns = [func.count().filter(condition) for condition in (phone, email, held.is_not(None), said_no, open_)]
    query = select(contact.country, func.count(), *columns).where(*meant(session, campaign.audience, now))
    rows = session.execute(query.group_by(contact.country).order_by(func.count().desc(), contact.country)).all()
    people, phones, mails, waiting, no_, reachable = (sum(row[at] for row in rows) for at in range(1, 7))
    return Counts(people, phones, mails, waiting, no_, reachable, {row[0] or "unknown": row[1] for row in rows})


def enrol(world: World, now: Instant) -> int:
    """Bring everybody whom a live campaign is meant for into it; returns how many came in."""
    with world.db.read() as session:
        live = session.execute(select(m.Campaign.id, m.Campaign.version_id).where(m.Campaign.state == "live")).all()
        wanted = [(id, version, _newcomers(world, session, id, version, now)) for id, version in live if version]
    came = 0
    for campaign_id, version_id, contacts in wanted:
        for start in range(0, len(contacts), BATCH):
            with world.db.write() as session:
                key = session.get_one(m.Campaign, campaign_id).key
                rows = [
                    new_enrolment(world, key, campaign_id, version_id, c, now) for c in contacts[start : start + BATCH]
                ]
                came += insert_new(session, m.Enrolment, rows)  # a second planner, or a lead, may have been faster
    return came


def new_enrolment(
    world: World, key: str, campaign_id: int, version_id: int, contact_id: int, now: Instant
) -> dict[str, Any]:
    """Values of a fresh enrolment; the lot is drawn here, once, from a keyed hash."""
    return {
        "campaign_id": campaign_id,
        "contact_id": contact_id,
        "version_id": version_id,
        "since": now,
        "state": "active",
        "decide_at": now,
        "lot": world.signer.lot(key, contact_id),
    }


def _newcomers(world: World, session: Session, campaign_id: int, version_id: int, now: Instant) -> list[int]:
    campaign = cases.campaign_of(world, session, version_id)
    if campaign_days.over(campaign, now):
        return []
    inside = select(m.Enrolment.contact_id).where(m.Enrolment.campaign_id == campaign_id)
    approved = session.get_one(m.CampaignVersion, version_id).templates
    people = meant(session, campaign.audience, now, segment_pins.kept(approved))
    people += campaign_days.begun(session, campaign, now)
    query = select(m.Contact.id).where(*people, m.Contact.id.not_in(inside)).order_by(m.Contact.id)
    bought = query.where(_BOUGHT).limit(_bought_room(session, campaign, campaign_id, now))
    room = brakes.canary_room(session, campaign, campaign_id, version_id)
    return list(session.scalars(query.where(or_(~_BOUGHT, m.Contact.id.in_(bought))).limit(room)))


#: Whom we may approach although the list was bought; the others come in at once, and wait for a yes of theirs.
_YES = select(m.Consent.id).where(
    m.Consent.contact_id == m.Contact.id, m.Consent.granted, m.Consent.purpose == MARKETING
)
_BOUGHT = and_(m.Contact.bought, _YES.exists())


def _bought_room(session: Session, campaign: Campaign, campaign_id: int, now: Instant) -> int:
    """A14: bought lists a little at a time, their own throttle: so many come in within a day."""
    lately = (m.Enrolment.campaign_id == campaign_id, m.Enrolment.since > now - DAY, _BOUGHT)
    query = select(func.count()).select_from(m.Enrolment).join(m.Contact, m.Contact.id == m.Enrolment.contact_id)
    return max(0, campaign.bought_per_day - (session.scalar(query.where(*lately)) or 0))


def meant(
    session: Session, audience: parts.Audience, now: Instant, kept: Mapping[str, int] | None = None
) -> list[ColumnElement[bool]]:
    """What a contact must be to belong to this audience. `kept`: segments as they were when somebody approved it."""
    inside = [segment_sql.Reader(session, now, kept or {}).within(audience.segment)] if audience.segment else []
    return [*segment_sql.ALIVE, *segment_sql.basic(audience), *inside]
