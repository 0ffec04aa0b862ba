"""Whose phone rings first? A colleague's: the person is dialled only once a colleague has heard who it is and accepts.

One row says which colleague is asked about which call; it is committed before the colleague's phone rings, and two
colleagues never have the same one. The call itself stays planned meanwhile: what the colleague's line then says and
hears is `operator_line`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from channels.base import Accepted, Answer, CallOrder, Refused, Unknown
from opportune.rules.facts import HOUR, Instant
from opportune.store import models as m
from opportune.store import notes
from opportune.work import carrier_says, operator_rows, operators, pace, waiting_calls
from opportune.work.dispatch import LINES, never
from opportune.work.gate import KILL_SWITCH
from opportune.work.operators import Free
from opportune.work.talks import TALK_LIMIT
from opportune.work.world import World

RING = 20  # seconds a colleague's phone rings (B9)
LINE_LIMIT = 4 * HOUR  # a colleague may take one call after the other on one line
Asked = tuple[int, CallOrder, float]  # the row, the ring, and its turn
SILENT = {"ringing": 120, "briefed": 120, "waiting": 120, "accepted": TALK_LIMIT + 180}  # seconds without a word


@dataclass
class Rung:
    """What one pass did. `late`: calls that no colleague took in their time."""

    rung: int = 0
    refused: int = 0
    unknown: int = 0
    late: int = 0

    def count(self, answers: Sequence[Answer]) -> None:
        self.rung += sum(isinstance(answer, Accepted) for answer in answers)
        self.refused += sum(isinstance(answer, Refused) for answer in answers)
        self.unknown += sum(isinstance(answer, Unknown) for answer in answers)


def ring(world: World, stop: Callable[[], bool] = never) -> Rung:
    """Ring a free colleague for each call that is due, no faster than our pace; one pass. Harmless beside another."""
    done, now = Rung(), world.clock.now()
    with world.db.read() as session:
        silent = session.scalars(_silent(now)).all()
        due = waiting_calls.any_due(session, now) and not notes.get_in(session, KILL_SWITCH)
    for id in silent:
        world.db.attempt(partial(_swept, id, now))
    if due and not stop():
        done.late = waiting_calls.too_late(world, now)
        asked = _ask(world, now)
        with ThreadPoolExecutor(LINES) as lines:
            answers = list(lines.map(partial(_place, world), asked))
        done.count(answers)
        _record(world, [(id, answer) for (id, *_), answer in zip(asked, answers, strict=True)])
    return done


def _ask(world: World, now: Instant) -> list[Asked]:
    """One row for each colleague who is rung now, each by a short commit of its own. Before the first ring it is known
    that they are asked."""
    each = (world.db.attempt(partial(_ask_one, world, id)) for id in operators.resting(world, now)[:LINES])
    return [asked for asked in each if asked]


def _ask_one(world: World, id: int, session: Session) -> Asked | None:
    now = world.clock.now()
    colleague = operators.free(world, session, id)
    if colleague is None or not pace.room(world, session, 1):
        return None
    touch = waiting_calls.offer(world, session, colleague, now)
    if touch is None:
        return None
    [turn] = pace.turns(world, session, 1)
    return (*_row(world, session, colleague, touch, now), turn)


def _row(world: World, session: Session, free: Free, touch: m.Touch, now: Instant) -> tuple[int, CallOrder]:
    row = operator_rows.opened(session, free.operator.id, touch.id, "ringing", now)
    base = f"{world.settings.public_url.rstrip('/')}/voice/operator/{row.token}"
    order = CallOrder(
        to=free.operator.phone or "",
        caller=world.settings.twilio_caller,
        url=base,
        status_url=f"{base}/status",
        fallback_url=f"{base}/sorry",
        detect=False,
        ring_seconds=RING,
        time_limit=LINE_LIMIT,
    )
    return row.id, order


def _place(world: World, asked: Asked) -> Answer:
    """A laptop that was closed in between rings nobody when it wakes at night."""
    _, order, turn = asked
    return pace.place(world, order, turn, int(turn) + waiting_calls.LEAD)


def _record(world: World, answers: Sequence[tuple[int, Answer]]) -> None:
    """What the carrier said. Unknown: the phone may be ringing, so the row stays until its end is told, or for two
    minutes; nobody rings that colleague for that person again."""
    now = world.clock.now()
    for id, answer in answers:
        with world.db.write() as session:
            row = operator_rows.held(session, id)
            if isinstance(answer, Accepted):
                row.provider_id = row.provider_id or answer.provider_id
            elif row.over_at is not None:  # its end was told before the answer came
                continue
            elif isinstance(answer, Refused):
                _refused(session, row, answer, now)
            else:
                row.why = answer.detail[:500]


def _refused(session: Session, row: m.OperatorCall, answer: Refused, now: Instant) -> None:
    """What it says of our account and pace holds for every call."""
    operator_rows.close(session, row, "missed", answer.told, now, refused=answer)
    colleague, touch = session.get_one(m.Operator, row.operator_id), session.get_one(m.Touch, row.touch_id)
    if answer is not pace.TOO_LATE:
        carrier_says.refused(session, touch, colleague.phone or "", answer, now)


def _silent(now: Instant) -> Select[tuple[int]]:
    """Of these no word came for so long that none will come."""
    call = m.OperatorCall
    over = [(call.state == state) & (call.moved_at < now - seconds) for state, seconds in SILENT.items()]
    return select(call.id).where(call.over_at.is_(None), or_(*over)).order_by(call.id).limit(50)


def _swept(id: int, now: Instant, session: Session) -> None:
    row = operator_rows.held(session, id)
    if row.over_at is None and row.moved_at < now - SILENT[row.state]:
        operator_rows.leg_over(session, row, "silence", now)
