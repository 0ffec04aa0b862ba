"""How does a live campaign pause, go on and end?

A pause takes effect at the gate, in less than a second; nothing is lost by it, and whoever was left without a plan
meanwhile is decided about anew when it goes on.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from opportune.store import ledger
from opportune.store import models as m
from opportune.work import campaign_days, cases, plan, promises
from opportune.work.versions import NotAllowed, audit, named
from opportune.work.world import World

PART = 150  # people of one transaction: each may take six rows
CANARY = "canary"


def pause(world: World, key: str, *, why: str, by: str) -> None:
    """Nothing of it leaves any more, except what somebody just asked for.

    Raises:
        NotAllowed: it is not live.
    """
    with world.db.write() as session:
        row = _in_state(session, key, "live")
        row.state, row.paused_why = "paused", why
        audit(session, world.clock.now(), by, "campaign_paused", row, why, event=ledger.last_event(session))


def resume(world: World, key: str, *, by: str) -> int:
    """It goes on; returns how many people are decided about anew.

    Raises:
        NotAllowed: it is not paused, or its last day is over.
    """
    with world.db.write() as session:
        row = _in_state(session, key, "paused")
        must_run(world, session, row)
        row.state, row.paused_why = "live", None
        audit(session, world.clock.now(), by, "campaign_resumed", row, None)
    return wake(world, row.id)


def go_on(world: World, key: str, *, by: str) -> None:
    """B17: the first so many people were looked at; now everybody else.

    Raises:
        NotAllowed: its version has no such limit, or was let go already, or its last day is over.
    """
    with world.db.write() as session:
        row = _in_state(session, key, "live")
        must_run(world, session, row)
        version = session.get_one(m.CampaignVersion, row.version_id)
        if not version.document.get(CANARY) or version.continued_at is not None:
            raise NotAllowed(f"{key} does not wait to be continued: nothing holds it back")
        version.continued_at, row.paused_why = world.clock.now(), None
        audit(session, world.clock.now(), by, "campaign_continued", row, None, version)


def end(world: World, key: str, *, by: str, why: str = "") -> int:
    """B7: nobody is left open; a promised call becomes a colleague's (C4). Returns for how many people it ended."""
    with world.db.write() as session:
        row = named(session, key, lock=True)
        row.state, row.paused_why = "ended", None
        audit(session, world.clock.now(), by, "campaign_ended", row, why)
    ended = 0
    while part := _open(world, row.id):
        with world.db.write() as session:
            ended += _stop(world, session, part)
    return ended


def _open(world: World, campaign_id: int) -> list[int]:
    """Who is active, or is done with but for a promise."""
    owed = (m.Enrolment.state == "done") & promises.owed()
    here = (m.Enrolment.campaign_id == campaign_id, (m.Enrolment.state == "active") | owed)
    with world.db.read() as session:
        return list(session.scalars(select(m.Enrolment.id).where(*here).order_by(m.Enrolment.id).limit(PART)))


def _stop(world: World, session: Session, enrolments: list[int]) -> int:
    """Answers how many of them were active."""
    now = world.clock.now()
    where = f"enrolment_id = ANY(?) AND kind NOT IN {plan.LASTING}"
    ledger.cancel_open(session, where, enrolments, now=now, who="campaign", why="the campaign ended")
    owed = select(m.Enrolment).where(m.Enrolment.id.in_(enrolments), promises.owed())
    promises.to_the_desk(world, session, session.scalars(owed).all(), "the campaign ended", now)
    these = update(m.Enrolment).where(m.Enrolment.id.in_(enrolments))
    session.execute(these.values(promised_at=None))
    stopped = {"state": "stopped", "stopped_why": "the campaign ended", "stopped_at": now, "decide_at": None}
    ended = session.execute(these.where(m.Enrolment.state == "active").values(**stopped))
    return int(ended.rowcount)  # type: ignore[attr-defined]


def wake(world: World, campaign_id: int) -> int:
    """Due now: everybody whose plan fell away while the campaign was paused."""
    open_ = select(m.Touch.id).where(m.Touch.enrolment_id == m.Enrolment.id, m.Touch.state.in_(ledger.OPEN))
    idle = (
        m.Enrolment.campaign_id == campaign_id,
        m.Enrolment.state == "active",
        m.Enrolment.decide_at.is_(None),
        ~open_.exists(),
    )
    woken, last = 0, 0
    while True:
        query = select(m.Enrolment.id).where(*idle, m.Enrolment.id > last).order_by(m.Enrolment.id).limit(1_000)
        with world.db.read() as session:
            part = list(session.scalars(query))
        if not part:
            return woken
        with world.db.write() as session:
            here = (m.Enrolment.id.in_(part), m.Enrolment.decide_at.is_(None))
            session.execute(update(m.Enrolment).where(*here).values(decide_at=world.clock.now()))
        woken, last = woken + len(part), part[-1]


def must_run(world: World, session: Session, row: m.Campaign) -> None:
    """Raises NotAllowed: the last day of what is published is over."""
    if row.version_id is not None:
        campaign_days.must_run(cases.campaign_of(world, session, row.version_id), world.clock.now())


def _in_state(session: Session, key: str, state: str) -> m.Campaign:
    row = named(session, key, lock=True)
    if row.state != state:
        raise NotAllowed(f"{key} is {row.state}, not {state}")
    return row
