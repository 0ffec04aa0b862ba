"""What is due now, and off it goes: claim, gate, commit, send once, record.

Never more touches in `sending` than open connections, so a kill leaves at most that many uncertain. No retries here:
another try is a new row.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from channels import detection
from channels.base import Accepted, Answer, CallOrder, Refused
from opportune import faults
from opportune.rules.facts import Instant
from opportune.store import ahead, ledger, pacing
from opportune.store import models as m
from opportune.store.ledger import Claimed
from opportune.work import gate, numbers, open_lines, pace, posting, recording
from opportune.work.open_lines import Asked
from opportune.work.world import World

CLAIM = 128  # mails claimed at once: far fewer than can be sent within a lease
LINES = 8  # connections to the carrier: no more calls are in `sending`
GROUP = 2  # calls that pass the gate together: the next ones need not wait for a slow answer
SOON = 0.25  # seconds before its turn that a call passes the gate
RING = {"voicemail": 40, "person": 25}  # seconds; a machine picks up after about twenty
NOBODY: posting.Answered = (), ()

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
) -> Sent:
    """Send all mail that is due, until `until` (UTC) or `stop()`. What is left moves to its next slot."""

    claim = partial(_claim_mails, world, only_requested)

    def in_time() -> bool:
        return not stop() and world.clock.now() <= until

    total, before = Sent(), NOBODY
    try:
        due = world.db.attempt(claim) if in_time() else ()
        while due:
            claimed, due = due, ()
            groups = list(posting.groups(world, claimed))
            for group in groups:
                if stop():
                    break  # what stays claimed goes back when its lease is over: nothing left us
                full = group is groups[-1] and len(claimed) == CLAIM
                before, due = _send(world, group, before, claim if full and in_time() else None)
                total.count(len(group), before[1])
    except Exception:
        _write_down(world, before)
        raise
    _write_down(world, before)
    return total


def _claim_mails(world: World, only_requested: bool, session: Session) -> Sequence[Claimed]:
    now = world.clock.now()  # waiting for the lock takes time too, and the lease begins now
    return ledger.claim(session, "email", now, world.owner, limit=CLAIM, only_requested=only_requested)


def _write_down(world: World, before: posting.Answered) -> None:
    """What the last group was answered; once more changes nothing."""
    if before[0]:
        recording.record(world, *before)


def next_mail(world: World) -> Instant | None:
    """When is the next planned mail due? One that waits for its turn is due within its slot."""
    with world.db.read() as session:
        return ahead.next_due(session).get("email")


def requested(world: World, stop: Callable[[], bool] = never) -> Sent:
    """Mail that a person just asked for: at once, zone or not."""
    return mails(world, until=world.clock.now() + 60, stop=stop, only_requested=True)


def _send(
    world: World,
    group: Sequence[Claimed],
    before: posting.Answered,
    claim: Callable[[Session], Sequence[Claimed]] | None,
) -> tuple[posting.Answered, Sequence[Claimed]]:
    """Offered once; what was answered is written down with the mark of the next group, and the mark of the last one
    claims others: each commit costs as much as some mails."""
    due: Sequence[Claimed] = ()

    def mark(session: Session) -> gate.Going:
        nonlocal due
        going = gate.pass_through(world, session, group, world.clock.now())
        due = claim(session) if claim else ()
        return going

    people = [each.contact_id for each in group]
    going = _pass(world, lambda: recording.record_then(world, before, people, mark))
    return (going, world.run(posting.send(world, going)) if going else []), due


def calls(world: World, stop: Callable[[], bool] = never) -> Sent:
    """Place the calls that are due, no faster than our pace, until none is due or its turn is far. While some are asked
    for the next ones are made ready, so that no turn is lost."""
    total, asked, wrong = Sent(), list[Asked](), list[Exception]()
    with ThreadPoolExecutor(LINES) as lines:
        try:
            while not (wrong or stop()) and _ask_or_wait(world, lines, asked):
                wrong += open_lines.settle(world, asked, total.count)
        except Exception as error:
            wrong.append(error)
        while asked:  # whatever broke: what the carrier answers on the other lines is written down
            open_lines.answered(asked)
            wrong += open_lines.settle(world, asked, total.count)
    if wrong:
        raise wrong[0]
    return total


def _ask_or_wait(world: World, lines: ThreadPoolExecutor, asked: list[Asked]) -> bool:
    """Ask for the next calls, or wait for an answer or a turn. False: nothing more is due."""
    turn = _next_turn(world)
    far = turn - world.clock.exact() - pace.AHEAD
    if far <= 0 and len(asked) < max(1, LINES // GROUP):
        world.clock.wait_until(turn - SOON)
        claimed, want = _claim_calls(world)
        if claimed:
            asked.append(_ask(world, lines, claimed))
        return len(claimed) >= want
    if asked:
        open_lines.answered(asked, far if far > 0 else None)
        return True
    return _comes(world, turn)


def _next_turn(world: World) -> float:
    with world.db.read() as session:
        return pacing.next_turn(session, pace.PACE, world.clock.exact())


def _comes(world: World, turn: float) -> bool:
    """Wait for a turn that others have left us; False: it is far, or time stands still."""
    before = world.clock.exact()
    if turn - before < 2 * pace.AHEAD:
        world.clock.wait_until(turn - pace.AHEAD / 2)
    return world.clock.exact() > before


def _claim_calls(world: World) -> tuple[list[Claimed], int]:
    """Those that may have a turn soon, and how many turns there are."""
    with world.db.write() as session:
        want = pace.room(world, session, min(GROUP, LINES))
        with session.no_autoflush:
            return ledger.claim(session, "call", world.clock.now(), world.owner, limit=want) if want else [], want


def _ask(world: World, lines: ThreadPoolExecutor, claimed: Sequence[Claimed]) -> Asked:
    """The point of no return for each that may leave; then each at its turn, and while our lease lasts: should nobody
    answer, the carrier's list is searched for a call of about now."""
    ready: dict[int, tuple[CallOrder, float, Instant]] = {}

    def gated(session: Session) -> gate.Going:
        now = world.clock.now()
        going = gate.pass_through(world, session, claimed, now)
        turns = pace.turns(world, session, len(going))
        ready.update(
            {
                t.id: (_order(world, session, t, words, now), at, min(t.not_after, now + ledger.LEASE))
                for (t, words), at in zip(going, turns, strict=True)
            }
        )
        return going

    going = _pass(world, lambda: world.db.attempt(gated))
    return len(claimed), going, [lines.submit(pace.place, world, *ready[touch.id]) for touch, _ in going]


def _order(world: World, session: Session, touch: m.Touch, words: m.PreparedMessage, now: Instant) -> CallOrder:
    base = f"{world.settings.public_url.rstrip('/')}/voice/{touch.token}"
    purpose = "voicemail" if touch.voicemail else "person"
    country = session.get_one(m.Contact, touch.contact_id).country
    words.sender = numbers.caller_for(world, session, touch, country, now)
    return CallOrder(
        to=words.recipient or "",
        caller=words.sender,
        url=base,
        status_url=f"{base}/status",
        fallback_url=f"{base}/sorry",
        voicemail=touch.voicemail,
        detection=detection.of(detection.read(world.settings.detection), country, purpose),
        ring_seconds=RING[purpose],
    )


def _pass(world: World, mark: Callable[[], gate.Going]) -> gate.Going:
    """The point of no return, committed before the first byte."""
    faults.point("claim.committed")
    going = mark()
    faults.point("gate.committed")
    return _in_time(world, going)


def _in_time(world: World, going: gate.Going) -> gate.Going:
    """Asked again right before the first byte: between the gate's commit and now a laptop may have slept for hours."""
    now = world.clock.now()
    late = [each for each in going if each[0].kind != "requested" and now > each[0].not_after]
    if late:
        recording.record(world, late, [pace.TOO_LATE] * len(late))
    return [each for each in going if each not in late]
