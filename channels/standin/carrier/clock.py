"""What time is it at the carrier?

Real time, real time with an offset (practice that goes on after a rehearsal), or a moment that stands still.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from email.utils import format_datetime


class Clock:
    """The virtual clock; seconds since 1970 in UTC. Who waits for a moment is told when the clock is set."""

    def __init__(self) -> None:
        self._fixed: int | None = None
        self._offset = 0
        self._waiting: set[asyncio.Event] = set()

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
        for event in self._waiting:
            event.set()

    async def wait(self, left: float | None, woken: asyncio.Event) -> None:
        """So many real seconds, or until somebody sets the event, or the clock."""
        self._waiting.add(woken)
        try:
            await asyncio.wait_for(woken.wait(), left)
        except TimeoutError:
            return
        finally:
            self._waiting.discard(woken)


def rfc2822(moment: int | None) -> str | None:
    """As Twilio writes a moment."""
    return None if moment is None else format_datetime(datetime.fromtimestamp(moment, UTC))
