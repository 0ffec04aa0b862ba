"""What did the providers answer, and is it written down whatever is wrong with one of the answers?"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy.orm import Session

from channels.base import Accepted, Answer
from opportune import faults
from opportune.rules.facts import Channel, Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.store.db import AWAY, gave_way
from opportune.work import cases, posting, react, reputation, stopping
from opportune.work.world import World

T = TypeVar("T")
OPEN = ("sending", "uncertain")  # a mail that is neither was written down before: its server's word counts once
log = logging.getLogger(__name__)


def record(world: World, going: posting.Going, answers: Sequence[Answer]) -> list[str]:
    """Write the answers down. Returns the calls to cancel: who said no meanwhile, or would be dialled too late.

    All together first; where that fails, by a defect of ours, once more, each on its own.
    """
    try:
        unwanted = world.db.attempt(lambda session: record_in(world, session, going, answers))
    except AWAY:
        raise
    except Exception as error:
        if gave_way(error):
            raise
        log.exception("Answers of touches %s cannot be recorded together", [touch.key for touch, _ in going])
        unwanted = world.db.attempt(lambda session: record_in(world, session, going, answers, apart=True))
    faults.point("record.committed")
    return unwanted


def record_then(world: World, answered: posting.Answered, people: Sequence[int], act: Callable[[Session], T]) -> T:
    """The answers of a group of mails, and what comes next, about these people, in one commit. Each by itself where a
    server said no (its counts are locked in another order), and where the two fail together."""

    def both(session: Session) -> T:
        cases.lock(session, [*(touch.contact_id for touch, _ in answered[0]), *people])
        record_in(world, session, *answered)
        return act(session)

    if answered[0]:
        try:
            if all(isinstance(answer, Accepted) for answer in answered[1]):
                return world.db.attempt(both)
        except Exception:
            log.exception("What was answered and what comes next cannot be written together")
        record(world, *answered)
    return world.db.attempt(act)


def record_in(
    world: World, session: Session, going: posting.Going, answers: Sequence[Answer], *, apart: bool = False
) -> list[str]:
    """`apart`: what cannot be recorded does not take the others with it."""
    now = world.clock.now()
    cases.lock(session, [touch.contact_id for touch, _ in going])
    ids = [touch.id for touch, _ in going]
    touches = {t.id: t for t in Bulk(session).objects(m.Touch, "WHERE id = ANY(?) FOR UPDATE", ids)}
    given = [(touches[id], answer) for id, answer in zip(ids, answers, strict=True)]
    heard = [(t, w, a) for (t, a), (_, w) in zip(given, going, strict=True) if t.channel == "call" or t.state in OPEN]
    if apart:
        _by_itself(session, "what they say of our senders", lambda: reputation.heard(world, session, heard, now))
        for touch, answer in given:
            _one_by_itself(world, session, touch, answer, now)
    else:
        reputation.heard(world, session, heard, now)
        react.all_answered(world, session, given, now)
    unwanted = _call_off(world, session, given, now)
    faults.point("record.written")
    return unwanted


def _one_by_itself(world: World, session: Session, touch: m.Touch, answer: Answer, now: Instant) -> None:
    if not _by_itself(session, touch.key, lambda: react.all_answered(world, session, [(touch, answer)], now)):
        _doubt(session, touch, answer, now)


def _by_itself(session: Session, what: str, act: Callable[[], None]) -> bool:
    """Undone alone, should it fail."""
    try:
        with session.begin_nested():
            act()
    except Exception as error:
        if gave_way(error):
            raise
        log.exception("This cannot be recorded: %s", what)
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
    contacts = Bulk(session).objects(m.Contact, "WHERE id = ANY(?)", [t.contact_id for t, _ in placed])
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
