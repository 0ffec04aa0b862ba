"""Does the seventh campaign for the same people cost more than the first?"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import people
from bench.planning import load
from bench.report import Figure
from opportune.store.db import Database

MANY = int(os.environ.get("BENCH_CONTACTS", "1000000")) // 5
CAMPAIGNS = 7
BOUND = 1.5


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        url = f"sqlite:///{folder}/growth.db"
        db = Database(url)
        people.fill(db, MANY)
        spent = []
        for number in range(1, CAMPAIGNS + 1):
            people.campaign(db, f"campaign-{number}", MANY)
            spent.append(load("plan", url, Path(folder))["cpu"])
        db.close()
    told = " ".join(f"{each / MANY * 1e6:.0f}" for each in spent)
    yield Figure("planning_campaign_growth", MANY, spent[-1], "s", BOUND, spent[0], note=f"us a contact: {told}")
