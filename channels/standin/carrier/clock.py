"""What time is it at the carrier?

Real time, real time with an offset (practice that goes on after a rehearsal), or a moment that stands still.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime


class Clock:
    """The virtual clock; seconds since 1970 in UTC. Who waits for a moment is told when the clock is set."""

    def __init__(self) -> None:
        self._fixed: int | None = None
        self._offset = 0
        self._waiting: set[Callable[[], None]] = set()

    @property
    def runs(self) -> bool:
        """True while its seconds are real ones."""
        return self._fixed is None

    def now(self) -> int:
        """The virtual moment."""
        return self._fixed if self._fixed is not None else int(time.time()) + self._offset

    def stand_at(self, moment: int) -> None:
        """Stand still there."""
        self._fixed = moment
        self._tell()

    def run_with(self, offset: int) -> None:
        """Run with real time, so many seconds ahead of it."""
        self._fixed, self._offset = None, offset
        self._tell()

    def _tell(self) -> None:
        for wake in list(self._waiting):
            wake()

    async def wait(self, left: float | None, woken: asyncio.Event, wake: Callable[[], None]) -> None:
        """So many real seconds, or until somebody sets the event; setting the clock calls `wake`."""
        self._waiting.add(wake)
        try:
            await asyncio.wait_for(woken.wait(), left)
        except TimeoutError:
            return
        finally:
            self._waiting.discard(wake)


def rfc2822(moment: int | None) -> str | None:
    """As Twilio writes a moment."""
    return None if moment is None else format_datetime(datetime.fromtimestamp(moment, UTC))
