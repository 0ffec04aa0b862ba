"""How does time pass on a leg, and who notices that it was hung up?

A scripted leg leaps: its own virtual clock jumps over the seconds. It really waits where somebody else decides: a
person at the page, a colleague who is to come to the queue, or, with `--real-time`, always.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import NoReturn, Protocol

from channels.standin.carrier.callees import Chance, Script
from channels.standin.carrier.calls import Call
from channels.standin.carrier.clock import Clock
from channels.standin.carrier.log import Log


class HungUp(Exception):
    """The callee, the API, the time limit or the other side ended the call."""


class Redirected(Exception):
    """The API sent a running call to another document."""


class Summoned(Exception):
    """Whoever waits in a queue is taken out of it."""


class House(Protocol):
    """What a leg needs of the exchange."""

    clock: Clock
    log: Log
    lines: asyncio.Semaphore

    @property
    def pace(self) -> float: ...


def never() -> bool:
    """Nothing is waited for but time."""
    return False


class Leg:
    """A call that is not over. `parent` is the leg that dialled this one; when it hangs up, so does this one."""

    def __init__(self, house: House, call: Call, script: Script, chance: Chance, parent: Leg | None = None) -> None:
        self.house, self.call, self.script, self.chance, self.parent = house, call, script, chance, parent
        self.keys = script.keys  # still to be pressed
        self.typed = ""  # at the page, not yet read
        self.picked_up = self.over = self.parked = self.summoned = self.recording = False
        self.patient = script.waits  # does not hang up when asked for a key that is not there
        self.partner: Leg | None = None  # at the other end, with a life of its own
        self.refused = ""  # by whom it is called: busy, or no-answer
        self.asking = 0  # how many keys are waited for at the page
        self.redirect: tuple[str, str] | None = None
        self.asked_at = call.now  # when we last asked for something
        self.children: list[Leg] = []
        self._woken = asyncio.Event()
        if parent:
            parent.children.append(self)

    # ---- the others

    @property
    def by_hand(self) -> bool:
        """A person at the page is on this leg or at the other end of it."""
        return any(leg and leg.script.answers == "phone" for leg in (self, self.parent, self.partner))

    @property
    def root(self) -> Leg:
        """The leg whose life this is part of."""
        return self.parent or self

    def wake(self) -> None:
        """Somebody did something: whoever waits here looks again."""
        self.root.parked = False
        self._woken.set()
        for child in self.children:
            child.wake()

    def hang_up(self) -> None:
        """End it, whatever it is doing."""
        self.over = True
        self.wake()

    def still_there(self) -> None:
        """Raise when somebody ended or redirected the call meanwhile."""
        for leg in (self, self.parent):
            if leg and leg.over:
                raise HungUp
            if leg and leg.redirect:
                raise Redirected
        if self.summoned:
            raise Summoned

    # ---- time

    async def pass_time(self, seconds: int, happened: Callable[[], bool] = never, really: bool = False) -> None:
        """Virtual seconds, or fewer when it happens; a talk ends at the time limit of either leg. `really`: the clock
        must get there, we do not leap."""
        limited = min((self, self.parent or self), key=lambda leg: leg._left(self.call.now))
        left = limited._left(self.call.now)
        if really or (self.by_hand and self.house.clock.runs):
            await self.wait_for(happened, max(self.call.now, self.house.clock.now()) + min(seconds, left))
        else:
            await self._leap(min(seconds, left), happened)
        if seconds > left and not happened():
            limited.note("time_limit")
            limited.over = True
        self.still_there()

    async def queued(self, milliseconds: int) -> None:
        """Until the carrier dials; the call's clock shows that moment already."""
        if self.house.pace and milliseconds:
            self.call.now -= milliseconds // 1000
            await self._until(never, self.call.now + milliseconds / 1000)
        self.still_there()

    def _left(self, now: int) -> int:
        answered = self.call.answered_at
        return self.call.time_limit if answered is None else answered + self.call.time_limit - now

    async def _leap(self, seconds: int, happened: Callable[[], bool]) -> None:
        if self.house.pace and seconds:
            await self._until(happened, self.call.now + seconds)
        elif not happened():
            self.call.now += seconds

    async def wait_for(self, happened: Callable[[], bool], moment: int) -> bool:
        """Wait for somebody else until it happens (True), or that moment comes (False). No line is held up."""
        self.still_there()
        if happened():
            return True
        self.house.lines.release()
        try:
            return await self._until(happened, moment, parked=True)
        finally:
            self.root.parked = False
            await self.house.lines.acquire()

    async def _until(self, happened: Callable[[], bool], moment: float, parked: bool = False) -> bool:
        """On the carrier's clock, or in real seconds at our pace."""
        clock, pace, start, begun = self.house.clock, self.house.pace, self.call.now, time.monotonic()

        def reading() -> float:
            now = start + (time.monotonic() - begun) / pace if pace else clock.now()
            self.call.now = max(self.call.now, int(min(now, moment)))
            return now

        while not happened():
            self.still_there()
            left = moment - reading()
            if left <= 0:
                return False
            self._woken.clear()
            self.root.parked = parked
            await clock.wait(left * (pace or 1) if pace or clock.runs else None, self._woken, self.wake)
            reading()
        return True

    # ---- the log

    def note(self, kind: str, **detail: object) -> None:
        """One line of the log."""
        self.house.log.add(self.call, kind, **detail)

    def error(self, code: int, words: str) -> None:
        """One error, as Twilio's debugger would show it."""
        self.note("error", code=code, words=words)

    def leave(self) -> NoReturn:
        """The callee hangs up."""
        self.note("callee_hangs_up")
        self.over = True
        raise HungUp
