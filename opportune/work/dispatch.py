"""What is due now, and off it goes: claim, gate, commit, send once, record.

Never more touches in `sending` than open connections, so a kill leaves at most that many uncertain. No retries here:
another try is a new row.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import Accepted, Answer, CallOrder, Refused
from opportune import faults
from opportune.rules.facts import Channel, Instant
from opportune.store import ledger, pacing
from opportune.store import models as m
from opportune.store.db import gave_way
from opportune.store.ledger import Claimed
from opportune.work import cases, gate, posting, react, reputation, stopping
from opportune.work.world import World

CLAIM = 64  # mails claimed at once: far fewer than can be sent within a lease
LINES = 8  # calls asked for at once
PACE = "calls"
TOO_LATE = Refused("", "its moment passed before the first byte", permanent=False, scope="sender", phase="late")

log = logging.getLogger(__name__)


@dataclass
class Sent:
    """What one pass did."""

    claimed: int = 0
    sent: int = 0
    refused: int = 0
    uncertain: int = 0
    held_back: int = 0

    def count(self, claimed: int, answers: Sequence[Answer]) -> None:
        self.claimed += claimed
        self.held_back += claimed - len(answers)
        self.sent += sum(isinstance(a, Accepted) for a in answers)
        self.refused += sum(isinstance(a, Refused) for a in answers)
        self.uncertain = self.claimed - self.held_back - self.sent - self.refused

    def add(self, other: Sent) -> None:
        for name, number in vars(other).items():
            setattr(self, name, getattr(self, name) + number)


def never() -> bool:
    return False


def mails(
    world: World,
    *,
    until: Instant,
    stop: Callable[[], bool] = never,
    only_requested: bool = False,
    newest: int | None = None,
) -> Sent:
    """Send all mail that is due, until `until` (UTC) or `stop()`. What is left moves to its next slot.

    `newest`: only touches planned up to this id, so that a pass does not depend on what happens beside it.
    """
    total = Sent()
    while not stop() and world.clock.now() <= until:
        with world.db.write() as session:
            now = world.clock.now()  # waiting for the lock takes time too, and the lease begins now
            claimed = ledger.claim(
                session, "email", now, world.owner, limit=CLAIM, only_requested=only_requested, newest=newest
            )
        for group in posting.groups(world, claimed):
            if stop():  # what stays claimed goes back when its lease is over: nothing left the machine
                return total
            total.count(len(group), _send(world, group))
        if len(claimed) < CLAIM:  # that was all
            break
    return total


def next_mail(world: World) -> Instant | None:
    """When is the next planned mail due? One that waits for its turn is due within its slot."""
    with world.db.read() as session:
        return ledger.next_due(session).get("email")


def requested(world: World, stop: Callable[[], bool] = never) -> Sent:
    """Mail that a person just asked for: at once, zone or not."""
    return mails(world, until=world.clock.now() + 60, stop=stop, only_requested=True)


def _send(world: World, group: Sequence[Claimed]) -> list[Answer]:
    going = _pass(world, group)
    answers = world.run(posting.send(world, going)) if going else []
    _record(world, going, answers)
    return answers


def calls(world: World, stop: Callable[[], bool] = never) -> Sent:
    """Place the calls that are due, no faster than our pace; one pass."""
    total = Sent()
    while not stop():
        claimed, want = _claim_calls(world)
        if claimed:
            total.count(len(claimed), _place(world, claimed))
        if len(claimed) < LINES or want < LINES:  # nothing more is due, or the pace is used up
            break
    return total


def _place(world: World, claimed: Sequence[Claimed]) -> list[Answer]:
    going = _pass(world, claimed)
    orders = [_order(world, touch, words) for touch, words in going]
    with ThreadPoolExecutor(LINES) as lines:
        answers = list(lines.map(world.carrier.place, orders))
    for sid in _record(world, going, answers):
        faults.point("record.cancel")
        world.carrier.cancel(sid)
    return answers


def _claim_calls(world: World) -> tuple[list[Claimed], int]:
    """What may be placed now, and how many our pace would have allowed."""
    rate = world.settings.calls_per_second
    with world.db.write() as session:
        bucket = pacing.filled(session, PACE, rate=rate, burst=max(1, int(rate)), now=world.clock.exact())
        want = min(LINES, int(bucket.tokens))
        with session.no_autoflush:
            claimed = ledger.claim(session, "call", world.clock.now(), world.owner, limit=want) if want else []
        bucket.tokens -= len(claimed)
    return claimed, want


def _order(world: World, touch: m.Touch, words: m.PreparedMessage) -> CallOrder:
    base = f"{world.settings.public_url.rstrip('/')}/voice/{touch.token}"
    return CallOrder(
        to=words.recipient or "",
        caller=world.settings.twilio_caller,
        url=base,
        status_url=f"{base}/status",
        fallback_url=f"{base}/sorry",
        voicemail=touch.voicemail,
    )


def _pass(world: World, group: Sequence[Claimed]) -> gate.Going:
    """The point of no return, committed before the first byte."""
    faults.point("claim.committed")
    going = world.db.attempt(lambda session: gate.pass_through(world, session, group, world.clock.now()))
    faults.point("gate.committed")
    return _in_time(world, going)


def _in_time(world: World, going: gate.Going) -> gate.Going:
    """Asked again right before the first byte: between the gate's commit and now a laptop may have slept for hours."""
    now = world.clock.now()
    late = [each for each in going if each[0].kind != "requested" and now > each[0].not_after]
    if late:
        _record(world, late, [TOO_LATE] * len(late))
    return [each for each in going if each not in late]


def _record(world: World, going: gate.Going, answers: Sequence[Answer]) -> list[str]:
    """Write the answers down. Returns the calls to cancel: who said no meanwhile, or would be dialled too late."""
    unwanted = world.db.attempt(lambda session: _record_in(world, session, going, answers))
    faults.point("record.committed")
    return unwanted


def _record_in(world: World, session: Session, going: gate.Going, answers: Sequence[Answer]) -> list[str]:
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
