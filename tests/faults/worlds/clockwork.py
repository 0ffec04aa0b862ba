"""How does time pass in a made-up world? It jumps to the next event; who waits lets the others go on."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass

from opportune.work.world import World

DEEPEST = 3  # processes that stand still inside each other


class Clockwork:
    """A heap of (time, number): equal moments keep their order. `outages`: nobody could act."""

    now: int
    outages: list[tuple[int, int]]
    jumped = 0  # by how much our machine's clock is wrong

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._number = 0
        self._stack: list[str] = []  # who stands still, waiting for whom

    def at(self, when: int, what: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._heap, (max(when, self.now), self._number, what))

    def pass_time(self, seconds: int) -> None:
        """Somebody waits, and the world goes on."""
        end = self.now + seconds
        if len(self._stack) <= DEEPEST:
            self._plan_wakes()
            while (due := self._next()) is not None and due <= end:
                self._one()
        elif self.now < end:  # too many stand still inside each other: the whole house does
            self.outages.append((self.now, end))
        self.now = max(self.now, end)

    def _next(self) -> int | None:
        return self._heap[0][0] if self._heap else None

    def _one(self) -> None:
        when, _, what = heapq.heappop(self._heap)
        self.now = max(self.now, when)
        what()
        self._plan_wakes()

    def _plan_wakes(self) -> None:
        """After each event: who finds something to do now?"""
        raise NotImplementedError


class Died(BaseException):
    """A process of ours is gone, in the middle of whatever it did."""


@dataclass
class Process:
    """One of ours, with the time before which it does not run."""

    name: str
    born: int = 0
    awake: int = 0
    skew: int = 0
    world: World | None = None


@dataclass(frozen=True)
class Clock:
    """What a process takes for the time."""

    around: Clockwork
    process: Process

    def now(self) -> int:
        return self.around.now + self.around.jumped + self.process.skew

    def exact(self) -> float:
        return float(self.now())

    def wait_until(self, moment: float) -> None:
        """Whoever waits lets the others go on."""
        if (left := math.ceil(moment - self.exact())) > 0:
            self.around.pass_time(left)

    def steady(self) -> tuple[str, float]:
        return "one", float(self.around.now)
