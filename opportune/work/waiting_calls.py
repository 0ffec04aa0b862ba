"""Which call is next for this colleague?

A promise first (C4), then the order of work (B8). Only what is due now and has time left in its window: a colleague's
phone rings and a briefing is heard before the person is dialled. What nobody took in its time is decided anew.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import Select, and_, false, func, select
from sqlalchemy.orm import Session

from opportune.rules.facts import HOUR, Instant, Kind
from opportune.rules.familiarity import Turn
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.store.models.touches import CALL_WAITS
from opportune.work import cases, gate, plan
from opportune.work.operators import Free
from opportune.work.world import World

LEAD = 60  # seconds from a colleague's ring until the person is dialled
SHIFT = 12 * HOUR  # of a colleague: what they did before is another day's
AGAIN = 5 * 60  # seconds until a colleague who did not pick up is rung for the same person again
TRIES = 5  # looks for a call that may really leave
MOST_LATE = 50
WHO = "operator-first"
_OURS = and_(CALL_WAITS, m.Touch.automated == false())
_ASKED = (m.OperatorCall.touch_id == m.Touch.id, m.OperatorCall.over_at.is_(None))


def offer(world: World, session: Session, free: Free, now: Instant) -> m.Touch | None:
    """The next call for this colleague, held, and looked at by the gate: nobody is rung in vain."""
    passed: set[int] = set()
    tired = _tired(world, session, now)
    for _ in range(TRIES):
        found = _next(session, free, now, passed, tired)
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


#: Nobody is asked about it now, and this colleague did not say no. Where we do not know whether their phone rang (no
#: `provider_id`) they are not rung for it a second time.
_NEXT = f"""
  SELECT id, contact_id FROM touch WHERE {CALL_WAITS} AND automated = FALSE AND priority = ? AND due_at <= ?
    AND not_after >= ? AND NOT (id = ANY(?)) AND (? OR campaign_id = ANY(?))
    AND NOT EXISTS (SELECT 1 FROM operator_call o WHERE o.touch_id = touch.id AND o.over_at IS NULL)
    AND NOT EXISTS (
      SELECT 1 FROM operator_call o WHERE o.touch_id = touch.id AND o.operator_id = ? AND (o.state = 'declined'
        OR o.state = 'missed' AND (o.provider_id IS NULL OR o.over_at > ?)))"""
_SUITS = "CASE WHEN c.owner_id = {} THEN 2 ELSE 0 END + CASE WHEN substr(c.language, 1, 2) = {} THEN 1 ELSE 0 END"
#: Another one who is free now looks after this person, or speaks their language, did not let the call pass (B9) and has
#: not made enough of them for today (E10).
_BETTER = f"""
  SELECT 1 FROM contact c JOIN operator o ON o.active AND NOT o.house AND o.on_duty_since IS NOT NULL
  WHERE c.id = touch.contact_id AND o.id <> ? AND NOT (o.id = ANY(?))
    AND {_SUITS.format("o.id", "o.language")} > {_SUITS.format("?", "?")}
    AND NOT EXISTS (SELECT 1 FROM operator_call k WHERE k.operator_id = o.id
      AND (k.over_at IS NULL OR k.touch_id = touch.id AND k.state IN ('declined', 'missed')))"""
_ORDER = "ORDER BY due_at, contact_id, step LIMIT 1"
_PROMISED = f"{_NEXT} AND NOT EXISTS ({_BETTER}) AND kind = '{Kind.CALLBACK.value}' {_ORDER}"
_ANY = f"{_NEXT} AND NOT EXISTS ({_BETTER}) {_ORDER}"


def _tired(world: World, session: Session, now: Instant) -> list[int]:
    """E10: about a third of cold calls meet hostility, so nobody makes them all day. A number that stands in for a team
    is no person who tires. Nobody is counted where no cold call is due."""
    most, cold = world.settings.cold_calls_per_colleague, m.Touch.priority == Turn.COLD.value
    due = select(m.Touch.id).where(_OURS, cold, m.Touch.due_at <= now).limit(1)
    if not most or session.scalar(due) is None:
        return []
    calls, people = m.OperatorCall, select(m.Operator.id).where(~m.Operator.house)
    # only the last rows by id, so that years of calls cost nothing; nobody is rung or waits on the line for an hour
    old = select(func.max(calls.id)).where(calls.created_at <= now - SHIFT - HOUR).scalar_subquery()
    today = (calls.id > func.coalesce(old, 0), calls.accepted_at > now - SHIFT, calls.operator_id.in_(people), cold)
    made = select(calls.operator_id).join(m.Touch, m.Touch.id == calls.touch_id).where(*today)
    return list(session.scalars(made.group_by(calls.operator_id).having(func.count() >= most)))


def _next(session: Session, free: Free, now: Instant, passed: set[int], tired: list[int]) -> tuple[int, int] | None:
    """One look into the small index of waiting calls for each turn, as `ledger.claim` does."""
    bulk, campaigns = Bulk(session), list(free.campaigns or ())
    mine = free.operator.id
    ready = (now, now + LEAD, list(passed), free.campaigns is None, campaigns, mine, now - AGAIN)
    turns = (turn for turn in Turn if not (turn is Turn.COLD and mine in tired))
    for query, turn in ((_PROMISED, Turn.RAISED), *((_ANY, turn) for turn in turns)):
        better = (mine, tired if turn is Turn.COLD else [], mine, free.operator.language[:2])
        for id, contact in bulk.rows(query, turn.value, *ready, *better):
            return id, contact
    return None


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
