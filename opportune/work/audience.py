"""Whom is a live campaign meant for? Each person comes in once, with a lot drawn from a keyed hash."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.store.once import insert_new
from opportune.work import cases
from opportune.work.world import World

BATCH = 1_000  # rows of one transaction


def enrol(world: World, now: Instant) -> int:
    """Bring everybody whom a live campaign is meant for into it; returns how many came in."""
    with world.db.read() as session:
        live = session.execute(select(m.Campaign.id, m.Campaign.version_id).where(m.Campaign.state == "live")).all()
        wanted = [(id, version, _meant(world, session, id, version)) for id, version in live if version]
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


def _meant(world: World, session: Session, campaign_id: int, version_id: int) -> list[int]:
    meant = cases.campaign_of(world, session, version_id).audience
    inside = select(m.Enrolment.contact_id).where(m.Enrolment.campaign_id == campaign_id)
    query = select(m.Contact.id).where(m.Contact.merged_into.is_(None), m.Contact.id.not_in(inside))
    if meant.statuses:
        query = query.where(m.Contact.status.in_(meant.statuses))
    if meant.countries:
        query = query.where(m.Contact.country.in_(meant.countries))
    if meant.interests:
        query = query.where(m.Contact.interest.in_(meant.interests))
    if meant.sources:
        named = or_(m.Source.key.in_(meant.sources), m.Source.kind.in_(meant.sources))
        query = query.where(m.Contact.source_id.in_(select(m.Source.id).where(named)))
    return list(session.scalars(query.order_by(m.Contact.id)))
