"""What became of touches whose answer never came? Leases go back, doubtful ones are resolved, never sent again blindly.

A call is looked up at the carrier; a mail that nobody can find is treated as sent after a day. What a person just
asked for is the one exception: it is sent again under the same Message-ID, two transmissions at most.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.voice import CarrierUnreachable
from channels.voice_events import VoiceEvent
from opportune import faults
from opportune.rules.facts import HOUR, Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import calls, cases, plan, react
from opportune.work.world import World

CALL_DEADLINE, MAIL_DEADLINE = HOUR, 24 * HOUR
REQUESTED_AGAIN = 15 * 60
QUIET = 10 * 60  # a call without its last report after this many seconds is asked for


def reap(world: World) -> int:
    """Leases that are over."""
    with world.db.write() as session:
        reaped = ledger.reap(session, world.clock.now(), world.owner)
        faults.point("reap.written")
    return reaped


def uncertain(world: World) -> int:
    """Resolve what may have left; returns how many were resolved."""
    now = world.clock.now()
    with world.db.read() as session:
        doubtful = list(session.scalars(select(m.Touch).where(m.Touch.state == "uncertain").limit(200)))
    done = sum(_resolve_mail(world, t, now) for t in doubtful if t.channel != "call")
    try:
        return done + sum(_resolve_call(world, t, now) for t in doubtful if t.channel == "call")
    except CarrierUnreachable:  # knowing nothing is not knowing that it was not placed; waiting for each holds calls up
        return done


def _resolve_call(world: World, touch: m.Touch, now: Instant) -> bool:
    """The carrier's list knows it, by number and time: nothing else of ours rang this number in that minute."""
    with world.db.read() as session:
        words = session.get(m.PreparedMessage, touch.id)
    found = world.carrier.find(words.recipient, (touch.sending_at or now) - 60) if words and words.recipient else []
    with world.db.write() as session:
        mine = _held(session, touch)
        if mine.state != "uncertain":
            return False
        if free := [call for call in found if not _bound(session, call.sid)]:
            sent = {"provider": calls.PROVIDER, "provider_id": free[0].sid, "sent_at": now, "settled_at": None}
            ledger.move(session, mine, "sent", now=now, who="reconciler", why="found at the carrier", **sent)
            unwanted = _said_no_since(world, session, mine, now)
            faults.point("reconcile.found")
        elif now - (mine.sending_at or now) < CALL_DEADLINE:
            return False
        else:
            ledger.move(session, mine, "not_sent", now=now, who="reconciler", why="the carrier knows no such call")
            if mine.enrolment_id:
                react.decide_at(session, [mine.enrolment_id], now + 24 * HOUR)  # no redial that day
            return True
    faults.point("reconcile.committed")
    if unwanted:
        world.carrier.cancel(free[0].sid)
    return True


def _said_no_since(world: World, session: Session, touch: m.Touch, now: Instant) -> bool:
    """Whoever opted out while we did not know of this call shall not be rung by it."""
    contact = session.get_one(m.Contact, touch.contact_id)
    if contact.id not in cases.suppressed(world, session, [contact]):
        return False
    why = "said no before the call was found"
    return ledger.move(session, touch, "cancel_requested", now=now, who="reconciler", why=why, settled_at=None)


def _held(session: Session, touch: m.Touch) -> m.Touch:
    """The touch as it is now, held with its person until the commit."""
    cases.lock(session, [touch.contact_id])
    return session.get_one(m.Touch, touch.id, with_for_update={"key_share": True})


def _bound(session: Session, sid: str) -> bool:
    return session.scalar(select(m.Touch.id).where(m.Touch.provider_id == sid)) is not None


def _resolve_mail(world: World, touch: m.Touch, now: Instant) -> bool:
    age = now - (touch.sending_at or now)
    with world.db.write() as session:
        mine = _held(session, touch)
        if mine.state != "uncertain":
            return False
        if mine.kind == "requested" and age >= REQUESTED_AGAIN and _transmitted(session, mine) < 2:
            ledger.move(
                session, mine, "not_sent", now=now, who="reconciler", why="asked for: sent again, same Message-ID"
            )
            react.try_again(world, session, mine, now, due_at=now)
            return True
        if age < MAIL_DEADLINE:
            return False
        ledger.move(session, mine, "assumed_sent", now=now, who="reconciler", why="a day without proof")
        if mine.enrolment_id:
            react.decide_at(session, [mine.enrolment_id], now)
        return True


def _transmitted(session: Session, mine: m.Touch) -> int:
    """How often this mail may have left, by its Message-ID: two transmissions at most."""
    doubts = select(func.count(m.TouchEvent.id)).join(m.Touch, m.Touch.id == m.TouchEvent.touch_id)
    return session.scalar(doubts.where(m.Touch.message_id == mine.message_id, m.TouchEvent.now == "uncertain")) or 0


def missing(world: World) -> int:
    """Calls whose last report never came are asked for at the carrier."""
    now = world.clock.now()
    where = (m.Touch.channel == "call", m.Touch.state.in_(("sent", "ringing", "answered", "cancel_requested")))
    with world.db.read() as session:
        silent = list(session.scalars(select(m.Touch).where(*where, m.Touch.sent_at < now - QUIET).limit(200)))
    return _ask(world, silent, now)


def _ask(world: World, silent: Sequence[m.Touch], now: Instant) -> int:
    done = 0
    for touch in silent:
        try:
            state = world.carrier.fetch(touch.provider_id or "")
        except CarrierUnreachable:
            break
        if state is None:
            continue
        key = f"poll:{state.sid}:{state.status}"
        event = VoiceEvent(state.sid, state.status, key, answered_by=state.answered_by, duration=state.duration)
        with world.db.write() as session:
            mine = _held(session, touch)
            before = mine.rank
            calls.progress(world, session, mine, event, now)
            done += mine.rank > before
    return done


def stuck(world: World) -> int:
    """An active enrolment with nothing planned and no decision ahead would be lost: it is decided again (B7).

    Not those who wait for somebody to mend their data: they are listed, and decided when their facts change.
    """
    now = world.clock.now()
    open_states = ("planned", "claimed", "sending", "sent", "ringing", "answered", "uncertain", "cancel_requested")
    busy = select(m.Touch.enrolment_id).where(m.Touch.state.in_(open_states), m.Touch.enrolment_id.is_not(None))
    of_this = select(m.Decision.verdict).where(m.Decision.enrolment_id == m.Enrolment.id)
    latest = of_this.order_by(m.Decision.id.desc()).limit(1).scalar_subquery()
    query = (
        select(m.Enrolment)
        .where(m.Enrolment.state == "active", m.Enrolment.decide_at.is_(None), m.Enrolment.id.not_in(busy))
        .where(latest != "held")
        .limit(plan.BATCH)
    )
    with world.db.write() as session:
        found = list(session.scalars(query))
        for enrolment in found:
            enrolment.decide_at = now
    return len(found)
