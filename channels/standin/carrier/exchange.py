"""What does the whole stand-in know: its options, clock, callees, calls and who is still talking?"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from channels.standin.carrier.callees import Callees, Chance
from channels.standin.carrier.calls import OVER, Call
from channels.standin.carrier.clock import Clock
from channels.standin.carrier.faults import Faults
from channels.standin.carrier.log import Log
from channels.standin.carrier.webhooks import Webhooks

AT_ONCE = 16  # calls that are worked on at a time; with real seconds in them, all are


@dataclass(frozen=True, slots=True)
class Options:
    """The command line. `cps`: calls per second, 0 for no limit; `real_time`: real seconds per virtual one, 0: none."""

    log: Path
    account: str
    token: str
    seed: int = 1
    cps: float = 0
    real_time: float = 0
    host: str = "127.0.0.1"
    port: int = 0


class Exchange:
    """The state that the routes and the lines share. One event loop, no locks."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.clock, self.callees, self.faults = Clock(), Callees(), Faults()
        self.log = Log(options.log)
        self.calls = self.log.calls()
        for call in self.calls.values():  # a call does not survive the exchange it ran through
            call.status = call.status if call.status in OVER else "failed"
        self.webhooks = Webhooks(options.token)
        self.lines = asyncio.Semaphore(10_000 if options.real_time else AT_ONCE)
        self.hung_up: dict[str, asyncio.Event] = {}  # of every call that is not over
        self._next_slot = 0.0

    def enter(self, to: str, key: tuple[object, ...], **known: Any) -> tuple[Call, Chance]:
        """A new call or child leg in the book; everything random about it follows from `key`."""
        chance = Chance(self.options.seed, to, *key)
        now = self.clock.now()
        state = {"created_at": now, "now": now} | known
        call = Call(self._new_sid(to, key), self.options.account, to, script=self.callees.script(to, chance), **state)
        self.calls[call.sid] = call
        self.log.add(call, "created", script=call.script, caller=call.caller, parent=call.parent)
        return call, chance

    def place(self, to: str, **known: Any) -> tuple[Call, Chance]:
        """A call that the API asked for: it waits for its turn when calls come faster than `cps`."""
        now = self.clock.now()
        call, chance = self.enter(to, (now,), queue_ms=self._queue(now), **known)
        call.now += call.queue_ms // 1000
        self.hung_up[call.sid] = asyncio.Event()
        return call, chance

    def _queue(self, now: int) -> int:
        """Milliseconds until the next free slot, which is taken."""
        if not self.options.cps:
            return 0
        slot = max(float(now), self._next_slot)
        self._next_slot = slot + 1 / self.options.cps
        return round((slot - now) * 1000)

    def _new_sid(self, to: str, key: tuple[object, ...]) -> str:
        """The same call has the same SID in every rehearsal; a second one at the same moment has another."""
        for number in range(len(self.calls) + 1):
            digest = hashlib.sha256("|".join(map(str, (self.options.seed, to, *key, number))).encode()).hexdigest()
            if f"CA{digest[:32]}" not in self.calls:
                break
        return f"CA{digest[:32]}"

    def stats(self) -> dict[str, Any]:
        """What the rehearsal compares its own book with."""
        legs = [call for call in self.calls.values() if not call.parent]
        return {
            "calls": len(legs),
            "voicemails": sum(call.voicemail for call in legs),
            "child_legs": len(self.calls) - len(legs),
            "errors": self.log.errors(),
            "by_script": dict(sorted(Counter(call.script for call in legs).items())),
        }
