"""How fast are due touches claimed, beside bare SQL that does the same durable work?

Same rows, same statements by hand: select a hundred due, mark them with lease and fence, write a hundred events,
commit. The two take turns, batch by batch, so that whatever else uses the disk slows both.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import bare, people
from bench.postgres import NoPostgres, cluster
from bench.report import Figure
from opportune.store import ledger
from opportune.store.bulk import Bulk
from opportune.store.db import Database

BATCH = 100
ROUNDS, TURNS = 7, 40
MANY = BATCH * TURNS * (ROUNDS + 1) * 2  # half of it stays due: the last batch is found as the first
PLANNED_BESIDE, PAUSE = 100_000, 0.02
HALF, P99_MS, BESIDE_MS = 0.5, 10.0, 50.0
TOUCH = ("key", "token", "contact_id", "step", "attempt", "channel", "kind", "template", "automated", "voicemail",
         "due_at", "not_after", "rules_version")  # fmt: skip

Claim = Callable[[], int]


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        yield from _sqlite(folder)
        try:
            yield _postgresql()
        except NoPostgres as reason:
            print(f"claims_postgresql: {reason}", file=sys.stderr)
        yield _beside_planner(folder)


def _sqlite(folder: Path) -> Iterator[Figure]:
    _prepare(f"sqlite:///{folder / 'ours.db'}", MANY).close()
    shutil.copy(folder / "ours.db", folder / "bare.db")
    rate, ceiling, slow = _race(f"sqlite:///{folder / 'ours.db'}", bare.sqlite(folder / "bare.db", BATCH))
    yield Figure("claims_sqlite", BATCH * TURNS * ROUNDS, rate, "/s", HALF, ceiling, at_least=True)
    yield Figure("claims_p99_ms", TURNS * ROUNDS, slow, "ms", P99_MS, note="a batch of a hundred")


def _postgresql() -> Figure:
    with cluster() as server:
        server.run("CREATE DATABASE bare")
        _prepare(server.url("bare"), MANY).close()
        server.run("CREATE DATABASE ours TEMPLATE bare")
        rate, ceiling, slow = _race(server.url("ours"), bare.postgresql(server.url("bare"), BATCH))
    told = f"p99 {slow:.1f} ms"
    return Figure("claims_postgresql", BATCH * TURNS * ROUNDS, rate, "/s", HALF, ceiling, at_least=True, note=told)


def _beside_planner(folder: Path) -> Figure:
    """Touches that are due now, while the planner writes a hundred thousand that are due later."""
    url = f"sqlite:///{folder / 'beside.db'}"
    db = _prepare(url, PLANNED_BESIDE)
    people.campaign(db, "first", PLANNED_BESIDE)
    mine = _ours(db)
    alone = [_seconds(mine) for _ in range(TURNS)]
    planner = subprocess.Popen(
        [sys.executable, "-m", "bench.load", "plan", url, str(folder)], stdout=subprocess.DEVNULL
    )
    beside = []
    while planner.poll() is None:
        beside.append(_seconds(mine))
        time.sleep(PAUSE)
    db.close()
    assert planner.returncode == 0, "the planner broke off"
    told = f"slowest {max(beside) * 1e3:.0f}; alone p99 {_p99(alone):.1f}"
    return Figure("claims_beside_planner", len(beside), _p99(beside), "ms", BESIDE_MS, note=told)


def _race(url: str, by_hand: Claim) -> tuple[float, float, float]:
    """Claims a second of ours and of the ceiling, median of the rounds; our p99 in milliseconds. One round warms up."""
    db = Database(url)
    mine = _ours(db)
    rounds = [([], []) for _ in range(ROUNDS + 1)]
    for ours, theirs in rounds:
        for _ in range(TURNS):
            ours.append(_seconds(mine))
            theirs.append(_seconds(by_hand))
    db.close()
    rates = [[BATCH * TURNS / sum(each) for each in sides] for sides in rounds[1:]]
    ours, theirs = (statistics.median(each) for each in zip(*rates, strict=True))
    return ours, theirs, _p99([each for mine, _ in rounds[1:] for each in mine])


def _ours(db: Database) -> Claim:
    def claim() -> int:
        with db.write() as session:
            return len(ledger.claim(session, "email", people.NOW, "bench", limit=BATCH))

    return claim


def _seconds(claim: Claim) -> float:
    began = time.perf_counter()
    found = claim()
    spent = time.perf_counter() - began
    assert found == BATCH, f"{found} claimed of {BATCH}"
    return spent


def _p99(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.99)] * 1e3


def _prepare(url: str, count: int) -> Database:
    """So many people, each with one mail that has been due for a while, in no order."""
    db = Database(url)
    people.fill(db, count)
    for start in range(1, count + 1, people.BATCH):
        ids = range(start, min(start + people.BATCH, count + 1))
        rows = [(f"b:{id}", f"t{id}", id, 0, 1, "email", "approach", "meeting", False, False,
                 due := people.NOW - id * 7919 % 3600, due + 86_400, "1") for id in ids]  # fmt: skip
        with db.write() as session:
            ledger.plan_rows(Bulk(session), TOUCH, rows, people.NOW, "bench")
    people.settled(db)
    return db
