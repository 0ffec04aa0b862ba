"""Which call is next for this colleague?

A promise first (C4), then the order of work (B8). Only what is due now and has time left in its window: a colleague's
phone rings and a briefing is heard before the person is dialled. What nobody took in its time is decided anew.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant, Kind
from opportune.rules.familiarity import Turn
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.models.touches import CALL_WAITS
from opportune.work import cases, gate, plan
from opportune.work.operators import Free
from opportune.work.world import World

LEAD = 60  # seconds from a colleague's ring until the person is dialled
AGAIN = 5 * 60  # seconds until a colleague who did not pick up is rung for the same person again
TRIES = 5  # looks for a call that may really leave
MOST_LATE = 50
WHO = "operator-first"
_OURS = and_(CALL_WAITS, m.Touch.automated == false())
_ASKED = (m.OperatorCall.touch_id == m.Touch.id, m.OperatorCall.over_at.is_(None))


def offer(world: World, session: Session, free: Free, now: Instant) -> m.Touch | None:
    """The next call for this colleague, held, and looked at by the gate: nobody is rung in vain."""
    passed: set[int] = set()
    for _ in range(TRIES):
        found = _next(session, free, now, passed)
        if found is None:
            return None
        id, contact = found
        passed.add(id)
        cases.lock(session, [contact])
        touch = session.scalars(_held(id)).one_or_none()
        if touch and _nobody_asked(session, touch) and gate.screen(world, session, touch, now):
            return touch
    return None


def _held(id: int) -> Select[tuple[m.Touch]]:
    mine = select(m.Touch).where(m.Touch.id == id, m.Touch.state == "planned")
    return mine.with_for_update(skip_locked=True, key_share=True).execution_options(populate_existing=True)


def _nobody_asked(session: Session, touch: m.Touch) -> bool:
    """Looked at again now that it is held."""
    open_rows = select(m.OperatorCall.id).where(m.OperatorCall.touch_id == touch.id, m.OperatorCall.over_at.is_(None))
    return session.scalar(open_rows) is None


def _next(session: Session, free: Free, now: Instant, passed: set[int]) -> tuple[int, int] | None:
    """One look into the small index of waiting calls for each turn, as `ledger.claim` does."""
    ready = (m.Touch.due_at <= now, m.Touch.not_after >= now + LEAD, m.Touch.id.not_in(passed))
    mine = (_OURS, *ready, *_not_again(free.operator.id, now))
    if free.campaigns is not None:
        mine = (*mine, m.Touch.campaign_id.in_(free.campaigns))
    promises = and_(m.Touch.priority == Turn.RAISED.value, m.Touch.kind == Kind.CALLBACK.value)
    for turn in (promises, *(m.Touch.priority == turn.value for turn in Turn)):
        query = select(m.Touch.id, m.Touch.contact_id).where(*mine, turn)
        row = session.execute(query.order_by(m.Touch.due_at, m.Touch.contact_id, m.Touch.step).limit(1)).first()
        if row:
            return row[0], row[1]
    return None


def _not_again(operator: int, now: Instant) -> tuple[ColumnElement[bool], ...]:
    """Nobody is asked about it now, and this colleague did not say no. Where we do not know whether their phone rang
    (no `provider_id`) they are not rung for it a second time."""
    call = m.OperatorCall
    unknown = and_(call.state == "missed", or_(call.provider_id.is_(None), call.over_at > now - AGAIN))
    said_no = or_(call.state == "declined", unknown)
    theirs = select(call.id).where(call.touch_id == m.Touch.id, call.operator_id == operator, said_no)
    return ~select(call.id).where(*_ASKED).exists(), ~theirs.exists()


def any_due(session: Session, now: Instant) -> bool:
    """Asked each second, without a lock."""
    return session.scalar(select(m.Touch.id).where(_OURS, m.Touch.due_at <= now).limit(1)) is not None


def soon(session: Session, now: Instant, seconds: int) -> bool:
    """Will somebody want a colleague within so many seconds?"""
    ahead = (m.Touch.due_at > now, m.Touch.due_at <= now + seconds)
    return session.scalar(select(m.Touch.id).where(_OURS, *ahead).limit(1)) is not None


def too_late(world: World, now: Instant) -> int:
    """No colleague was free in its time: a fresh decision finds the next one."""
    late = (_OURS, m.Touch.due_at <= now, m.Touch.not_after < now + LEAD)
    unasked = ~select(m.OperatorCall.id).where(*_ASKED).exists()
    with world.db.read() as session:
        query = select(m.Touch.id, m.Touch.contact_id).where(*late, unasked)
        found = session.execute(query.order_by(m.Touch.due_at).limit(MOST_LATE)).tuples().all()
    return sum(world.db.attempt(partial(_expire, world, id, contact, now)) for id, contact in found)


def _expire(world: World, id: int, contact: int, now: Instant, session: Session) -> bool:
    cases.lock(session, [contact])
    touch = session.scalars(_held(id)).one_or_none()
    if touch is None or touch.not_after >= now + LEAD or not _nobody_asked(session, touch):
        return False
    ledger.move(session, touch, "expired", now=now, who=WHO, why="no colleague was free in its time")
    if touch.enrolment_id:
        plan.decide_again(world, session, touch.enrolment_id, now, caused_by=touch.caused_by)
    return True
