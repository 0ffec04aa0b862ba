"""What time is it at the carrier?

Real time, real time with an offset (practice that goes on after a rehearsal), or a moment that stands still.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import format_datetime


class Clock:
    """The virtual clock; seconds since 1970 in UTC."""

    def __init__(self) -> None:
        self._fixed: int | None = None
        self._offset = 0

    def now(self) -> int:
        """The virtual moment."""
        return self._fixed if self._fixed is not None else int(time.time()) + self._offset

    def stand_at(self, moment: int) -> None:
        """Stand still there."""
        self._fixed = moment

    def run_with(self, offset: int) -> None:
        """Run with real time, so many seconds ahead of it."""
        self._fixed, self._offset = None, offset


def rfc2822(moment: int | None) -> str | None:
    """As Twilio writes a moment."""
    return None if moment is None else format_datetime(datetime.fromtimestamp(moment, UTC))
