"""What does a list cost beside merely understanding its rows and writing the same tables in bulk?

CPU seconds, since others use the machine too: import and floor take turns over the same rows, each in a process and a
database of its own.
"""

from __future__ import annotations

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from bench.people import world
from bench.report import Figure
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import importing, rows
from opportune.work.importing import ADDRESSES, import_contacts
from opportune.work.open_list import open_sheet
from opportune.work.rows import PersonRow
from opportune.work.world import World

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
RUNS, RATIO, MEMORY = 5, 1.5, 250.0
HEADER = (
    "Record ID,First Name,Last Name,Email,Phone Number,Country/Region,City,Job Title,Company Name,Lifecycle Stage\n"
)
CONTACT = ("id", "source_id", "company_id", "name", "title", "status", "business", "interest", "bought", "language",
           "email", "phone", "country", "region", "zones", "zone_evidence", "asked_for_contact", "created_at",
           "version", "interest_since")  # fmt: skip
ADDRESS = ("id", "contact_id", "kind", "value", "given")


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / "list.csv"
        write(path, ROWS)
        pairs = [(_load("import", path), _load("floor", path)) for _ in range(RUNS)]
    ratios = [ours["cpu"] / floor["cpu"] for ours, floor in pairs]
    ours, floor = min(pairs, key=lambda pair: abs(pair[0]["cpu"] / pair[1]["cpu"] - statistics.median(ratios)))
    spread = f"ratios {min(ratios):.2f}-{max(ratios):.2f}"
    yield Figure("import_time", ROWS, ours["cpu"], "s", RATIO, floor["cpu"], note=spread)
    yield Figure("import_memory_mb", ROWS, max(each["mb"] for each, _ in pairs), "MB", MEMORY)


def write(path: Path, count: int) -> None:
    dice = random.Random(7)
    with path.open("w") as file:
        file.write(HEADER)
        for n in range(count):
            who = f"{n},Ana{n},Stan{n},p{n}@firm{n % 5000}.example,+4930{dice.randrange(10**6, 10**7)}"
            file.write(f"{who},Germany,Berlin,CEO,Firm {n % 5000},Lead\n")


def _load(what: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.imports", what, str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def _floor(here: World, path: Path) -> None:
    """The same rows understood, and as many rows in each table, in transactions as large."""
    sheet = open_sheet(path, ADDRESSES)
    found = sheet.records()
    with here.db.write() as session:
        Bulk(session).insert(m.Source, ("id", "key", "kind", "created_at"), [(1, "list", "import", 1)])
        firms = [(id, f"Firm {id - 1}", "{}", 1) for id in range(1, 5001)]
        Bulk(session).insert(m.Company, ("id", "name", "facts", "created_at"), firms)
    id = 0
    while batch := list(islice(found, importing.BATCH)):
        people = [rows.person(record, sheet.at, None) for record in batch]
        with here.db.write() as session:
            bulk = Bulk(session)
            bulk.insert(m.Contact, CONTACT, [_contact(id + n, row) for n, row in enumerate(people, start=1)])
            both = [(n, kind, value) for n, row in enumerate(people, start=id + 1)
                    for kind, value in (("email", row.email), ("phone", row.phone))]  # fmt: skip
            at = [(2 * id + n, who, kind, value, value) for n, (who, kind, value) in enumerate(both, start=1)]
            bulk.insert(m.Address, ADDRESS, at)
        id += len(batch)


def _contact(id: int, row: PersonRow) -> tuple[object, ...]:
    return (id, 1, int(row.company[5:]) + 1, row.name, row.title, row.status.value, True, "cold", False, row.language,
            row.email, row.phone, row.country, row.region, json.dumps(row.zones), row.zone_evidence, False,
            1, 1, 0)  # fmt: skip


def main(what: str, path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        here = world(f"sqlite:///{folder}/list.db", Path(folder))
        here.db.migrate()
        begun = time.process_time()
        if what == "import":
            import_contacts(here, path)
        else:
            _floor(here, path)
        cpu = time.process_time() - begun
        here.close()
    print(json.dumps({"cpu": cpu, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
