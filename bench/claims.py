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
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
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
Rounds = list[list[float]]


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
    ours, theirs = _race(f"sqlite:///{folder / 'ours.db'}", bare.sqlite(folder / "bare.db", BATCH))
    yield Figure("claims_sqlite", BATCH * TURNS * ROUNDS, _rate(ours), "/s", HALF, _rate(theirs), at_least=True)
    slow, ceiling = _p99(chain(*ours)), _p99(chain(*theirs))
    told = f"a batch of a hundred; half of them {statistics.median(chain(*ours)) * 1e3:.1f}"
    yield Figure("claims_p99_ms", TURNS * ROUNDS, slow, "ms", P99_MS, ceiling, of_ratio=False, note=told)


def _postgresql() -> Figure:
    with cluster() as server:
        server.run("CREATE DATABASE bare")
        _prepare(server.url("bare"), MANY).close()
        server.run("CREATE DATABASE ours TEMPLATE bare")
        ours, theirs = _race(server.url("ours"), bare.postgresql(server.url("bare"), BATCH))
    told = f"p99 {_p99(chain(*ours)):.1f} ms beside {_p99(chain(*theirs)):.1f}"
    n = BATCH * TURNS * ROUNDS
    return Figure("claims_postgresql", n, _rate(ours), "/s", HALF, _rate(theirs), at_least=True, note=told)


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


def _race(url: str, by_hand: Claim) -> tuple[Rounds, Rounds]:
    """Seconds of each claim, ours and by hand, round by round. One round warms up."""
    db = Database(url)
    mine = _ours(db)
    rounds: list[tuple[list[float], list[float]]] = [([], []) for _ in range(ROUNDS + 1)]
    for ours, theirs in rounds:
        for _ in range(TURNS):
            ours.append(_seconds(mine))
            theirs.append(_seconds(by_hand))
    db.close()
    return [ours for ours, _ in rounds[1:]], [theirs for _, theirs in rounds[1:]]


def _rate(rounds: Rounds) -> float:
    """Touches a second, median of the rounds."""
    return statistics.median(BATCH * len(each) / sum(each) for each in rounds)


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


def _p99(waits: Iterable[float]) -> float:
    """In milliseconds."""
    longer = sorted(waits)
    return longer[int(len(longer) * 0.99)] * 1e3


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
