"""How long does a colleague wait for the answer to "why"? CPU of one answer in a process that is warm."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import people
from bench.report import Figure
from opportune.store.db import Database
from opportune.work import plan
from opportune.work.why import why

MANY, ASKED, BOUND = 2_000, 200, 50.0


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        url = f"sqlite:///{folder}/why.db"
        db = Database(url)
        people.fill(db, MANY)
        people.campaign(db, "first", MANY)
        db.close()
        world = people.world(url, Path(folder))
        for batch in plan.due(world, people.NOW):
            plan.decide_batch(world, batch, people.NOW)
        spent = []
        for id in range(1, ASKED + 1):
            began = time.process_time()
            why(world, str(id))
            spent.append((time.process_time() - began) * 1e3)
    yield Figure("why_cpu_ms", ASKED, statistics.median(spent[10:]), "ms", BOUND, note=f"slowest {max(spent[10:]):.0f}")
