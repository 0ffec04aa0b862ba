"""How does a month pass in one process? Time jumps to the next event; everything random comes from one seed.

Our processes are objects with an owner's name and a memory of their own. Between any two transactions of one of them
the others may act, time may pass, and at any named point it may die: then its memory is gone and its open transaction
with it, and another one starts later. Same seed, same trace.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from faults.worlds import house, people
from faults.worlds.auditor import Evidence, Seen
from faults.worlds.carrier import Exchange, Line
from faults.worlds.mailserver import Post
from faults.worlds.mischief import Mischief
from sqlalchemy.exc import OperationalError
from support_world import at

from channels.base import Incoming
from channels.forms import FORMS, check
from channels.voice_events import parse_event
from opportune import faults
from opportune.rules.facts import DAY, HOUR, CallResult
from opportune.web import twilio
from opportune.work import audience, calls, desk, dispatch, inbox, leads, optout, plan, reconcile
from opportune.work.world import World

STARTS = tuple(at(day, "UTC") for day in ("2026-03-02 05:00", "2026-03-16 05:00", "2026-10-12 05:00"))
DAYS = {"safety": 30, "liveness": 33}
CALM_FROM = 20  # day after which a liveness world has no more faults
MOST_ACTS = 8  # people who say no out of the blue
DEEPEST = 3  # processes that stand still inside each other
SMTP_LINES = 8
Mode = Literal["safety", "liveness"]

_DUE = """SELECT
  (SELECT MIN(due_at) FROM touch WHERE state = 'planned' AND channel = 'call'),
  (SELECT MIN(due_at) FROM touch WHERE state = 'planned' AND channel = 'email' AND kind <> 'requested'),
  (SELECT MIN(due_at) FROM touch WHERE state = 'planned' AND channel = 'email' AND kind = 'requested'),
  (SELECT MIN(lease_until) FROM touch WHERE state = 'claimed'),
  (SELECT MIN(sending_at) FROM touch WHERE state = 'sending'),
  (SELECT MIN(sending_at) FROM touch WHERE state = 'uncertain' AND channel = 'call'),
  (SELECT MIN(sending_at) FROM touch WHERE state = 'uncertain' AND channel = 'email' AND kind <> 'requested'),
  (SELECT MIN(sending_at) FROM touch WHERE state = 'uncertain' AND channel = 'email' AND kind = 'requested'),
  (SELECT MIN(sent_at) FROM touch WHERE state IN ('sent', 'ringing', 'answered', 'cancel_requested')
     AND channel = 'call'),
  (SELECT MIN(decide_at) FROM enrolment WHERE state = 'active')"""


class Died(BaseException):
    """A process of ours is gone, in the middle of whatever it did."""


@dataclass
class Process:
    """One of ours, with the time before which it does not run."""

    name: str
    born: int = 0
    awake: int = 0
    skew: int = 0
    world: World | None = None


@dataclass(frozen=True)
class Clock:
    """What a process takes for the time."""

    simulation: Simulation
    process: Process

    def now(self) -> int:
        return self.simulation.now + self.process.skew

    def exact(self) -> float:
        return float(self.now())


@dataclass
class Ack:
    """A "no" that we answered: nothing planned may leave after event `mark`."""

    contact: int
    way: str
    at: int
    mark: int


@dataclass
class Simulation:
    seed: int
    mode: Mode = "safety"
    some: frozenset[str] | None = None  # only these kinds of trouble
    factor: float = 1.0
    restless: float | None = None  # how often others act between two transactions; drawn where None
    days: int = 0
    log: list[tuple[Any, ...]] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)
    outages: list[tuple[int, int]] = field(default_factory=list)
    deaths: list[tuple[int, str, str]] = field(default_factory=list)
    left_by_dead: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)
        self.start = self.now = self.rng.choice(STARTS)
        self.days = self.days or DAYS[self.mode]
        self.end = self.start + self.days * DAY
        self.mischief = Mischief.drawn(self.rng, self.some, self.factor)
        drawn = self.rng.choice((0.0, 0.02, 0.06))
        self.unrest = drawn if self.restless is None else self.restless
        self.exchange = Exchange(self)
        self.mailbox: list[Incoming] = []
        self.validity = 1
        self.points: Counter[str] = Counter()
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._number = 0
        self._wakes: dict[str, int] = {}
        self._stack: list[str] = []
        self._newcomers = True
        self._injected = False
        self.processes = {name: Process(name) for name in ("planner", "live", "live-2", "mail", "mail-2", "reconciler",
                                                           "inbox", "web", "night")}  # fmt: skip

    # ---- a world's life

    def run(self) -> Simulation:
        self.tables = house.tables()
        self.tables.become(house.template())
        people.move_in(self.tables.path, self.rng)
        self.plain = self.tables.plain()
        with Around(self):
            self._beginnings()
            while (due := self._next()) is not None and due <= self.end:
                self._one()
            self.now = max(self.now, self.end)
        return self

    def _beginnings(self) -> None:
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
        if (self.now - self.start) // DAY % 3 == 0:
            self._run("night", lambda world: (reconcile.stuck(world), leads.understand_waiting(world)))

    def _outage(self) -> None:
        until = self.now + self.rng.randrange(60, 12 * HOUR)
        self.outages.append((self.now, until))
        for process in self.processes.values():
            process.world, process.awake = None, until

    # ---- time

    def at(self, when: int, what: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._heap, (max(when, self.now), self._number, what))

    def pass_time(self, seconds: int) -> None:
        """Somebody waits, and the world goes on."""
        end = self.now + seconds
        if len(self._stack) <= DEEPEST:
            while (due := self._next()) is not None and due <= end:
                self._one()
        self.now = max(self.now, end)

    def _next(self) -> int | None:
        return self._heap[0][0] if self._heap else None

    def _one(self) -> None:
        when, _, what = heapq.heappop(self._heap)
        self.now = max(self.now, when)
        what()
        self._plan_wakes()

    # ---- processes of ours

    def _plan_wakes(self) -> None:
        """When does each of our processes find something to do?"""
        call, mail, asked, lease, sending, lost_call, lost_mail, lost_asked, silent, decide = self._look()
        live = [call, asked, lease and lease + 1, sending and sending + 901]
        live += [self._poll(lost_call, 30, 120, 600), self._poll(lost_asked, 901, 1200, 1800)]
        self._wake("live", live, 1)
        self._wake("live-2", [each and each + 2 for each in live], 1)
        self._wake("mail", [mail and -(-mail // 300) * 300], 1)
        self._wake("mail-2", [mail and -(-mail // 300) * 300 + 3], 1)
        doubts = [silent and silent + 601, lost_call and lost_call + 3601, lost_mail and lost_mail + DAY + 1,
                  lost_asked and lost_asked + DAY + 1]  # fmt: skip
        self._wake("reconciler", doubts, 300)
        decide = self.now if self._newcomers else decide
        self._wake("planner", [decide and -(-decide // HOUR) * HOUR], 60)

    def _look(self) -> tuple[int | None, ...]:
        found: tuple[int | None, ...] = self.plain.execute(_DUE).fetchall()[0]
        return found

    def _poll(self, since: int | None, *waits: int) -> int | None:
        """The next look into a doubt; later ones are the reconciler's."""
        return next((since + wait for wait in waits if since and since + wait > self.now), None)

    def _wake(self, name: str, times: list[int | None], rest: int) -> None:
        due = min((each for each in times if each), default=None)
        if due is None:
            self._wakes.pop(name, None)
            return
        late, planned = due <= self.now, self._wakes.get(name, 0)
        due = max(self.now + rest if late else due, self.processes[name].awake)
        if planned != due and not (late and self.now < planned <= due):
            self._wakes[name] = due
            self.at(due, lambda: self._woken(name, due))

    def _woken(self, name: str, due: int) -> None:
        if self._wakes.get(name) != due:
            return
        del self._wakes[name]
        if name not in self._stack:
            self._run(name, getattr(self, f"_{name.partition('-')[0]}"))

    def _run(self, name: str, work: Callable[[World], Any]) -> Any:
        """A process does something, and may die of it. None: nothing came of it that anybody could rely on."""
        process = self.processes[name]
        if self.now < process.awake:
            return None
        self._stack.append(name)
        try:
            return work(self._world_of(process))
        except Died as death:
            self._died(process, str(death))
            process.world, process.awake = None, self.now + self.rng.randrange(1, 40)
        except OperationalError as error:
            if "locked" not in str(error):
                raise
        except Exception as error:
            self.failures.append(f"{name} at {self.now}: {type(error).__name__}: {error}")
        finally:
            self._stack.pop()
        return None

    def _died(self, process: Process, where: str) -> None:
        owner = f"{process.name}.{process.born}"
        count = "SELECT COUNT(*) FROM touch WHERE state = 'sending' AND lease_owner = ?"
        self.deaths.append((self.now, process.name, where))
        self.left_by_dead.append(self.plain.execute(count, (owner,)).fetchall()[0][0])

    def _world_of(self, process: Process) -> World:
        if process.world is None:
            process.born += 1
            owner = f"{process.name}.{process.born}"
            process.world = house.House(
                house.settings(house.folder()), self.tables, Clock(self, process), house.law_book(), owner
            )
            process.world.__dict__["mailer"] = Post(self, SMTP_LINES)
            process.world.__dict__["carrier"] = Line(self.exchange)
        return process.world

    def _planner(self, world: World) -> None:
        now = world.clock.now()
        if self._newcomers:
            self._newcomers = False
            audience.enrol(world, now)
        for batch in plan.due(world, now):
            plan.decide_batch(world, batch, now)
            if self.mischief.strikes("twin"):
                plan.decide_batch(world, batch, now)

    def _live(self, world: World) -> None:
        """One pass of the loop, without the steps that would find nothing: they cost and change nothing."""
        call, _, asked, lease, sending, lost_call, _, lost_asked, *_ = self._look()
        now = world.clock.now()
        if (lease and lease < now) or (sending and sending + 900 < now):
            reconcile.reap(world)
        if asked and asked <= now:
            dispatch.requested(world)
        if call and call <= now:
            dispatch.calls(world)
        if lost_call or (lost_asked and lost_asked + 900 <= now):
            reconcile.uncertain(world)

    def _mail(self, world: World) -> None:
        dispatch.mails(world, until=self.now + 600)

    def _reconciler(self, world: World) -> None:
        *_, lost_call, lost_mail, lost_asked, silent, _ = self._look()
        if lost_call or lost_mail or lost_asked:
            reconcile.uncertain(world)
        if silent:
            reconcile.missing(world)

    def _inbox(self, world: World) -> None:
        if self.mischief.strikes("mailbox.renumbered"):
            self.validity += 1
        inbox.collect(world)

    # ---- what happens between two transactions

    def at_point(self, name: str) -> None:
        self.points[name] += 1
        if self.mischief.strikes("crash"):
            raise Died(name)
        if not self.tables.busy:
            self.between(name)

    def before_transaction(self, writes: bool) -> None:
        if writes and self.mischief.strikes("locked"):
            raise house.locked()
        self.between("")

    def between(self, point: str) -> None:
        """Others may act here."""
        if not self._stack or len(self._stack) > DEEPEST or self.rng.random() >= self.unrest:
            if self._stack and self.mischief.strikes("pause"):
                self.pass_time(self.rng.randrange(1, 1000 if point == "claim.committed" else 100))
            return
        act = self.rng.choice((self._says_no, self._another, self._another, self._soon, self._soon))
        act()

    def _soon(self) -> None:
        if self._heap and self._heap[0][0] <= self.now + 60:
            self._one()

    def _another(self) -> None:
        name = self.rng.choice(("live", "live-2", "mail", "mail-2", "reconciler", "planner"))
        if name not in self._stack:
            self._run(name, getattr(self, f"_{name.partition('-')[0]}"))

    # ---- what others do to us

    def webhook(self, leaf: str, token: str, body: bytes) -> str | None:
        """The carrier's request; None: no 2xx came."""
        work: Any = {"": calls.words, "/keys": calls.keys, "/after": calls.after_talk, "/status": calls.status}[leaf]
        event = parse_event(body)
        answer = self._run("web", lambda world: twilio.apply(work, world, token, event))
        if answer and leaf == "/keys" and event.digits == "9" and "<Say" in str(answer):
            self._acknowledged(token, "key 9")
        return None if answer in (None, False) else str(answer)

    def talk_over(self, token: str, seconds: int) -> None:
        """Our colleague enters how it went, minutes later."""
        del seconds
        results = (CallResult.MEETING, CallResult.INTERESTED, CallResult.CALL_BACK, CallResult.NOT_INTERESTED,
                   CallResult.EMAIL_PLEASE, CallResult.DO_NOT_CALL)  # fmt: skip
        result = self.rng.choice(results)
        self.at(self.now + self.rng.randrange(30, 600), lambda: self._enter(token, result))

    def _enter(self, token: str, result: CallResult) -> None:
        if self._run("web", lambda world: desk.enter(world, token, result, "")) and result is CallResult.DO_NOT_CALL:
            self._acknowledged(token, "operator")

    def mail_stored(self, token: str, recipient: str, message_id: str) -> None:
        self.note("mail", token, message_id, recipient)
        act = self.rng.choices(list(people.READERS), list(people.READERS.values()))[0]
        when = self.now + self.rng.randrange(60, 2 * DAY)
        if act == "unsubscribe":
            self.at(when, lambda: self._unsubscribe(token))
        elif act:
            self.at(when, lambda: self._write_back(act, token, recipient, message_id))

    def _unsubscribe(self, token: str) -> None:
        if self._run("web", lambda world: optout.by_token(world, token, world.clock.now())):
            self._acknowledged(token, "link")

    def _write_back(self, act: str, token: str, recipient: str, message_id: str) -> None:
        number = len(self.mailbox) + 1
        self.mailbox.append(Incoming(str(number), people.letter(act, number, recipient, token, message_id)))
        self.at(self.now + 120, lambda: self._fetch_mail(act, token))

    def _fetch_mail(self, act: str, token: str) -> None:
        if "inbox" in self._stack or self.now < self.processes["inbox"].awake:
            self.at(self.now + 120, lambda: self._fetch_mail(act, token))
            return
        self._run("inbox", self._inbox)
        if act in ("stop", "complaint") and self._read_to_the_end():
            self._acknowledged(token, act)
        elif not self._read_to_the_end():
            self.at(self.now + 120, lambda: self._fetch_mail(act, token))

    def _read_to_the_end(self) -> bool:
        [(cursor,)] = self.plain.execute("SELECT (SELECT value FROM note WHERE key = 'inbox_cursor')").fetchall()
        return cursor == f'"{self.validity}:{len(self.mailbox)}"'

    def fetch(self, *given: Any, **_: Any) -> list[Incoming]:
        """What `channels.inbox.fetch` would read over IMAP."""
        validity, _, last = str(given[5] or "").partition(":")
        seen = int(last) if validity == str(self.validity) else 0
        return [Incoming(f"{self.validity}:{mail.uid}", mail.raw) for mail in self.mailbox[seen:]]

    def _form(self, number: int) -> None:
        """A visitor posts a form, and again when nothing came back."""
        form = FORMS[self.rng.choice(("lead_magnet", "callback", "newsletter"))]
        known = self.rng.random() < 0.5
        who = self.rng.randrange(1, 4) if known else 900 + number
        given = {"name": f"Person {who}", "email": f"person{who}@firm.example", "country": "DE",
                 "zone": "Europe/Berlin", "phone": f"+49302313{who:04d}", "consent_email": "yes", "answer_by": "email",
                 "consent_call": "yes", "consent_call_auto": "yes"}  # fmt: skip
        answers = check(form, given)
        visit = leads.Visit(f"visit-{number}")
        for _ in range(3):
            if self._run("web", lambda world: leads.take(world, form, answers, visit, world.clock.now())):
                self.note("lead", f"visit-{number}", form.key, "")
                break
            self.pass_time(45)
        self._newcomers = True

    def _says_no(self) -> None:
        """Somebody whom we are about to touch, or just did, says no."""
        rows = self.plain.execute(
            "SELECT token FROM touch ORDER BY state IN ('claimed', 'sending') DESC, sending_at DESC, id LIMIT 6"
        ).fetchall()
        if rows and len(self.acks) < MOST_ACTS:
            self._unsubscribe(self.rng.choice(rows)[0])

    def _acknowledged(self, token: str, way: str) -> None:
        [(contact,)] = self.plain.execute("SELECT contact_id FROM touch WHERE token = ?", (token,)).fetchall()
        self.acks.append(Ack(contact, way, self.now, self._mark()))
        self.note("no", token, way, "")

    # ---- what is seen

    def evidence(self) -> Evidence:
        """For the auditor: the logs of the others, and a look into the tables."""
        return Evidence(self.plain, [Seen(*line) for line in self.log], self.acks, self.now, self.outages,
                        self.left_by_dead, self.failures, self.mode == "liveness")  # fmt: skip

    def trace(self) -> str:
        """One number for everything that happened, in its order."""
        whole = hashlib.sha256(repr(self.log).encode())
        columns = "id, touch_id, at, was, now, who, why, fence"
        for row in self.plain.execute(f"SELECT {columns} FROM touch_event ORDER BY id"):
            whole.update(repr(tuple(row)).encode())
        return whole.hexdigest()

    def _mark(self) -> int:
        return int(self.plain.execute("SELECT COALESCE(MAX(id), 0) FROM touch_event").fetchall()[0][0])

    def note(self, what: str, token: str, detail: str, whom: str) -> None:
        """Appended by the stand-ins only: what happened out there, with the last event that we had committed."""
        self.log.append((self.now, self._mark(), what, token, detail, whom))


class Around:
    """The seams of the production code lead into this world while it runs."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation

    def __enter__(self) -> None:
        self.old = inbox.inbox.fetch, dispatch.ThreadPoolExecutor
        inbox.inbox.fetch = self.simulation.fetch  # type: ignore[assignment]
        dispatch.ThreadPoolExecutor = house.OneThread  # type: ignore[assignment,misc]
        self.simulation.tables.before = self.simulation.before_transaction
        faults.arm(self.simulation.at_point)

    def __exit__(self, *_: object) -> None:
        faults.arm(None)
        inbox.inbox.fetch, dispatch.ThreadPoolExecutor = self.old  # type: ignore[misc]
