"""Who is inside a campaign under which version, and how do they come to another one?

Whoever is moved is decided about anew in the same transaction: no plan outlives its reasons.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from opportune.store import ledger
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import cases, plan, seen
from opportune.work.versions import audit
from opportune.work.world import World

PART = 150  # people of one transaction: version, cancelled touch, decision and new touch are six rows each


def inside(session: Session, campaign_id: int) -> dict[int, int]:
    """Version -> people who are in the campaign under it."""
    of = m.Enrolment.version_id
    here = (m.Enrolment.campaign_id == campaign_id, m.Enrolment.state == "active")
    return dict(session.execute(select(of, func.count()).where(*here).group_by(of)).tuples().all())


def elsewhere(world: World, campaign_id: int, version_id: int) -> int:
    """How many are inside under other versions than this one."""
    with world.db.read() as session:
        return sum(people for version, people in inside(session, campaign_id).items() if version != version_id)


def move(world: World, campaign_id: int, version_id: int, by: str) -> int:
    """Everybody inside goes on under this version; returns how many moved. Broken off, it is simply run again."""
    moved = 0
    while part := _others(world, campaign_id, version_id):
        with world.db.write() as session:
            moved += _move(world, session, part, version_id)
    with world.db.write() as session:
        row, version = session.get_one(m.Campaign, campaign_id), session.get_one(m.CampaignVersion, version_id)
        audit(session, world.clock.now(), by, "campaign_moved", row, None, version, people=moved)
    return moved


def _others(world: World, campaign_id: int, version_id: int) -> list[tuple[int, int]]:
    here = (m.Enrolment.campaign_id == campaign_id, m.Enrolment.state == "active", m.Enrolment.version_id != version_id)
    query = select(m.Enrolment.id, m.Enrolment.contact_id).where(*here).order_by(m.Enrolment.contact_id).limit(PART)
    with world.db.read() as session:
        return list(session.execute(query).tuples())


def _move(world: World, session: Session, part: list[tuple[int, int]], version_id: int) -> int:
    now, ids = world.clock.now(), [enrolment for enrolment, _ in part]
    cases.lock(session, [contact for _, contact in part])
    mine = select(m.Enrolment).where(m.Enrolment.id.in_(ids)).order_by(m.Enrolment.id)
    locked = mine.with_for_update(key_share=True).execution_options(populate_existing=True)
    for enrolment in session.scalars(locked).all():
        enrolment.version_id = version_id
    where = f"enrolment_id = ANY(?) AND kind NOT IN {plan.LASTING}"
    ledger.cancel_open(session, where, ids, now=now, who="campaign", why="moved to another version")
    session.flush()
    bulk = Bulk(session)
    found = seen.look(world, bulk, ids, now, due=False)
    plan.written(world, bulk, plan.asked(world, found, now), now, None)
    return len(ids)
