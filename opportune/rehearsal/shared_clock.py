"""How do two processes live in the same virtual moment? One number in a file that both map."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

from opportune.rules.facts import Instant

NUMBER = struct.Struct("q")


class SharedClock:
    """Practice time: it stands still until it is moved, and never goes backwards. The driver moves, others read."""

    def __init__(self, path: Path, start: Instant | None = None) -> None:
        if start is not None:
            path.write_bytes(NUMBER.pack(start))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), NUMBER.size)

    def now(self) -> Instant:
        return int(NUMBER.unpack(self._shared[: NUMBER.size])[0])

    def exact(self) -> float:
        return float(self.now())

    def wait_until(self, moment: float) -> None:
        """The driver decides when it is time."""

    def steady(self) -> tuple[str, float]:
        return "practice", self.exact()

    def move_to(self, at: Instant) -> None:
        self._shared[: NUMBER.size] = NUMBER.pack(max(self.now(), at))
