"""What do our processes do in a made-up world, and what becomes of them?

Each is an object with an owner's name and a memory of its own. It wakes when the tables have something for it, as the
flows would. Between any two of its transactions others may act, and at any named point it may die: its memory is gone,
its open transaction too, and another one starts later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from sqlite3 import Connection
from typing import Any

from faults.worlds import house
from faults.worlds.carrier import Exchange
from faults.worlds.clockwork import DEEPEST, Clock, Clockwork, Died, Process
from faults.worlds.line import Line
from faults.worlds.mailserver import Post
from faults.worlds.mischief import Mischief
from sqlalchemy.exc import OperationalError

from opportune.rules.facts import DAY, HOUR
from opportune.work import audience, dispatch, inbox, operator_first, plan, reconcile, replay
from opportune.work.world import World

NAMES = ("planner", "live", "live-2", "mail", "mail-2", "reconciler", "inbox", "web", "night")
BOTH = {"live", "live-2"}  # one of them is awake, or nobody would take leases back
SMTP_LINES = 8
PATIENCE = 128  # seconds after which one looks again at what it could not do; in earnest each second

_DUE = """SELECT
  (SELECT MIN(due_at) FROM touch WHERE state = 'planned' AND channel = 'call' AND automated),
  (SELECT MIN(due_at) FROM touch WHERE state = 'planned' AND channel = 'email' AND kind <> 'requested'),
  (SELECT MIN(due_at) FROM touch WHERE state = 'planned' AND channel = 'email' AND kind = 'requested'),
  (SELECT MIN(lease_until) FROM touch WHERE state = 'claimed'),
  (SELECT MIN(sending_at) FROM touch WHERE state = 'sending'),
  (SELECT MIN(COALESCE(look_at, sending_at + 30)) FROM touch WHERE state = 'uncertain' AND channel = 'call'),
  (SELECT MIN(sending_at) FROM touch WHERE state = 'uncertain' AND channel = 'email' AND kind <> 'requested'),
  (SELECT MIN(sending_at) FROM touch WHERE state = 'uncertain' AND channel = 'email' AND kind = 'requested'),
  (SELECT MIN(sent_at) FROM touch WHERE state IN ('sent', 'ringing', 'answered', 'cancel_requested')
     AND channel = 'call'),
  (SELECT MIN(decide_at) FROM enrolment WHERE state = 'active'),
  (SELECT MIN(received_at) FROM provider_event WHERE applied_at IS NULL AND tries < 3),
  (SELECT MIN(look_at) FROM touch WHERE state = 'cancel_requested'),
  (SELECT MIN(not_after) FROM touch WHERE state = 'planned' AND channel = 'call' AND NOT automated),
  (SELECT MIN(MAX(t.due_at, (SELECT COALESCE(MAX(c.over_at) + 301, 0) FROM operator_call c WHERE c.touch_id = t.id
     AND c.operator_id = o.id))) FROM touch t, operator o WHERE t.state = 'planned' AND t.channel = 'call'
     AND NOT t.automated AND o.on_duty_since IS NOT NULL AND NOT EXISTS (SELECT 1 FROM operator_call c
     WHERE c.operator_id = o.id AND (c.over_at IS NULL OR c.touch_id = t.id
     AND (c.state = 'declined' OR c.state = 'missed' AND c.provider_id IS NULL)))),
  (SELECT MIN(moved_at + CASE state WHEN 'accepted' THEN 1081 ELSE 121 END) FROM operator_call WHERE over_at IS NULL)
"""


class Processes(Clockwork):
    """All of ours, over one database."""

    rng: Random
    mischief: Mischief
    exchange: Exchange
    tables: house.Tables
    plain: Connection
    shape: house.Shape
    unrest: float  # how often others act between two transactions

    def __init__(self) -> None:
        super().__init__()
        self.processes = {name: Process(name) for name in NAMES}
        self.points: Counter[str] = Counter()
        self.deaths: list[tuple[int, str, str]] = []
        self.left_by_dead: list[int] = []
        self.failures: list[str] = []
        self.validity = 1  # of the mailbox's numbers
        self._wakes: dict[str, int] = {}
        self._newcomers = True
        self._nobody_until = 0  # no colleague could be rung
        self._idle = dict.fromkeys(NAMES, (-1, 0))  # as of which commit each came to the end of so many passes
        self._seen: tuple[int, tuple[int | None, ...]] = (-1, ())

    def _plan_wakes(self) -> None:
        """When does each of our processes find something to do?"""
        seen = self._look()
        (call, mail, asked, lease, sending, lost_call, lost_mail, lost_asked, silent, decide, kept, wanted, ours,
         free, quiet) = seen  # fmt: skip
        live = [call, asked, lease and lease + 1, sending and sending + 901]
        live += [lost_call, self._poll(lost_asked, 901, 1200, 1800), wanted, ours and ours + 1, quiet]
        live += [free and max(free, self._nobody_until)]
        self._wake("live", live, 1)
        self._wake("live-2", [each and each + 2 for each in live], 1)
        self._wake("mail", [mail and -(-mail // 300) * 300], 1)
        self._wake("mail-2", [mail and -(-mail // 300) * 300 + 3], 1)
        doubts = [silent and silent + 601, lost_mail and lost_mail + DAY + 1,
                  lost_asked and lost_asked + DAY + 1, kept and kept + 61]  # fmt: skip
        self._wake("reconciler", doubts, 300)
        decide = self.now if self._newcomers else decide
        self._wake("planner", [decide and -(-decide // HOUR) * HOUR], 60)

    def _look(self) -> tuple[int | None, ...]:
        """As it was, until somebody has committed."""
        [(version,)] = self.plain.execute("PRAGMA data_version").fetchall()
        if self._seen[0] != version:
            self._seen = version, tuple(self.plain.execute(_DUE).fetchall()[0])
        return self._seen[1]

    def _poll(self, since: int | None, *waits: int) -> int | None:
        """The next look into a doubt; later ones are the reconciler's."""
        return next((since + wait for wait in waits if since and since + wait > self.now), None)

    def _wake(self, name: str, times: list[int | None], rest: int) -> None:
        due = min((each - self.jumped for each in times if each), default=None)
        if due is None:
            self._wakes.pop(name, None)
            return
        late, planned = due <= self.now, self._wakes.get(name, 0)
        if late and self._idle[name][0] == self._seen[0]:  # it just found nothing that it could do
            rest = max(rest, min(PATIENCE, 2 ** self._idle[name][1]))
        due = max(self.now + rest if late else due, self.processes[name].awake)
        if planned != due and not (late and self.now <= planned <= due):  # due now and not yet its turn: it keeps it
            self._wakes[name] = due
            self.at(due, lambda: self._woken(name, due))

    def _woken(self, name: str, due: int) -> None:
        if self._wakes.get(name) != due:
            return
        del self._wakes[name]
        if name not in self._stack and self._run(name, self._pass_of(name)):
            self._look()
            as_of, times = self._idle[name]
            self._idle[name] = self._seen[0], times + 1 if as_of == self._seen[0] else 1

    def _pass_of(self, name: str) -> Callable[[World], bool]:
        """True: it came to its end."""
        work = getattr(self, f"_{name.partition('-')[0]}")
        return lambda world: work(world) is None

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
            process.world.extras["campaigns"] = house.campaigns(self.shape)
            process.world.__dict__["mailer"] = Post(self, SMTP_LINES)
            process.world.__dict__["carrier"] = Line(self.exchange)
        return process.world

    def _planner(self, world: World) -> None:
        now = world.clock.now()
        if self._newcomers:
            audience.enrol(world, now)
            self._newcomers = False
        for batch in plan.due(world, now):
            plan.decide_batch(world, batch, now)
            if self.mischief.strikes("twin"):
                plan.decide_batch(world, batch, now)

    def _live(self, world: World) -> None:
        """One pass of the loop, without the steps that would find nothing: they cost and change nothing."""
        self._look_at_clock(world)
        call, _, asked, lease, sending, lost_call, _, lost_asked, _, _, _, wanted, ours, free, quiet = self._look()
        now = world.clock.now()
        if world.extras.setdefault("born", now) == now or (lease and lease < now) or (sending and sending + 900 < now):
            reconcile.reap(world)
        if asked and asked <= now:
            dispatch.requested(world)
        if call and call <= now:
            dispatch.calls(world)
        if lost_call or (lost_asked and lost_asked + 900 <= now):
            reconcile.uncertain(world)
        if wanted and wanted <= now:
            reconcile.cancels(world)
        if any(each and each <= now for each in (free, quiet, ours and ours + 1)):
            self._ring_colleagues(world)

    def _ring_colleagues(self, world: World) -> None:
        """Each second, in earnest; here after a pass that rang nobody only minutes later."""
        done = operator_first.ring(world)
        self._nobody_until = 0 if done.rung else self.now + 240

    def _mail(self, world: World) -> None:
        self._look_at_clock(world)
        dispatch.mails(world, until=world.clock.now() + 600)

    def _reconciler(self, world: World) -> None:
        *_, lost_call, lost_mail, lost_asked, silent, _, kept, _, _, _, _ = self._look()
        if lost_call or lost_mail or lost_asked:
            reconcile.uncertain(world)
        if kept:
            replay.again(world, by_itself=True)
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
            if self._stack and not BOTH.issubset(self._stack) and self.mischief.strikes("pause"):
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

    def _says_no(self) -> None:
        """Somebody whom we are about to touch, or just did, says no."""
        raise NotImplementedError

    def _look_at_clock(self, world: World) -> None:
        """Before each pass."""
        raise NotImplementedError
