"""What is a made-up world? A month in one process, under one seed: everything random comes from it.

Same seed, same trace. *Safety*: faults of any kind throughout. *Liveness*: they end after twenty days.
"""

from __future__ import annotations

import hashlib
import logging
from random import Random
from typing import Literal

from faults.worlds import house, people
from faults.worlds.carrier import Exchange
from faults.worlds.evidence import Evidence, Seen
from faults.worlds.mischief import Mischief
from faults.worlds.stops import Stops
from support_world import at

from opportune import faults
from opportune.rules.facts import DAY, HOUR
from opportune.work import dispatch, inbox, leads, mail_source, operator_first, operators, posting, reconcile

STARTS = tuple(at(day, "UTC") for day in ("2026-03-02 05:00", "2026-03-16 05:00", "2026-10-12 05:00"))
DAYS = {"safety": 30, "liveness": 33}
DEFECTS = (AttributeError, AssertionError, ImportError, LookupError, NameError, TypeError)  # no bad weather raises them
CALM_FROM = 20  # day after which a liveness world has no more faults
Mode = Literal["safety", "liveness"]


class Simulation(Stops):
    """`some`: only these kinds of trouble, `factor` times as often; `restless`: how often others act in between."""

    def __init__(
        self,
        seed: int,
        mode: Mode = "safety",
        some: frozenset[str] | None = None,
        *,
        factor: float = 1.0,
        restless: float | None = None,
        days: int = 0,
    ) -> None:
        super().__init__()
        self.mode = mode
        self.rng = Random(seed)
        self.start = self.now = self.rng.choice(STARTS)
        self.days = days or DAYS[mode]
        self.end = self.start + self.days * DAY
        self.mischief = Mischief.drawn(self.rng, some, factor)
        drawn = self.rng.choice((0.0, 0.02, 0.06))
        self.unrest = drawn if restless is None else restless
        self.shape = self.rng.choice(house.SHAPES)
        self.exchange = Exchange(self)

    def run(self) -> Simulation:
        self.tables = house.tables()
        self.tables.become(house.template(self.shape))
        people.move_in(self.tables.path, self.rng)
        self.plain = self.tables.plain()
        with Around(self):
            self._beginnings()
            while (due := self._next()) is not None and due <= self.end:
                self._one()
            self.now = max(self.now, self.end)
        return self

    def _beginnings(self) -> None:
        self._run("live", self._look_at_clock)  # in earnest each second: what time it was before a jump is known
        self._plan_wakes()
        for day in range(self.days):
            self.at(self.start + day * DAY + 2 * HOUR, self._daily)
        for number in range(self.rng.randrange(2, 6)):
            self.at(self.start + self.rng.randrange(self.days * DAY), lambda n=number: self._form(n))
        for _ in range(self.rng.randrange(1, 4)):
            self.at(self.start + self.rng.randrange(self.days * DAY), self._says_no)
        if self.mode == "liveness":
            self.at(self.start + CALM_FROM * DAY, self._calm)

    def _calm(self) -> None:
        self.mischief.over = True
        self.unrest = 0.0

    def _daily(self) -> None:
        if self.mischief.strikes("outage"):
            self.at(self.now + self.rng.randrange(DAY), self._outage)
        if self.mischief.strikes("clock"):
            self.rng.choice(list(self.processes.values())).skew = self.rng.choice((-2, -1, 1, 2))
        if self.mischief.strikes("jump"):
            self.at(self.now + self.rng.randrange(DAY), self._jump)
        if self.mischief.strikes("paused"):
            self.at(self.now + self.rng.randrange(DAY), self._pause)
        self._morning()
        self._shift_begins()
        if (self.now - self.start) // DAY % 3 == 0:
            self._run("night", lambda world: (reconcile.stuck(world), leads.understand_waiting(world)))

    def _shift_begins(self) -> None:
        """Who missed three calls, or wanted a pause, is back the next day; some days nobody comes."""
        off = self.plain.execute("SELECT phone FROM operator WHERE on_duty_since IS NULL").fetchall()
        for (phone,) in off:
            if self.rng.random() < 0.8:
                self._run("web", lambda world, who=phone: operators.on_duty(world, who))

    def _outage(self) -> None:
        until = self.now + self.rng.randrange(60, 12 * HOUR)
        self.outages.append((self.now, until))
        for process in self.processes.values():
            process.world, process.awake = None, until

    def evidence(self) -> Evidence:
        """For the auditor: the logs of the others, and a look into the tables."""
        return Evidence(self.plain, [Seen(*line) for line in self.log], self.acks, self.now, self.outages,
                        self.left_by_dead, self.failures, self.mode == "liveness", self.stops,
                        self.answers)  # fmt: skip

    def trace(self) -> str:
        """One number for everything that happened, in its order."""
        whole = hashlib.sha256(repr(self.log).encode())
        columns = "id, touch_id, at, was, now, who, why, fence"
        for row in self.plain.execute(f"SELECT {columns} FROM touch_event ORDER BY id"):
            whole.update(repr(tuple(row)).encode())
        return whole.hexdigest()


class Swallowed(logging.Handler):
    """What our code caught and only wrote down: a defect of ours must not pass for a carrier's refusal."""

    def __init__(self, failures: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.failures = failures

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info and record.exc_info[1]
        if isinstance(error, DEFECTS):
            self.failures.append(f"{record.getMessage()}: {type(error).__name__}: {error}")


class Around:
    """The seams of the production code lead into this world while it runs."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation

    def __enter__(self) -> None:
        self.old = inbox.inbox.fetch, dispatch.ThreadPoolExecutor, posting.send, mail_source.fingerprint
        operator_first.ThreadPoolExecutor = house.OneThread  # type: ignore[assignment,misc]
        inbox.inbox.fetch = self.simulation.fetch  # type: ignore[assignment]
        dispatch.ThreadPoolExecutor = house.OneThread  # type: ignore[assignment,misc]
        posting.send = house.one_account
        mail_source.fingerprint = house.fingerprint  # type: ignore[assignment]
        self.swallowed = Swallowed(self.simulation.failures)
        logging.getLogger().addHandler(self.swallowed)
        self.simulation.tables.before = self.simulation.before_transaction
        faults.arm(self.simulation.at_point)

    def __exit__(self, *_: object) -> None:
        faults.arm(None)
        logging.getLogger().removeHandler(self.swallowed)
        inbox.inbox.fetch, dispatch.ThreadPoolExecutor, posting.send, mail_source.fingerprint = self.old  # type: ignore[misc]
        operator_first.ThreadPoolExecutor = self.old[1]  # type: ignore[misc]
