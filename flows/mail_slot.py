"""How does mail leave at ten minutes before and ten minutes after the hour, by each reader's own clock? (A4)

A process needs seconds to start. So the run begins two minutes ahead of its mark, renders without claiming anything,
waits for the mark, then claims and sends. What cannot leave within the slot moves to the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict

from prefect import flow
from prefect.states import Completed, State

from flows import report
from flows.house import heeding, once, stopping, world_of
from flows.late import HOUR, MINUTE, late, scheduled, skipped
from opportune.rules.facts import Instant
from opportune.work import dispatch, prepare, watch
from opportune.work.clock import Clock
from opportune.work.world import World

STARTS = (
    3,
    8,
    18,
    23,
    38,
    48,
)  # UTC minutes, as in deployments/prefect.yaml: half- and quarter-hour zones have marks too
AHEAD = 2 * MINUTE
SLOT = 10 * MINUTE


@flow(name="mail slot")
def mail_slot() -> State[None]:
    """Prepare, wait for the mark, send everything due at it."""
    if late(patience(scheduled())):
        return skipped()
    with heeding() as asked, watch.at_work(world_of("mail slot")) as world:
        mark = mark_after(world.clock.now())
        stop = stopping(asked, world.clock, mark + SLOT)
        ready = once("prepare", lambda: prepare.mails(world, mark))
        wait(world.clock, mark, stop)
        watch.look(world)  # a clock that jumped pauses everything
        sent = once("claim and send", lambda: whole_slot(world, mark + SLOT, stop))
        return Completed(message=report.tally("mail-slot", {"prepared": ready, **asdict(sent)}))


def whole_slot(world: World, over: Instant, stop: Callable[[], bool]) -> dispatch.Sent:
    """What is due at the mark, then what waits for its turn within the slot."""
    total = dispatch.mails(world, until=over, stop=stop)
    while not stop() and (due := dispatch.next_mail(world)) is not None and due <= over:
        wait(world.clock, max(due, world.clock.now() + 1), stop)
        total.add(dispatch.mails(world, until=over, stop=stop))
    return total


def wait(clock: Clock, mark: Instant, stop: Callable[[], bool]) -> None:
    while not stop() and (left := mark - clock.exact()) > 0:
        time.sleep(min(left, 1))


def start_of(now: Instant) -> Instant:
    """The last planned start: practice shifts its clock by whole hours, so minutes of the hour hold there too."""
    hour, minute = now - now % HOUR, now % HOUR // MINUTE
    return hour + MINUTE * max((start for start in STARTS if start <= minute), default=STARTS[-1] - 60)


def mark_after(now: Instant) -> Instant:
    return start_of(now) + AHEAD


def patience(due: Instant) -> int:
    """Seconds after which a run that was due is of no use: the slot is over, or the next run's time has come."""
    following = next(due + wait for wait in range(MINUTE, 2 * HOUR, MINUTE) if start_of(due + wait) > start_of(due))
    return min(start_of(following) - due, AHEAD + SLOT)
