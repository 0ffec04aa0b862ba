"""What does one durable commit cost beside one write that the disk itself confirms?"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.people import NOW
from bench.report import Figure
from opportune.settings import ROOT
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.store.db import Database

CHAIN = ("personal", "prev", "hash")
ROUNDS, TURNS, PAGE = 9, 200, bytes(4096)
HALF = 0.5
ROW = {"at": NOW, "who": "bench", "act": "commit", "subject": "one row", "why": "", "data": "{}"} | dict.fromkeys(
    CHAIN, ""
)


def figures() -> Iterator[Figure]:
    """Beside the code, since /tmp may be memory; the two take turns, a commit and a page."""
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "build") as name:
        ours, raw = _commits(Path(name)), _pages(Path(name))
        rounds = [_round(ours, raw) for _ in range(ROUNDS + 1)][1:]
    rate, ceiling = (statistics.median(each) for each in zip(*rounds, strict=True))
    yield Figure("durable_commit", ROUNDS * TURNS, rate, "/s", HALF, ceiling, at_least=True)


def _round(*works: Callable[[], None]) -> list[float]:
    """How often a second each is done."""
    spent = [0.0] * len(works)
    for _ in range(TURNS):
        for place, work in enumerate(works):
            began = time.perf_counter()
            work()
            spent[place] += time.perf_counter() - began
    return [TURNS / each for each in spent]


def _commits(folder: Path) -> Callable[[], None]:
    db = Database(f"sqlite:///{folder / 'ours.db'}")
    db.migrate()

    def commit() -> None:
        with db.write() as session:  # as claims, reports and decisions are written: by the driver
            Bulk(session).insert(m.Audit, tuple(ROW), [tuple(ROW.values())])

    return commit


def _pages(folder: Path) -> Callable[[], None]:
    """Over pages that are there already: a database's log too is written over and over."""
    file = os.open(folder / "raw", os.O_CREAT | os.O_RDWR)
    os.pwrite(file, PAGE * 1000, 0)
    os.fsync(file)
    places = iter(range(10**9))

    def write() -> None:
        os.pwrite(file, PAGE, next(places) % 1000 * len(PAGE))
        os.fdatasync(file)

    return write
