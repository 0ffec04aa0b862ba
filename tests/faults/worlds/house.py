"""What stands under a made-up world? One database in memory, one thread, and the production code unchanged above it.

Transactions never overlap in one thread, so the lock becomes a flag; before each transaction the simulation may let
others act: every order in which separate processes could commit can come about.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from support_world import LONG_AGO, PRACTICE_LAW, publish

from channels.base import Answer
from opportune import law
from opportune.rules.campaign import Campaign
from opportune.settings import Settings
from opportune.store.db import Database, T
from opportune.work import mail_source, posting
from opportune.work.clock import VirtualClock
from opportune.work.world import World

Shape = Literal["announce", "operator_first"]
ACCOUNT = "ACpractice0"
CALM = {"canary": 0, "stop_colleagues": False}
MEETINGS = {"caps": {"per_day": 2, "per_week": 5}, "mails": {"most": 3, "days_between": 3}}
CLARIFICATIONS = {"caps": {"per_day": 1, "per_week": 4}, "mails": {"most": 3, "days_between": 4}}


class House(World):
    """One process of ours: its own memory and owner name over the database of all."""

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Nothing is awaited that is not there: the first step runs to the end."""
        try:
            work.send(None)
        except StopIteration as end:
            return end.value
        raise RuntimeError("channel work waited for something outside the simulation")


async def one_account(world: World, going: posting.Going) -> list[Answer]:
    """As `posting.send`, which would wait for several accounts at once."""
    return await world.mailer.send_all([posting._mail(*each) for each in going])


class OneThread:
    """A pool of threads whose work is done at once, in order."""

    def __init__(self, _size: int) -> None:
        pass

    def __enter__(self) -> OneThread:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(self, work: Callable[[Any], Any], given: Sequence[Any]) -> Iterator[Any]:
        return map(work, given)

    def submit(self, work: Callable[..., Any], *given: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(work(*given))
        return done


class Tables(Database):
    """The database of a world. `before` is called when a transaction begins; `busy` tells whether one is open."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"sqlite:///{path}", durable=False)
        self.path = path
        self.busy = False
        self.eye: sqlite3.Connection | None = None
        self.before: Callable[[bool], None] = lambda _: None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        assert not self.busy, "a transaction inside a transaction: two processes would wait for each other"
        self.before(True)
        self.busy = True
        try:
            yield
        finally:
            self.busy = False

    @contextmanager
    def read(self) -> Iterator[Session]:
        if not self.busy:  # within a transaction that writes nobody else could
            self.before(False)
        with super().read() as session:
            yield session

    def together(self, act: Callable[[Session], T]) -> T:
        """Each for itself: the threads here are processes of a world, and would never share a commit."""
        return self.attempt(act)

    def become(self, template: Path) -> None:
        """Begin anew as a copy of this database; statements stay compiled."""
        self.close()
        if self.eye is not None:
            self.eye.close()
        for tail in ("-wal", "-shm"):
            Path(f"{self.path}{tail}").unlink(missing_ok=True)
        shutil.copyfile(template, self.path)

    def plain(self) -> sqlite3.Connection:
        """For the eyes of the simulation and its auditor: no code of ours in between."""
        self.eye = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, isolation_level=None)
        return self.eye


def locked() -> OperationalError:
    error = sqlite3.OperationalError("database is locked")
    return OperationalError("BEGIN IMMEDIATE", {}, error)


@cache
def ground() -> Path:
    """In memory where the system has such a place; gone with the process that made it."""
    memory = Path("/dev/shm")
    made = Path(tempfile.mkdtemp(prefix="opportune-worlds-", dir=memory if memory.is_dir() else None))
    owner = os.getpid()
    atexit.register(lambda: owner == os.getpid() and shutil.rmtree(made, ignore_errors=True))
    return made


def folder() -> Path:
    """One for each process that was forked from it."""
    mine = ground() / str(os.getpid())
    mine.mkdir(exist_ok=True)
    return mine


@cache
def settings(home: Path) -> Settings:
    return Settings(
        home=home,
        secret=SecretStr("a secret of the tests, long enough to sign"),
        twilio_account=ACCOUNT,
        twilio_token=SecretStr("token"),
        twilio_url="http://127.0.0.1:9",
        twilio_caller="+442079460100",
        operator_phone="+442079460999",
        calls_per_second=4,
        smtp_host="127.0.0.1",
        smtp_port=9,
        smtp_security="none",
        imap_host="mailbox.example",
        mail_domain="ours.example",
        mail_reply_to="reply@ours.example",
        public_url="http://ours.example",
    )


#: Nobody edits a template or a version while the worlds turn: read once, not for each second of each of them.
fingerprint = cache(mail_source.fingerprint)
SHAPES: tuple[Shape, ...] = ("announce", "announce", "operator_first")  # of the calls for meetings, one is drawn


@cache
def campaigns(shape: Shape) -> dict[int, Campaign]:
    """By the number of their version, which means another document in a world of the other shape."""
    del shape
    return {}


@cache
def law_book() -> law.LawBook:
    return law.load(PRACTICE_LAW)


@cache
def template(shape: Shape = "announce") -> Path:
    """Migrated, with both campaigns live; made once for each shape of calls."""
    path = ground() / f"{shape}.db"
    database = Database(f"sqlite:///{path}", durable=False)
    database.migrate()
    world = World(settings(folder()), database, VirtualClock(LONG_AGO), law_book(), "test")
    publish(world, "meetings", shape, **CALM, **MEETINGS)
    publish(world, "clarifications", **CALM, **CLARIFICATIONS)
    database.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


def tables() -> Tables:
    return _tables(folder())


@cache
def _tables(mine: Path) -> Tables:
    return Tables(mine / "world.db")
