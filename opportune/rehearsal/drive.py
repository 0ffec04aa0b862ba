"""How does practice time pass? It jumps to the next due moment, and only when no request is open.

Each step does what the flows would do at that moment, through the same use cases. What could get in another's way
takes turns: first the mails, then the calls that speak by themselves, then those of our colleagues. Within each,
nobody's behaviour depends on arrival order: the same seed gives the same result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from opportune.rehearsal.people import People
from opportune.rehearsal.shared_clock import SharedClock
from opportune.rehearsal.standins import Standins
from opportune.rules.facts import DAY, HOUR, Instant
from opportune.store import ahead
from opportune.work import audience, dispatch, inbox, operator_first, plan, reconcile
from opportune.work.world import World

STEP = 300  # hh:50 and hh:10 of every zone fall on multiples of this (seconds)
GATHERED = {"decision": HOUR}  # as the planner's flow does
PATIENCE = 20  # seconds of real time for the calls of one moment

Progress = Callable[[Instant], None]


def _up_to(at: Instant, mark: int) -> Instant:
    return -(-at // mark) * mark


@dataclass
class Drive:
    """One practice run over one world."""

    world: World
    clock: SharedClock
    standins: Standins
    people: People
    _enrolled: int = -1
    _reconciled: Instant = 0
    _upcoming: dict[str, Instant | None] = field(default_factory=dict)

    def run(self, end: Instant, progress: Progress) -> None:
        """Until `end` (UTC) or until nothing is left to happen."""
        while (moment := self._next()) is not None and moment <= end:
            self.clock.move_to(moment)
            self._step(moment)
            progress(moment)
        self.clock.move_to(end)

    def _next(self) -> Instant | None:
        self._upcoming = self._due()
        if self._enrolled < 0:
            return self.clock.now()
        due = {**self._upcoming, "people": self.people.next_act()}
        marks = [_up_to(at, GATHERED.get(what, STEP)) for what, at in due.items() if at is not None]
        return max(min(marks), self.clock.now() + STEP) if marks else None

    def _due(self) -> dict[str, Instant | None]:
        """When is the next call, mail and decision due?"""
        with self.world.db.read() as session:
            return {**ahead.next_due(session), "decision": plan.next_due(session)}

    def _step(self, now: Instant) -> None:
        if self._people_act(now) | self._decide(now):
            self._upcoming = self._due()
        due = {what for what, at in self._upcoming.items() if at is not None and at <= now}
        if "email" in due:  # mail that these calls cause waits for the next step
            self._mail(now)
        if "call" in due:
            self._call(now)
        if now - self._reconciled >= HOUR:
            self._reconciled = now
            for resolve in (reconcile.reap, reconcile.uncertain, reconcile.cancels, reconcile.missing):
                resolve(self.world)

    def _people_act(self, now: Instant) -> bool:
        acts = self.people.next_act()
        if acts is None or acts > now:
            return False
        self.standins.set_clock(self.standins.mailbox, now)
        if self.people.act(now):
            inbox.collect(self.world)
        return True

    def _decide(self, now: Instant) -> bool:
        if now % GATHERED["decision"] and self._enrolled >= 0:
            return False
        if now // DAY != self._enrolled:
            self._enrolled = now // DAY
            audience.enrol(self.world, now)
        batches = plan.due(self.world, now)
        for batch in batches:
            plan.decide_batch(self.world, batch, now)
        return bool(batches)

    def _call(self, now: Instant) -> None:
        """Whoever presses key 1 finds a colleague free: theirs begin when nobody else's call is open."""
        self.standins.set_clock(self.standins.carrier, now)
        if dispatch.calls(self.world).claimed:
            self._hung_up()
        while operator_first.ring(self.world).rung:  # more calls than fit on one line each
            self._hung_up()
        self.people.enter_results()

    def _hung_up(self) -> None:
        """Wait until the carrier has told us everything."""
        if self.standins.ask(f"{self.standins.carrier}/_sim/busy?wait={PATIENCE}")["open"]:
            raise TimeoutError("calls of the practice carrier do not end: read practice/carrier.log")

    def _mail(self, now: Instant) -> None:
        self.standins.set_clock(self.standins.mailbox, now)
        if dispatch.mails(self.world, until=now).claimed:
            self.people.look_at_mail()
