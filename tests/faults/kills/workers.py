"""What does a worker do until it is killed? Claim, send, call through the production dispatcher; look after doubts.

Everything below is production code except the endless loop around it.
"""

from __future__ import annotations

import gc
import logging
import os
import random
import socket
import time
from collections.abc import Callable, Sequence

import psycopg
from faults.kills.home import Home
from sqlalchemy.exc import SQLAlchemyError

from opportune.work import dispatch, leads, reconcile, replay
from opportune.work.world import World

CLAIM = 12  # small claims: what a dead worker held is free again within the same ten minutes
#: when the survivor looks: from both ends of the ten minutes in which something was sent to each deadline
MINUTES = (2, 10, 16, 26, 50, 60, 70, 76, 24 * 60 - 10, 24 * 60, 24 * 60 + 10, 24 * 60 + 16)


def owner(what: str, process: int) -> str:
    """As the flows name themselves in a lease."""
    return f"{what} {socket.gethostname()}:{process}"


def worker(home: Home, number: int, *, patient: bool = False) -> Callable[[], None]:
    """A worker to be forked. `patient`: it tries again when the database is away, as a flow's next pass does."""

    def work() -> None:
        dispatch.CLAIM = CLAIM
        logging.disable(logging.CRITICAL)
        world = home.open(owner("worker", os.getpid()))
        dice = random.Random(number)
        while True:
            try:
                if not _turn(world, dice):
                    time.sleep(0.01)
            except (SQLAlchemyError, psycopg.Error):
                if not patient:
                    raise
                time.sleep(0.05)

    return work


def _turn(world: World, dice: random.Random) -> int:
    done = dispatch.mails(world, until=world.clock.now() + 60).claimed if dice.random() < 0.5 else 0
    done += dispatch.calls(world).claimed
    if dice.random() < 0.2:
        done += look_after(world)
    return done


def warm(home: Home) -> None:
    """Do everything once, so that whoever is forked from here begins at once; leaves no connection and no thread."""
    world = home.open("warm")
    dispatch.CLAIM = CLAIM
    looks = iter((False, False))  # one claim, one group: most of the mail is for those who come after
    dispatch.mails(world, until=world.clock.now(), stop=lambda: next(looks, True))
    dispatch.calls(world)
    home.clock.move_to(world.clock.now() + 20 * 60)
    look_after(world)
    world.carrier.close()
    gc.collect()
    gc.freeze()  # or each child would copy every page that it only looks at
    world.close()


def look_after(world: World) -> int:
    """What the reconcile flow does, without asking for reports that never came."""
    done = reconcile.reap(world) + reconcile.uncertain(world) + reconcile.cancels(world)
    return done + replay.again(world, by_itself=True).applied + leads.understand_waiting(world)


def settle(home: Home, minutes: Sequence[int] = MINUTES, *, sends: bool = False) -> None:
    """Peace: one who lives on looks after what the dead left, through a day of virtual time."""
    world = home.open(owner("survivor", os.getpid()))
    start = world.clock.now()
    for each in minutes:
        home.clock.move_to(start + 60 * each)
        while look_after(world):
            pass
        if sends:
            dispatch.calls(world)
            dispatch.mails(world, until=world.clock.now() + 60)
    world.close()
