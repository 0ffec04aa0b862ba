"""What did the providers answer, and is it written down whatever is wrong with one of the answers?"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import Accepted, Answer
from opportune import faults
from opportune.rules.facts import Channel, Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.db import gave_way
from opportune.work import cases, posting, react, reputation, stopping
from opportune.work.world import World

log = logging.getLogger(__name__)


def record(world: World, going: posting.Going, answers: Sequence[Answer]) -> list[str]:
    """Write the answers down. Returns the calls to cancel: who said no meanwhile, or would be dialled too late."""
    unwanted = world.db.attempt(lambda session: record_in(world, session, going, answers))
    faults.point("record.committed")
    return unwanted


def record_in(world: World, session: Session, going: posting.Going, answers: Sequence[Answer]) -> list[str]:
    now = world.clock.now()
    cases.lock(session, [touch.contact_id for touch, _ in going])
    ids = [touch.id for touch, _ in going]
    touches = {t.id: t for t in session.scalars(select(m.Touch).where(m.Touch.id.in_(ids)).with_for_update())}
    given = [(touches[id], answer) for id, answer in zip(ids, answers, strict=True)]
    _learn(world, session, [(t, words, a) for (t, a), (_, words) in zip(given, going, strict=True)], now)
    if not _understood(world, session, given, now):
        for each in given:
            if not _understood(world, session, [each], now):
                _doubt(session, *each, now)
    unwanted = _call_off(world, session, given, now)
    faults.point("record.written")
    return unwanted


def _learn(world: World, session: Session, given: reputation.Given, now: Instant) -> None:
    """A defect here must not take the answers themselves with it."""
    try:
        with session.begin_nested():
            reputation.heard(world, session, given, now)
    except Exception as error:
        if gave_way(error):
            raise
        log.exception("What answers say of our senders cannot be recorded")
        session.expire_all()


def _understood(world: World, session: Session, given: Sequence[tuple[m.Touch, Answer]], now: Instant) -> bool:
    """Let the answers act. One that cannot be recorded, a defect of ours, must not take the others with it."""
    try:
        with session.begin_nested():
            react.all_answered(world, session, given, now)
    except Exception as error:
        if gave_way(error):
            raise
        log.exception("Answers of touches %s cannot be recorded together", [touch.key for touch, _ in given])
        session.expire_all()
        return False
    return True


def _doubt(session: Session, touch: m.Touch, answer: Answer, now: Instant) -> None:
    if touch.state == "sending":
        why = f"its answer could not be recorded: {answer}"
        ledger.move(session, touch, "uncertain", now=now, who="dispatcher", why=why)


def _call_off(world: World, session: Session, given: Sequence[tuple[m.Touch, Answer]], now: Instant) -> list[str]:
    placed = [(t, a) for t, a in given if t.channel == "call" and isinstance(a, Accepted)]
    if not placed:
        return []
    contacts = session.scalars(select(m.Contact).where(m.Contact.id.in_([t.contact_id for t, _ in placed]))).all()
    said_no = cases.suppressed(world, session, contacts, Channel.CALL)
    sids = []
    for touch, answer in placed:
        if touch.contact_id in said_no or now + answer.queue_seconds > touch.not_after:
            if touch.state in ("sent", "ringing"):
                why = "said no, or too late to dial"
                ledger.move(
                    session, touch, "cancel_requested", now=now, who="dispatcher", why=why, **stopping.asking(now)
                )
            sids.append(answer.provider_id)
    return sids
