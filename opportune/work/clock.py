"""What time is it? Everything below asks for `now`; only the edges (flows, web, CLI) hold a clock."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from opportune.rules.facts import Instant


class Clock(Protocol):
    def now(self) -> Instant:
        """Seconds since 1970, UTC."""
        ...

    def exact(self) -> float:
        """The same with fractions, for waiting and pacing."""
        ...

    def wait_until(self, moment: float) -> None:
        """Sleep; time that stands still waits for nobody."""
        ...

    def steady(self) -> tuple[str, float]:
        """Seconds since the machine started, and which start that was: nobody can set these."""
        ...


@dataclass(frozen=True, slots=True)
class RealClock:
    """Real time; practice adds its offset (whole hours, so that Prefect's cron still meets the marks)."""

    offset: int = 0

    def now(self) -> Instant:
        return int(self.exact())

    def exact(self) -> float:
        return time.time() + self.offset

    def wait_until(self, moment: float) -> None:
        if (left := moment - self.exact()) > 0:
            time.sleep(left)

    def steady(self) -> tuple[str, float]:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip(), time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(slots=True)
class VirtualClock:
    """Practice: time stands still until it is moved, and never backwards."""

    at: Instant

    def now(self) -> Instant:
        return self.at

    def exact(self) -> float:
        return float(self.at)

    def wait_until(self, moment: float) -> None:
        """Whoever moves the clock decides when."""

    def steady(self) -> tuple[str, float]:
        return "practice", self.exact()

    def move_to(self, at: Instant) -> None:
        self.at = max(self.at, at)
