"""What do the processes of an experiment share? A database on disk, a clock in a file, three ports, and nothing else.

People and plans are made once, in a database that is then copied: each round of an experiment begins with the same.
Nobody keeps a connection open when processes are forked from here.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import insert, make_url
from support_world import LONG_AGO, PRACTICE_LAW, at, make_world, plan_everything, publish

from opportune import law
from opportune.law import LawBook
from opportune.rehearsal.server import free_socket
from opportune.rehearsal.shared_clock import SharedClock
from opportune.settings import Settings
from opportune.store import models as m
from opportune.store.db import Database
from opportune.work.world import World

SEEN = "seen.jsonl"  # the log of what the outside saw
ACCOUNT, TOKEN = "ACpractice0", "token"
MORNING = at("2026-03-03 08:00")  # a Tuesday
SLOT = at("2026-03-03 14:10")  # ten minutes in which mail may leave; calls may be placed all afternoon
CALM = {"canary": 0, "stop_colleagues": False, "caps": {"per_day": 2, "per_week": 5}}
CAMPAIGNS = {
    "call": ("meetings", "announce", {"channels": ["call"]}),
    "colleague": ("meetings", "operator_first", {"channels": ["call"]}),
    "email": ("clarifications", "announce", {"channels": ["email"]}),
}
CHANNELS = ("call", "call_auto", "voicemail", "email")


@dataclass(frozen=True)
class Home:
    """Where one round lives. `sockets` are bound before anybody is forked, so every process knows every port."""

    folder: Path
    url: str
    sockets: dict[str, socket.socket]
    settings: Settings

    @property
    def clock(self) -> SharedClock:
        return SharedClock(self.folder / "clock")

    def open(self, owner: str) -> World:
        """The world of one process."""
        return World(self.settings, database(self.url), self.clock, law_book(), owner)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database says, on a connection of this moment."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(make_url(self.url).database or "", timeout=30)) as connection:
                return connection.execute(query).fetchall()
        with psycopg.connect(self.url.replace("+psycopg", "")) as connection:
            return connection.execute(query.encode()).fetchall()

    def run(self, statement: str) -> None:
        """One statement from outside, committed."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(make_url(self.url).database or "", timeout=30)) as connection, connection:
                connection.execute(statement)
        else:
            with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute(statement.encode())

    def copy(self, folder: Path, url: str = "") -> Home:
        """A round of its own: SQLite files are copied, `url` names the copy of a PostgreSQL database."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if not url:
            self.rows("PRAGMA wal_checkpoint(TRUNCATE)")  # the last one may have died with its commits in the log
            source = make_url(self.url).database or ""
            url = f"sqlite:///{shutil.copy(source, folder / 'test.db')}"
        SharedClock(folder / "clock", SLOT)
        if (log := self.folder / SEEN).exists():
            shutil.copy(log, folder)
        return replace(self, folder=folder, url=url, settings=self.settings.model_copy(update={"home": folder}))


@cache
def database(url: str) -> Database:
    """One object for each address: what it has compiled once is ready in every process forked later."""
    return Database(url)


@cache
def law_book() -> LawBook:
    return law.load(PRACTICE_LAW)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder in memory where there is one: a killed process loses nothing that the system has taken from it."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="faults-", dir=memory if os.access(memory, os.W_OK) else None) as name:
        yield Path(name)


@contextmanager
def ports() -> Iterator[dict[str, socket.socket]]:
    """Listening sockets of the mail server, the carrier, the mailbox and our own web application."""
    found = {name: free_socket() for name in ("smtp", "carrier", "imap", "web")}
    try:
        for each in found.values():
            each.listen(256)
        yield found
    finally:
        for each in found.values():
            each.close()


def build(
    folder: Path, url: str, sockets: dict[str, socket.socket], people: int,
    channels: tuple[str, ...] = ("call", "email"), **settings: Any,
) -> Home:  # fmt: skip
    """A migrated database with that many people, each with one attempt planned on each channel, due in `SLOT`."""
    folder.mkdir(parents=True, exist_ok=True)
    port = {name: each.getsockname()[1] for name, each in sockets.items()}
    given = {
        "twilio_url": f"http://127.0.0.1:{port['carrier']}", "smtp_port": port["smtp"], "imap_port": port["imap"],
        "public_url": f"http://127.0.0.1:{port['web']}", "calls_per_second": 30.0, "approval_above": 1_000_000,
        **settings,
    }  # fmt: skip
    tables = Database(url)
    tables.migrate()
    world = make_world(tables, folder, now=MORNING, **given)
    for channel in channels:
        name, shape, only = CAMPAIGNS[channel]
        publish(world, name, shape, **CALM, **only)
    _move_in(tables, people)
    plan_everything(world)
    tables.close()
    home = Home(folder, url, sockets, world.settings)
    home.run(f"UPDATE touch SET due_at = {SLOT}, not_after = {SLOT + 590} WHERE state = 'planned'")
    home.run("UPDATE enrolment SET decide_at = NULL")
    return home


def _move_in(tables: Database, people: int) -> None:
    contacts = [
        {
            "id": number, "name": f"Person {number}", "status": "executive", "business": True, "interest": "warm",
            "bought": False, "language": "en", "email": f"person{number}@firm.example",
            "phone": f"+4930{23000000 + number}", "country": "DE", "zones": ["Europe/Berlin"],
            "asked_for_contact": False, "created_at": LONG_AGO, "version": 1,
        }
        for number in range(1, people + 1)
    ]  # fmt: skip
    same = {"purpose": "marketing", "advertiser": "", "granted": True, "at": LONG_AGO, "wording": "yes", "proof": {}}
    consents = [
        {**same, "contact_id": number, "channel": channel, "wording_version": "1"}
        for number in range(1, people + 1)
        for channel in CHANNELS
    ]
    with tables.write() as session:
        session.execute(insert(m.Contact), contacts)
        session.execute(insert(m.Consent), consents)
