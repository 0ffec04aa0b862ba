"""How does everything stop at once, and what becomes of those whom the stop caught?

A pause takes effect at the gate, within a second. Who was due meanwhile is not written to in a burst afterwards:
whoever resumes says whether they are sent to now, dropped, or decided about anew. What the gate did since the stop is
told by the numbers of events: the stop may be that of a clock that jumped, and its time wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Instant
from opportune.store import audit, ledger, notes
from opportune.store import models as m
from opportune.work import campaign_life, cases, plan, stopping, versions
from opportune.work.gate import KILL_SWITCH
from opportune.work.versions import NotAllowed, named
from opportune.work.world import World

Then = Literal["send", "drop", "decide"]
CAUGHT = ("kill switch", "campaign is paused")  # what the gate notes of a touch that it puts back for a pause
EVERYTHING, RESUME = "everything", "resume"  # what the audit calls the whole house; who decides of the stopped ones
PART = 100  # touches of one transaction: each may be decided about anew
IN_TIME = 3600  # seconds in which a moment that was given anew must be met


def pause(world: World, *, why: str, by: str, key: str | None = None) -> None:
    """Nothing leaves any more: of this campaign, or at all.

    Raises:
        NotAllowed: it is paused already, or there is no such campaign.
    """
    if key is not None:
        campaign_life.pause(world, key, why=why, by=by)
        return
    now = world.clock.now()
    with world.db.write() as session:
        if notes.get_in(session, KILL_SWITCH):
            raise NotAllowed("everything is paused already: `opportune resume` goes on")
        stop_everything(session, why, by, now)


def stop_everything(session: Session, why: str, by: str, now: Instant) -> None:
    event = {"event": ledger.last_event(session)}
    notes.put_in(session, KILL_SWITCH, {"at": now, "by": by, "why": why, **event})
    audit.write(session, now, by, "paused", EVERYTHING, why, event)


def resume(world: World, *, by: str, key: str | None = None, stopped: Then = "decide") -> int:
    """Go on; returns how many attempts the pause had caught.

    Raises:
        NotAllowed: nothing is paused, there is no such campaign, or its last day is over.
    """
    with world.db.read() as session:
        since = _since(session, key, world.clock.now())
        row = named(session, key) if key else None
        campaign = row.id if row else None
        if row:
            campaign_life.must_run(world, session, row)  # before anything is dropped
    if stopped != "send":  # before it opens, or what is to be dropped might leave
        caught = _each(world, campaign, since, _drop if stopped == "drop" else _decide)
    if key:
        campaign_life.resume(world, key, by=by)
    else:
        _open(world, by)
    if stopped == "send":  # the gate would have put it back again
        caught = _each(world, campaign, since, _send)
    return caught


def publish(world: World, version_id: int, by: str, note: str) -> m.CampaignVersion:
    """This version goes live. Where that ends a pause, whom it caught is decided anew, and who waited is woken."""
    now = world.clock.now()
    with world.db.read() as session:
        row = session.get_one(m.Campaign, session.get_one(m.CampaignVersion, version_id).campaign_id)
        since = _since(session, row.key, now) if row.state == "paused" else None
    if since is not None:
        _each(world, row.id, since, _decide)
    with world.db.write() as session:
        version = versions.published(session, version_id, by, note, now)
    if since is not None:
        campaign_life.wake(world, row.id)
    return version


def _since(session: Session, key: str | None, now: Instant) -> int:
    """The last event before the stop."""
    if key is None:
        switch = notes.get_in(session, KILL_SWITCH)
        if not switch:
            raise NotAllowed("nothing is paused")
        return _event(session, switch, int(switch["at"]), now) if isinstance(switch, dict) else 0
    if named(session, key).state != "paused":
        raise NotAllowed(f"{key} is not paused: nothing to resume")
    paused = select(m.Audit).where(m.Audit.act == "campaign_paused", m.Audit.subject == key)
    last = session.scalars(paused.order_by(m.Audit.id.desc()).limit(1)).first()
    return _event(session, *_around(session, last), now) if last else 0


def _around(session: Session, paused: m.Audit) -> tuple[dict[str, Any], Instant]:
    """What was noted of this pause, or of the stop of everything within which it came: what that caught is held too."""
    turns = (m.Audit.subject == EVERYTHING, m.Audit.act.in_(("paused", "resumed")), m.Audit.id < paused.id)
    house = session.scalars(select(m.Audit).where(*turns).order_by(m.Audit.id.desc()).limit(1)).first()
    first = house if house and house.act == "paused" else paused
    return first.data, first.at


def _event(session: Session, noted: dict[str, Any], at: Instant, now: Instant) -> int:
    """As it was noted; of a stop from before that was, by its time, unless that cannot be."""
    if "event" in noted:
        return int(noted["event"])
    before = select(func.max(m.TouchEvent.id)).where(m.TouchEvent.at < (at if at <= now else now - DAY))
    return session.scalar(before) or 0


def _open(world: World, by: str) -> None:
    with world.db.write() as session:
        notes.put_in(session, KILL_SWITCH, None)
        audit.write(session, world.clock.now(), by, "resumed", EVERYTHING)


def caught(since: int, now: Instant, campaign_id: int | None) -> ColumnElement[bool]:
    """Open touches that would have left since that event: due, or put back by the gate for the pause. Without a
    campaign: of all but those on a pause of their own."""
    put_back = select(m.TouchEvent.id).where(
        m.TouchEvent.touch_id == m.Touch.id, m.TouchEvent.id > since, m.TouchEvent.why.in_(CAUGHT)
    )
    apart = select(m.Campaign.id).where(m.Campaign.id == m.Touch.campaign_id, m.Campaign.state == "paused")
    here = m.Touch.campaign_id == campaign_id if campaign_id is not None else ~apart.exists()
    return and_(here, m.Touch.state.in_(ledger.OPEN), or_(m.Touch.due_at <= now, put_back.exists()))


Act = Callable[[Session, m.Touch, Instant], None]


def _each(world: World, campaign_id: int | None, since: int, act: Act) -> int:
    """Once for each, in the order of the plan; what somebody just asked for is only let go on."""
    now = world.clock.now()
    with world.db.read() as session:
        found = select(m.Touch.id).where(caught(since, now, campaign_id)).order_by(m.Touch.due_at, m.Touch.id)
        ids = list(session.scalars(found))
    for start in range(0, len(ids), PART):
        with world.db.write() as session:
            mine = select(m.Touch).where(m.Touch.id.in_(ids[start : start + PART])).order_by(m.Touch.id)
            cases.lock(session, session.scalars(mine.with_only_columns(m.Touch.contact_id)))
            for touch in session.scalars(mine.with_for_update(key_share=True)).all():
                if touch.state in ledger.OPEN:
                    (_send if touch.kind in plan.LASTING else act)(session, touch, now)
    return len(ids)


def _send(session: Session, touch: m.Touch, now: Instant) -> None:
    """Due now; the gate still keeps hours, slots and caps."""
    ledger.put_back(session, touch, now=now, who=RESUME, why="send now", due_at=now, not_after=now + IN_TIME)


def _drop(session: Session, touch: m.Touch, now: Instant) -> None:
    ledger.move(session, touch, "cancelled", now=now, who=RESUME, why="dropped after a pause")
    if touch.enrolment_id:
        enrolment = session.get_one(m.Enrolment, touch.enrolment_id)
        stopping.stop(session, enrolment, "dropped after a pause", now)


def _decide(session: Session, touch: m.Touch, now: Instant) -> None:
    """The planner's next turn does it: a paused campaign is not decided about."""
    ledger.move(session, touch, "cancelled", now=now, who=RESUME, why="decided anew after a pause")
    if touch.enrolment_id:
        enrolment = session.get_one(m.Enrolment, touch.enrolment_id)
        enrolment.decide_at = now if enrolment.state == "active" else None
