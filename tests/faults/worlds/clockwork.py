"""How does time pass in a made-up world? It jumps to the next event; who waits lets the others go on."""

from __future__ import annotations

import heapq
from collections.abc import Callable

DEEPEST = 3  # processes that stand still inside each other


class Clockwork:
    """A heap of (time, number): equal moments keep the order in which they were planned."""

    now: int

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
