"""The disk is full, the database is locked by a stranger, or the process dies at the n-th sync: does anything leave
without its commit, is anything acknowledged that is not stored, and does everything go on afterwards?
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from faults.kills import audit
from faults.kills.figures import Figures, NotHere
from faults.kills.home import Home, build, ports, scratch
from faults.kills.outside import outside
from faults.kills.processes import ended, fork, kill
from faults.kills.roles import ROLES, post
from faults.kills.web import Visitor, application
from faults.kills.workers import settle, warm
from sqlalchemy import event

from opportune.store.db import Database

PEOPLE = 24
SMALL = "8m"  # of a disk that is soon full
PATIENCE = "PRAGMA busy_timeout=200"  # milliseconds; in production half a minute
STRACE = ("strace", "-qq", "-f", "-o", "/dev/null", "-e", "trace=fdatasync,fsync")
SET_PTRACER, ANYBODY = 0x59616D61, -1


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of eight megabytes; only root may make one."""
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "none", folder], capture_output=True).returncode:
        raise NotHere("only root can mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def full(times: int = 1, _seed: int = 1) -> Figures:
    """B1: nothing leaves, nothing is acknowledged; with space everything goes on."""
    figures = Figures()
    for _ in range(times):
        _one_full_disk(figures)
        figures.runs += 1
    return figures


def _one_full_disk(figures: Figures) -> None:
    with scratch() as folder, ports() as sockets, small_disk(folder / "disk") as disk:
        template = build(folder / "template", f"sqlite:///{folder}/template/test.db", sockets, PEOPLE)
        home = template.copy(disk / "round")
        [(token,)] = home.rows("SELECT token FROM touch WHERE channel = 'email' ORDER BY id LIMIT 1")
        with outside(home), _served(home) as visitor:
            ballast = disk / "ballast"
            _fill(ballast)
            if ended(fork(lambda: ROLES["send"](home, None))) != 1:
                figures.wrong("the sender did not fail aloud")
            _refused(visitor, token, figures)
            ballast.unlink()
            _nothing_happened(home, figures)
            _taken(visitor, token, figures)
            if ended(fork(lambda: _send_later(home))):
                figures.wrong("the sender did not go on")
        audit.compare(home, figures)
        if len(audit.effects(home)) < 2 * PEOPLE - 2:  # one person said no
            figures.wrong(f"only {len(audit.effects(home))} were reached in the end")


def _fill(ballast: Path) -> None:
    """To the last byte."""
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue


def _refused(visitor: Visitor, token: str, figures: Figures) -> None:
    """A lead and an opt-out while nothing can be stored: both are told so, none is acknowledged."""
    for what, status in (("form", visitor.ask(*post("one", 1))), ("opt-out", visitor.ask(f"/u/{token}"))):
        if status != 503:
            figures.wrong(f"the {what} was answered {status}")


def _taken(visitor: Visitor, token: str, figures: Figures) -> None:
    """The same two, sent again."""
    for what, status in (("form", visitor.ask(*post("one", 1))), ("opt-out", visitor.ask(f"/u/{token}"))):
        if status not in (200, 303):
            figures.wrong(f"the {what} was answered {status} afterwards")


def _nothing_happened(home: Home, figures: Figures) -> None:
    rows = [home.rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("lead", "suppression")]
    if any(rows) or audit.effects(home):
        figures.wrong(f"stored although it was refused: {rows}; left: {sum(audit.effects(home).values())}")


@contextmanager
def _served(home: Home, armed: Callable[[str], None] | None = None) -> Iterator[Visitor]:
    web, visitor = fork(application(home, armed)), Visitor(home)
    try:
        yield visitor
    finally:
        visitor.close()
        kill(web)


def _send_later(home: Home) -> None:
    home.clock.move_to(home.clock.now() + 120)  # the failed one's leases are over
    settle(home, (0, 16, 61, 24 * 60 + 1), sends=True)


def locked(times: int, _seed: int = 1) -> Figures:
    """B2: a stranger holds the database; whoever must write waits, and says so when it takes too long."""
    figures = Figures()
    with scratch() as folder, ports() as sockets:
        template = build(folder / "template", f"sqlite:///{folder}/template/test.db", sockets, PEOPLE)
        for _ in range(times):
            home = template.copy(folder / "round")
            with outside(home):
                _one_lock(home, figures)
            audit.compare(home, figures)
            figures.runs += 1
    return figures


def _one_lock(home: Home, figures: Figures) -> None:
    [(token,)] = home.rows("SELECT token FROM touch WHERE channel = 'email' ORDER BY id LIMIT 1")
    stranger = fork(lambda: _hold(home))
    while not (home.folder / "held").exists():
        time.sleep(0.005)
    with _served(_impatient(home)) as visitor:
        _refused(visitor, token, figures)
    if ended(fork(lambda: ROLES["send"](_impatient(home), None))) != 1:
        figures.wrong("the impatient sender did not fail aloud")
    patient = fork(lambda: ROLES["send"](home, None))
    time.sleep(0.5)
    _nothing_happened(home, figures)
    kill(stranger)
    if ended(patient):
        figures.wrong("the patient sender failed")
    if ended(fork(lambda: _send_later(home))):
        figures.wrong("the survivor failed")
    if len(audit.effects(home)) != 2 * PEOPLE:
        figures.wrong(f"{len(audit.effects(home))} were reached in the end")


def _hold(home: Home) -> None:
    """A stranger's program, which knows nothing of our lock, has the database in its hands."""
    with closing(sqlite3.connect(home.folder / "test.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        (home.folder / "held").touch()
        time.sleep(600)


class Impatient(Home):
    """The same house, whose processes wait only a moment for the database."""

    def open(self, owner: str):
        world = super().open(owner)
        world.db = Database(self.url)
        event.listen(world.db._writer, "connect", lambda connection, _: connection.execute(PATIENCE))
        return world


def _impatient(home: Home) -> Impatient:
    return Impatient(home.folder, home.url, home.sockets, home.settings)


def synced(times: int, _seed: int = 1) -> Figures:
    """A18: killed by the kernel's own hand as it asks the disk to sync for the n-th time."""
    if shutil.which("strace") is None:
        raise NotHere("strace is not installed")
    figures = Figures()
    with scratch() as folder, ports() as sockets:
        template = build(
            folder / "template", f"sqlite:///{folder}/template/test.db", sockets, PEOPLE, smtp_connections=2
        )
        with outside(home := template.copy(folder / "round")):
            warm(home)
        for number in range(1, times + 1):
            home = template.copy(folder / "round")
            with outside(home):
                _at_sync(home, number, figures)
            figures.uncertain += audit.closed_in_time(home, figures)
            audit.compare(home, figures)
            figures.runs += 1
    return figures


def _at_sync(home: Home, number: int, figures: Figures) -> None:
    victim = fork(lambda: _traced(home))
    inject = f"inject=fdatasync,fsync:signal=SIGKILL:when={number}"
    tracer = subprocess.Popen([*STRACE, "-e", inject, "-p", str(victim)], stderr=subprocess.DEVNULL)
    how = ended(victim)
    tracer.wait(20)
    if how != -signal.SIGKILL:
        figures.wrong(f"the {number}th sync was not its last: it ended with {how}")
    if ended(fork(lambda: _send_later(home))):
        figures.wrong("the survivor failed")


def _traced(home: Home) -> None:
    """Waits for the tracer, then works."""
    ctypes.CDLL(None).prctl(SET_PTRACER, ANYBODY)
    patience = time.monotonic() + 20
    while "TracerPid:\t0\n" in Path("/proc/self/status").read_text():
        if time.monotonic() > patience:
            os._exit(7)
        time.sleep(0.005)
    ROLES["send"](home, None)
