"""What does every flow need around it: a world, a step that is never repeated, and a flag that says stop."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE

from opportune.settings import settings
from opportune.store import notes
from opportune.work.clock import Clock
from opportune.work.world import World, open_world

T = TypeVar("T")


def world_of(flow: str) -> World:
    """The world, with an owner that names this process: leases tell who claimed what. When a flow began last is noted
    for the board: Prefect is another server, and may be away."""
    world = open_world(settings(), owner=f"{flow} {socket.gethostname()}:{os.getpid()}")
    notes.put(world.db, f"flow {flow}", world.clock.now())
    return world


def once(name: str, act: Callable[[], T]) -> T:
    """One step of a run, shown by Prefect. Never retried: only the database knows whether something left the house."""
    return task(act, name=name, retries=0, cache_policy=NO_CACHE)()


@contextmanager
def heeding() -> Iterator[threading.Event]:
    """Set when somebody asks this process to end. A flow heeds it before anything else, its world included:
    on SIGTERM nothing new is claimed and what is on the wire is finished, so that no touch is left uncertain.
    """
    asked = threading.Event()

    def ask(_number: int, _frame: Any) -> None:
        asked.set()

    before = signal.signal(signal.SIGTERM, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGTERM, before)


def stopping(asked: threading.Event, clock: Clock, until: float) -> Callable[[], bool]:
    """A flag to look at each second: time is over, or somebody asked us to end."""
    return lambda: asked.is_set() or clock.exact() >= until
