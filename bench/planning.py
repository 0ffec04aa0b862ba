"""What does planning cost beside merely reading the contacts and writing the same rows?

CPU seconds, since others use the machine too. Every load runs in a process of its own, over a copy of the same people.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import people
from bench.postgres import NoPostgres, cluster
from bench.report import Figure
from opportune.store.db import Database

MANY = int(os.environ.get("BENCH_CONTACTS", "1000000"))
HALF = MANY // 2  # on PostgreSQL, where it takes twice as long: all benchmarks together have an hour
FEW, RUNS = 10_000, 5
RATIO, GROWTH, MEMORY = 2.0, 1.4, 400.0

Load = dict[str, float]


def load(what: str, *given: object) -> Load:
    command = [sys.executable, "-m", "bench.load", what, *map(str, given)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told: Load = json.loads(done.stdout.splitlines()[-1])
    return told


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        few = [_sqlite(Path(folder) / f"few{turn}", FEW) for turn in range(RUNS)]
        plan, floor = _sqlite(Path(folder) / "many", MANY)
        small = statistics.median(each["cpu"] / FEW for each, _ in few)
        ratio = statistics.median(each["cpu"] / under["cpu"] for each, under in few)
        yield Figure("planning_sqlite", MANY, plan["cpu"], "s", RATIO, floor["cpu"], note=f"at {FEW:,}: {ratio:.2f}")
        steady = f"its last tenth: {plan['last_us']:.0f} us a contact"
        yield Figure("planning_growth", MANY, plan["cpu"] / MANY * 1e6, "us", GROWTH, small * 1e6, note=steady)
        yield Figure("planning_memory_mb", MANY, plan["mb"], "MB", MEMORY)
        try:
            yield _postgresql(Path(folder))
        except NoPostgres as reason:
            print(f"planning_postgresql: {reason}", file=sys.stderr)


def _sqlite(folder: Path, count: int) -> tuple[Load, Load]:
    folder.mkdir()
    ours, bare = folder / "ours.db", folder / "bare.db"
    _prepare(f"sqlite:///{ours}", count)
    shutil.copy(ours, bare)
    plan = load("plan", f"sqlite:///{ours}", folder)
    floor = load("floor", f"sqlite:///{bare}", f"sqlite:///{ours}")
    shutil.rmtree(folder)
    return plan, floor


def _postgresql(folder: Path) -> Figure:
    with cluster() as server:
        server.run("CREATE DATABASE bare")
        _prepare(server.url("bare"), HALF)
        server.run("CREATE DATABASE ours TEMPLATE bare")
        server.run("CHECKPOINT")
        plan = load("plan", server.url("ours"), folder)
        server.run("CHECKPOINT")
        floor = load("floor", server.url("bare"), server.url("ours"))
    return Figure("planning_postgresql", HALF, plan["cpu"], "s", RATIO, floor["cpu"], note="with the server's share")


def _prepare(url: str, count: int) -> None:
    db = Database(url)
    people.fill(db, count)
    people.campaign(db, "first", count)
    people.settled(db)
    db.close()
