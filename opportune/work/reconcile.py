"""What became of touches whose answer never came? Leases go back, doubtful ones are resolved, never sent again blindly.

A call is looked up in the carrier's list at 30 seconds, 2, 10 and 60 minutes; a mail of which nothing is heard is
treated as sent after a day. What a person just asked for is the one exception: it is sent again under the same
Message-ID, two transmissions at most.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from functools import partial

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from channels.carrier import CarrierUnreachable
from channels.inbox import Unreadable
from opportune import faults
from opportune.rules.facts import HOUR, Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import call_doubts, calls, inbound, noes, plan, react, sent_copy
from opportune.work.call_doubts import AGAIN, CALL_LOOKS, held, next_look
from opportune.work.world import World

MAIL_DEADLINE = 24 * HOUR
MAIL_LOOKS = (120, 15 * 60, HOUR, MAIL_DEADLINE)
REQUESTED_AGAIN = 15 * 60
QUIET = 10 * 60  # a call without its last report after this many seconds is asked for
ASKS = 8  # so often a cancel is asked; after that the call is over, one way or the other
_DOUBTFUL = "WHERE state = 'uncertain' AND (look_at IS NULL OR look_at <= ?) ORDER BY sending_at, id LIMIT 200"


def reap(world: World) -> int:
    """Leases that are over. What a living owner holds is not touched, also at start-up."""
    now = world.clock.now()
    over = (m.Touch.state == "sending", m.Touch.lease_until < now)
    with world.db.write() as session:
        owners = session.scalars(select(m.Touch.lease_owner).where(*over).distinct())
        reaped = ledger.reap(session, now, world.owner, [owner for owner in owners if owner and _dead(owner)])
        faults.point("reap.written")
    return reaped


def _dead(owner: str) -> bool:
    """`live host:123`: a process of this machine that is no more. Of other machines only time can tell."""
    host, _, number = owner.rpartition(" ")[2].rpartition(":")
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:  # somebody else's process: it lives
        return False
    return False


def uncertain(world: World) -> int:
    """Resolve what may have left, where it is time to look; returns how many were resolved. Calls first: a mailbox that
    does not answer takes a minute."""
    now = world.clock.now()
    with world.db.read() as session:
        doubtful = Bulk(session).objects(m.Touch, _DOUBTFUL, now)
    done = _calls(world, [t for t in doubtful if t.channel == "call"], now)
    return done + _mails(world, [t for t in doubtful if t.channel != "call"], now)


def _calls(world: World, doubtful: Sequence[m.Touch], now: Instant) -> int:
    done, rung = 0, [touch for touch in doubtful if now - (touch.sending_at or now) >= CALL_LOOKS[0]]
    for place, touch in enumerate(rung):
        try:
            done += call_doubts.resolve(world, touch, now)
        except CarrierUnreachable:  # knowing nothing is not knowing that it was not placed
            _put_off(world, rung[place:], now)  # waiting for each of them would hold calls up
            break
    return done


def _put_off(world: World, touches: Sequence[m.Touch], now: Instant) -> None:
    mine = (m.Touch.id.in_([touch.id for touch in touches]), m.Touch.state == "uncertain")
    with world.db.write() as session:
        session.execute(update(m.Touch).where(*mine).values(look_at=now + AGAIN))


def cancels(world: World) -> int:
    """A cancel that nobody confirmed, or whose process died before it asked: the carrier is asked again."""
    now = world.clock.now()
    due = (m.Touch.state == "cancel_requested", m.Touch.provider_id.is_not(None), m.Touch.look_at <= now)
    with world.db.read() as session:
        asked = list(session.scalars(select(m.Touch).where(*due).order_by(m.Touch.look_at).limit(100)))
    for touch in asked:
        with world.db.write() as session:
            mine = held(session, touch)
            if mine.state == "cancel_requested":
                again = now + 2**touch.looks if touch.looks < ASKS else None
                ledger.annotate(
                    session, mine, now=now, who="reconciler", why="asked to cancel", look_at=again, looks=mine.looks + 1
                )
        world.carrier.cancel(touch.provider_id or "")
    return len(asked)


def _mails(world: World, doubtful: Sequence[m.Touch], now: Instant) -> int:
    """A mailbox that does not answer is asked no more in this pass: what somebody just asked for waits meanwhile."""
    done, answers = 0, True
    for touch in doubtful:
        copied = False
        if answers and now - (touch.sending_at or now) >= MAIL_LOOKS[0]:
            try:
                copied = sent_copy.kept(world, touch.message_id)
            except Unreadable:
                answers = False
        settle = partial(_settle_mail, world, touch=touch, copied=copied, now=now)
        done += world.db.attempt(settle)
    return done


def _settle_mail(world: World, session: Session, touch: m.Touch, copied: bool, now: Instant) -> bool:
    mine, age = held(session, touch), now - (touch.sending_at or now)
    if mine.state != "uncertain":
        return False
    if copied:
        why = "the mail server keeps a copy of it"
        ledger.move(session, mine, "sent", now=now, who="reconciler", why=why, sent_at=now, settled_at=None)
    elif age >= REQUESTED_AGAIN and owed(world, session, mine):
        ledger.move(session, mine, "not_sent", now=now, who="reconciler", why="asked for: sent again, same Message-ID")
        react.try_again(world, session, mine, now, due_at=now)
        return True
    elif age < MAIL_DEADLINE:  # a bounce, a reply or a report may still prove it: see inbox
        mine.look_at = next_look(mine, MAIL_LOOKS, now)
        return False
    else:
        ledger.move(session, mine, "assumed_sent", now=now, who="reconciler", why="a day without proof")
    react.decide_at(session, [mine.enrolment_id] if mine.enrolment_id else [], now)
    return True


def owed(world: World, session: Session, mine: m.Touch) -> bool:
    """A mail that a person just asked for, and wants still, leaves once more; two transmissions at most. How often it
    may have left is known by its Message-ID."""
    if mine.kind != "requested" or noes.since(world, session, mine):
        return False
    doubts = select(func.count(m.TouchEvent.id)).join(m.Touch, m.Touch.id == m.TouchEvent.touch_id)
    mine_too = (m.Touch.message_id == mine.message_id, m.TouchEvent.now == "uncertain")
    return (session.scalar(doubts.where(*mine_too)) or 0) < 2


def missing(world: World) -> int:
    """Calls whose last report never came are asked for at the carrier."""
    now = world.clock.now()
    where = (m.Touch.channel == "call", m.Touch.state.in_(("sent", "ringing", "answered", "cancel_requested")))
    with world.db.read() as session:
        query = select(m.Touch).where(*where, m.Touch.sent_at < now - QUIET).order_by(m.Touch.sent_at)
        silent = list(session.scalars(query.limit(200)))
    return _ask(world, silent, now) + inbound.missing(world)


def _ask(world: World, silent: Sequence[m.Touch], now: Instant) -> int:
    done = 0
    for touch in silent:
        try:
            state = world.carrier.fetch(touch.provider_id or "")
        except CarrierUnreachable:
            break
        event = calls.polled(touch, state, now)
        if event is None:
            continue
        with world.db.write() as session:
            mine = held(session, touch)
            before = mine.rank
            calls.progress(world, session, mine, event, now)
            done += mine.rank > before
    return done


def stuck(world: World) -> int:
    """An active enrolment with nothing planned and no decision ahead would be lost: it is decided again (B7).

    Not those who wait for somebody to mend their data: they are listed, and decided when their facts change.
    """
    now = world.clock.now()
    under_way = m.Touch.state.in_(("planned", "claimed", "sending", "uncertain"))
    reports = ("sent", "ringing", "answered", "cancel_requested")  # of a call one still comes; of a mail none need
    ringing = and_(m.Touch.channel == "call", m.Touch.state.in_(reports))
    busy = select(m.Touch.enrolment_id).where(or_(under_way, ringing), m.Touch.enrolment_id.is_not(None))
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
