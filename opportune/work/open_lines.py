"""What did the carrier answer on the lines that are open, and is it written down whatever broke on another one?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait

from channels.base import Answer, Unknown
from opportune import faults
from opportune.work import gate, recording
from opportune.work.world import World

Asked = tuple[int, gate.Going, list[Future[Answer]]]  # how many were claimed, who goes, what the carrier says
Count = Callable[[int, Sequence[Answer]], None]


def answered(asked: Sequence[Asked], patience: float | None = None) -> None:
    """Wait until the carrier answers one of these, or for so many seconds."""
    wait([each for *_, answers in asked for each in answers if not each.done()], patience, FIRST_COMPLETED)


def settle(world: World, asked: list[Asked], count: Count) -> list[Exception]:
    """Write down, group by group, what was answered. Returns what broke, which takes no other group with it."""
    wrong = list[Exception]()
    for each in [group for group in asked if all(answer.done() for answer in group[2])]:
        asked.remove(each)
        wrong += [error for answer in each[2] if isinstance(error := answer.exception(), Exception)]
        try:
            _record(world, each, count)
        except Exception as error:
            wrong.append(error)
    return wrong


def _record(world: World, asked: Asked, count: Count) -> None:
    claimed, going, given = asked
    answers = [_said(each) for each in given]
    for sid in recording.record(world, going, answers) if going else ():
        faults.point("record.cancel")
        world.carrier.cancel(sid)
    count(claimed, answers)


def _said(given: Future[Answer]) -> Answer:
    """Where asking broke, by a defect of ours, the phone may be ringing all the same."""
    error = given.exception()
    return Unknown(f"asking broke: {error!r}", "request") if isinstance(error, Exception) else given.result()
