"""How does practice time pass? It jumps to the next due moment, and only when no request is open.

Each step does what the flows would do at that moment, through the same use cases. Within one moment calls and mails
run side by side; since nobody's behaviour depends on arrival order, the same seed gives the same result.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from opportune.rehearsal.people import People
from opportune.rehearsal.standins import Standins
from opportune.rules.facts import DAY, Instant
from opportune.store import ledger
from opportune.work import dispatch, inbox, plan, reconcile
from opportune.work.clock import VirtualClock
from opportune.work.world import World

STEP = 300  # calls and decisions gather on these marks (seconds); hh:50 and hh:10 of every zone fall on them too
PATIENCE = 60  # seconds of real time for the calls of one moment

Progress = Callable[[Instant], None]


@dataclass
class Drive:
    """One practice run over one world."""

    world: World
    clock: VirtualClock
    standins: Standins
    people: People
    _enrolled: int = -1
    _reconciled: Instant = 0

    def run(self, end: Instant, progress: Progress) -> None:
        """Until `end` (UTC) or until nothing is left to happen."""
        while (moment := self._next()) is not None and moment <= end:
            self.clock.move_to(moment)
            self.standins.set_clock(moment)
            self._step(moment)
            progress(moment)
        self.clock.move_to(end)
        self.standins.set_clock(end)

    def _next(self) -> Instant | None:
        with self.world.db.read() as session:
            due = [ledger.next_due(session, ["call", "email"]), plan.next_due(session), self.people.next_act()]
        upcoming = min((moment for moment in due if moment is not None), default=None)
        if upcoming is None:
            return None
        return max(-(-upcoming // STEP) * STEP, self.clock.at + (STEP if self._enrolled >= 0 else 0))

    def _step(self, now: Instant) -> None:
        if self.people.act(now):
            inbox.collect(self.world)
        self._decide(now)
        called = dispatch.calls(self.world)
        if called.claimed:
            self._calls_over()
            self.people.enter_results()
        if dispatch.mails(self.world, until=now).claimed:
            self.people.look_at_mail()
        if now - self._reconciled >= 3600:
            self._reconciled = now
            reconcile.reap(self.world)
            reconcile.uncertain(self.world)
            reconcile.missing(self.world)

    def _decide(self, now: Instant) -> None:
        if now // DAY != self._enrolled:
            self._enrolled = now // DAY
            plan.enrol(self.world, now)
        for batch in plan.due(self.world, now):
            plan.decide_batch(self.world, batch, now)

    def _calls_over(self) -> None:
        """Wait until the carrier has told us everything about the calls of this moment."""
        patience = time.monotonic() + PATIENCE
        while self.standins.ask(f"{self.standins.carrier}/_sim/busy")["open"]:
            if time.monotonic() > patience:
                raise TimeoutError("calls of the practice carrier do not end: read var/practice/carrier.log")
            time.sleep(0.002)
