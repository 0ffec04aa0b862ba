"""What does the whole stand-in know: its options, clock, callees, calls and who is still talking?"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from channels.standin.carrier.callees import Callees, Chance, script
from channels.standin.carrier.calls import OVER, Call
from channels.standin.carrier.clock import Clock
from channels.standin.carrier.faults import Faults
from channels.standin.carrier.leg import Leg
from channels.standin.carrier.log import Log
from channels.standin.carrier.rooms import Conference, Queue, Recording, sid_of
from channels.standin.carrier.webhooks import PATIENCE, Webhooks

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
    patience: float = PATIENCE
    host: str = "127.0.0.1"
    port: int = 0
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class OurNumber:
    """Whom the carrier asks when somebody calls this number of ours."""

    voice_url: str
    fallback_url: str = ""
    status_url: str = ""


class Exchange:
    """The state that the routes and the lines share. One event loop, no locks."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.pace = options.real_time
        self.clock, self.callees, self.faults = Clock(), Callees(), Faults()
        self.log = Log(options.log)
        self.calls = self.log.calls()
        self.webhooks = Webhooks(options.token, options.patience)
        self.lines = asyncio.Semaphore(10_000 if options.real_time else AT_ONCE)
        self.legs: dict[str, Leg] = {}  # of every call that is not over
        self.our_numbers: dict[str, OurNumber] = {}
        self.queues: dict[str, Queue] = {}
        self.conferences: dict[str, Conference] = {}  # by SID
        self.recordings: dict[str, Recording] = {}
        self.url = ""  # our own address, once we listen
        self._next_slot = 0.0

    def enter(self, to: str, key: tuple[object, ...], acts: str = "", parent: Leg | None = None, **known: Any) -> Leg:
        """A new call or child leg in the book; everything random about it follows from `key`."""
        chance = Chance(self.options.seed, to, *key)
        now = self.clock.now()
        state: dict[str, Any] = {"created_at": now, "now": now, "parent": parent.call.sid if parent else ""} | known
        state["script"] = acts or self.callees.script(to, chance)
        call = Call(self._new_sid(to, key), self.options.account, to, **state)
        self.calls[call.sid] = call
        self.log.add(call, "created", script=call.script, caller=call.caller, parent=call.parent)
        leg = self.legs[call.sid] = Leg(self, call, script(call.script), chance, parent)
        return leg

    def place(self, to: str, **known: Any) -> Leg:
        """A call that the API asked for: it waits for its turn when calls come faster than `cps`."""
        now = self.clock.now()
        leg = self.enter(to, (now,), queue_ms=self._queue(now), **known)
        leg.call.now += leg.call.queue_ms // 1000
        return leg

    def resume(self) -> list[Leg]:
        """After a restart: calls that waited for their turn still do; no other one survives the exchange it ran in."""
        unfinished = [call for call in self.calls.values() if call.status not in OVER]
        for call in unfinished:
            if call.status == "queued":
                chance = Chance(self.options.seed, call.to, call.created_at)
                self.legs[call.sid] = Leg(self, call, script(call.script), chance)
            else:
                call.status, call.ended_at = "failed", call.now
                self.log.add(call, "status", status="failed", restarted=True)
        return list(self.legs.values())

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

    def queue(self, name: str, max_size: int = 100) -> Queue:
        """The queue of this name; the first caller opens it."""
        if name not in self.queues:
            sid = sid_of("QU", self.options.seed, name)
            self.queues[name] = Queue(sid, self.options.account, name, self.clock.now(), max_size)
        return self.queues[name]

    def conference(self, name: str) -> Conference:
        """The conference of this name that is not over, or a new one."""
        running = [room for room in self.conferences.values() if room.name == name and room.status != "completed"]
        if running:
            return running[0]
        sid = sid_of("CF", self.options.seed, name, len(self.conferences))
        self.conferences[sid] = Conference(sid, self.options.account, name, self.clock.now())
        return self.conferences[sid]

    def keep(self, recording: Recording) -> None:
        """A recording in the book."""
        recording.sid = sid_of("RE", recording.call_sid, len(self.recordings))
        recording.account = self.options.account
        self.recordings[recording.sid] = recording

    def busy(self) -> int:
        """Calls that something happens to; those that wait for somebody are not counted."""
        return sum(not (leg.parked or leg.parent) for leg in self.legs.values())

    def stats(self) -> dict[str, Any]:
        """What the rehearsal compares its own book with."""
        legs = [call for call in self.calls.values() if not call.parent]
        return {
            "calls": len(legs),
            "voicemails": sum(call.voicemail for call in legs),
            "child_legs": len(self.calls) - len(legs),
            "people": sum(not script(call.script).operator for call in self.calls.values()),
            "errors": self.log.errors(),
            "by_script": dict(sorted(Counter(call.script for call in legs).items())),
        }
