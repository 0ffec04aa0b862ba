"""A whole practice run: empty the practice database, import the examples, publish, let the days pass, count.

Always from the same Monday, so one seed gives one result on any day. What it leaves behind goes on in real time: the
offset of its clock (whole hours) is stored in its own database.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from opportune import law
from opportune.rehearsal import standins as stand
from opportune.rehearsal import truth
from opportune.rehearsal.drive import Drive
from opportune.rehearsal.people import People
from opportune.rehearsal.report import Report, report
from opportune.rehearsal.server import Server, free_socket, serving
from opportune.rehearsal.shared_clock import SharedClock
from opportune.rules.facts import DAY, HOUR
from opportune.settings import Settings
from opportune.store import notes
from opportune.store.db import Database
from opportune.work import campaigns, importing, operators
from opportune.work.world import World

START = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())  # a Monday; DST changes on both sides of the Atlantic follow
VISITORS = 48

Tell = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Options:
    """`days` of virtual time; `examples` holds contacts.csv, said-no.csv and campaigns/."""

    days: int = 42
    seed: int = 1
    examples: Path = stand.EXAMPLES
    block_mail: bool = False


def practise(base: Settings, options: Options, tell: Tell) -> Report:
    """Run it. `tell` hears what is being done and how far it is, from 0 to 1."""
    with rehearsing(base, options) as stage, closing(People(stage.world, stage.standins, options.seed)) as people:
        tell("importing people", 0.0)
        prepare(stage.world, options)
        truth.note(stage.world, options.seed)
        people.move_in()
        people.plan_visits(START, options.days, VISITORS)
        end = START + options.days * DAY
        stage.server.wait()

        def progress(moment: int) -> None:
            day = datetime.fromtimestamp(moment, UTC).strftime("%a %d %b %H:%M")
            tell(f"practising {day}", (moment - START) / (end - START))

        Drive(stage.world, stage.clock, stage.standins, people).run(end, progress)
        tell("counting", 1.0)
        result = report(stage.world, stage.standins, people.leads)
        go_on_from(stage.world.db, end)
        return result


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything a practice run plays on."""

    world: World
    clock: SharedClock
    standins: stand.Standins
    server: Server


@contextmanager
def rehearsing(base: Settings, options: Options) -> Iterator[Stage]:
    """A practice world on an empty database, its web application and the stand-ins, all on real sockets."""
    ours = free_socket()
    standins = stand.start(base.home, seed=options.seed, fresh=True, block_mail=options.block_mail)
    try:
        settings = stand.practice_settings(base, standins, ours.getsockname()[1])
        _forget(settings)
        db = Database(settings.database, durable=False)
        db.migrate()
        folder = base.home.resolve() / "practice"
        clock = SharedClock(folder / "clock", START)
        environment = stand.environment(base, standins, settings.port)
        with serving(ours, folder / "clock", environment, folder / "web.log") as server:
            for address in (standins.carrier, standins.mailbox):
                standins.set_clock(address, START)
            world = World(settings, db, clock, law.load(*settings.law_files, holidays=settings.holidays), "practice")
            with closing(world):
                yield Stage(world, clock, standins, server)
    finally:
        standins.stop()
        ours.close()


def _forget(settings: Settings) -> None:
    """Empties the practice database, and only that one."""
    path = Path(settings.database.removeprefix("sqlite:///"))
    assert path.name == "practice.db"
    noes = settings.home.glob("opt-outs-practice.*")  # the journal, and what waits for the database
    for old in (path, *path.parent.glob(f"{path.name}-*"), *noes):
        shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)


def prepare(world: World, options: Options) -> None:
    """The people and the campaigns of the examples, and colleagues who take the calls."""
    for name, phone in stand.COLLEAGUES.items():
        operators.add(world, name, phone)
        operators.on_duty(world, phone)
    importing.import_contacts(
        world,
        options.examples / "contacts.csv",
        country=None,
        basis="made-up consent of made-up people, for practice only",
        said_no=options.examples / "said-no.csv",
        source="example list",
    )
    for path in sorted((options.examples / "campaigns").glob("*.yaml")):
        campaigns.activate(world, path, author="practice", note="example")


def go_on_from(db: Database, moment: int) -> None:
    """From here on practice time is real time plus whole hours, so that Prefect's cron still meets the marks."""
    notes.put(db, "clock_offset", -(-(moment - int(time.time())) // HOUR) * HOUR)
