"""How do calls leave in their windows, and answers at once? A loop of 16 minutes every 15: the next run overlaps."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from prefect import flow
from prefect.states import Completed, State

from flows import report
from flows.house import heeding, once, stopping, world_of
from flows.late import MINUTE, late, scheduled, skipped
from opportune.work import dispatch, operator_first, reconcile, replay, watch, webhooks
from opportune.work.world import World

EVERY = 15 * MINUTE
RUNS = 16 * MINUTE
GIVE_UP = 10  # passes that fail one after another

log = logging.getLogger(__name__)


@flow(name="live")
def live() -> State[None]:
    """Place calls that are due, send what a person just asked for, take back what a dead process had claimed."""
    if late(EVERY):
        return skipped()
    with heeding() as asked, watch.at_work(world_of("live")) as world:
        stop = stopping(asked, world.clock, world.clock.exact() + scheduled() + RUNS - time.time())
        watch.look(world)  # before the first call: the clock may have jumped while nobody lived
        done = once("live", lambda: both(world, stop))
        return Completed(message=report.tally("live", done))


def both(world: World, stop: Callable[[], bool]) -> Counter[str]:
    """Calls have loops of their own, the announced ones and those that ring a colleague first, and so has what other
    systems are told: they wait for their turns, and what somebody just asked for waits for nobody."""
    over = threading.Event()
    with ThreadPoolExecutor(3, "calls") as beside:
        calling = [
            beside.submit(each_second, world, lambda: over.is_set() or stop(), act) for act in (calls, colleagues, told)
        ]
        try:
            done = each_second(world, lambda: any(loop.done() for loop in calling) or stop(), one_pass)
        finally:
            over.set()
        return sum((loop.result() for loop in calling), done)


def each_second(
    world: World, stop: Callable[[], bool], act: Callable[[World, Callable[[], bool]], Counter[str]]
) -> Counter[str]:
    """Two overlapping loops are harmless: only a claim lets anyone act. One bad pass must not silence the next."""
    done: Counter[str] = Counter()
    failed = 0
    while not stop():
        try:
            done.update(act(world, stop))
            failed = 0
        except Exception:
            failed += 1
            done["failed passes"] += 1
            log.exception("A pass failed")
            if failed == GIVE_UP:
                raise
        for second in range(1 + failed):
            if second and stop():  # heeded within a second, also in the longer wait after failures
                return done
            time.sleep(1)
    return done


def calls(world: World, stop: Callable[[], bool]) -> Counter[str]:
    replay.abandoned(world)  # before anything leaves: it may be an opt-out
    return Counter(asdict(dispatch.calls(world, stop)))


def colleagues(world: World, stop: Callable[[], bool]) -> Counter[str]:
    replay.abandoned(world)
    done = operator_first.ring(world, stop)
    return Counter({f"colleagues {what}": number for what, number in asdict(done).items()})


def told(world: World, stop: Callable[[], bool]) -> Counter[str]:
    """Other systems, who may take ten seconds to answer."""
    return webhooks.deliver(world, stop)


def one_pass(world: World, stop: Callable[[], bool]) -> Counter[str]:
    watch.look(world)  # a clock that jumped pauses everything
    done = Counter({"events applied": replay.abandoned(world)})  # before anything leaves: it may be an opt-out
    done.update(asdict(dispatch.requested(world, stop)))
    done.update({"leases taken back": reconcile.reap(world), "doubts settled": reconcile.uncertain(world)})
    done["cancels asked again"] = reconcile.cancels(world)
    return done
