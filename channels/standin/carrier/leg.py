"""How does time pass on a leg, and who notices that it was hung up?"""

from __future__ import annotations

import asyncio

from channels.standin.carrier.calls import Call
from channels.standin.carrier.exchange import Exchange


class HungUp(Exception):
    """The callee, the API or the time limit ended the call."""


class Leg:
    """A call with its exchange: seconds, and the two things every step may have to record."""

    def __init__(self, exchange: Exchange, call: Call) -> None:
        self.exchange, self.call = exchange, call
        self._hung_up = exchange.hung_up[call.sid]

    def still_there(self) -> None:
        """Raise when the API ended the call meanwhile."""
        if self._hung_up.is_set():
            raise HungUp

    async def wait(self, seconds: float) -> None:
        """Real seconds, if any; woken by a hang-up."""
        if self.exchange.options.real_time and seconds:
            try:
                await asyncio.wait_for(self._hung_up.wait(), seconds * self.exchange.options.real_time)
            except TimeoutError:
                return
        self.still_there()

    async def pass_time(self, seconds: int) -> None:
        """Virtual seconds; a talk ends at the call's time limit."""
        call = self.call
        left = seconds if call.answered_at is None else call.answered_at + call.time_limit - call.now
        await self.wait(min(seconds, left))
        call.now += min(seconds, left)
        if seconds > left:
            self.note("time_limit")
            raise HungUp

    def note(self, kind: str, **detail: object) -> None:
        """One line of the log."""
        self.exchange.log.add(self.call, kind, **detail)

    def error(self, code: int, words: str) -> None:
        """One error, as Twilio's debugger would show it."""
        self.note("error", code=code, words=words)
