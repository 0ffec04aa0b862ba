"""One load in a process of its own, so that its memory and its CPU time are its own: `python -m bench.load WHAT …`.

`plan URL HOME`: plan everybody due; `flow`: through Prefect; `direct`: by calling what that calls. `floor URL FROM`:
read the contacts and write the decision and touch rows that stand in FROM, by the bare driver in transactions of the
same size. Prints one JSON line; the CPU of a database server counts too.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from bench import people
from bench.postgres import measured
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.store.db import Database
from opportune.work import audience, plan

DECISION = tuple(column.name for column in m.Decision.__table__.columns)
TOUCH = ("id", "state", "fence", "rank", *plan._TOUCH)
CONTACT = """id, email, phone, country, region, zones, status, business, interest, prefers, prefers_strength,
  prefers_evidence, bought, asked_for_contact, familiarity, call_kind, stage, fit, only_informs, inbound"""
_DECIDED = TOUCH.index("decision_id")
READ = f"SELECT {CONTACT} FROM contact WHERE id > ? ORDER BY id LIMIT {plan.PART}"


def planned(url: str, home: str) -> dict[str, float]:
    """Every batch as the flow decides it."""
    world = people.world(url, Path(home))
    with measured(url) as cpu:
        batches = plan.due(world, people.NOW)
        marks = []
        for batch in batches:
            plan.decide_batch(world, batch, people.NOW)
            marks.append(time.process_time())
    tenth = max(1, len(marks) // 10)
    last = (marks[-1] - marks[-1 - tenth]) / tenth / plan.BATCH if len(marks) > tenth else 0.0
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu": cpu(), "mb": memory, "last_us": last * 1e6, "n": sum(map(len, batches))}


def flow(url: str, home: str) -> dict[str, float]:
    """As Prefect runs it: the real flow, under a clock that stands still."""
    from flows import plan as story

    story.world_of = lambda _: people.world(url, Path(home))
    with measured(url) as cpu:
        story.plan()
    return {"cpu": cpu()}


def direct(url: str, home: str) -> dict[str, float]:
    """What the flow calls, called."""
    from flows import report  # with it come the same modules as the flow's

    world = people.world(url, Path(home))
    with measured(url) as cpu:
        audience.enrol(world, people.NOW)
        reports = [plan.decide_batch(world, batch, people.NOW) for batch in plan.due(world, people.NOW)]
        report.merged(row for each in reports for row in each.rows)
    return {"cpu": cpu()}


def floor(url: str, source: str) -> dict[str, float]:
    """The rows are taken from `source` outside the time that is measured."""
    db = Database(url)
    spent, last = 0.0, 0
    chunks = _chunks(source)
    while some := list(islice(chunks, 30)):
        with measured(url) as cpu:
            for decisions, touches in some:
                with db.write() as session:
                    bulk = Bulk(session)
                    read = bulk.rows(READ, last)
                    bulk.insert(m.Decision, DECISION, decisions)
                    bulk.insert(m.Touch, TOUCH, touches)
                last = read[-1][0] if read else last
        spent += cpu()
    return {"cpu": spent}


def _chunks(source: str) -> Iterator[tuple[list[Any], list[Any]]]:
    """So many decisions as one transaction of the planner holds, with their touches."""
    text = {"context", "ruled_out", "reasons", "changes", "propensities"}
    columns = ", ".join(f"CAST({name} AS TEXT)" if name in text else name for name in DECISION)
    after = f"SELECT {columns} FROM decision WHERE id > ? ORDER BY id LIMIT {plan.PART}"
    with Database(source).read() as session:
        bulk = Bulk(session)
        decision = touch = 0
        while decisions := bulk.rows(after, decision):
            decision = decisions[-1][0]
            query = f"SELECT {', '.join(TOUCH)} FROM touch WHERE id > ? ORDER BY id LIMIT {plan.PART}"
            touches = [row for row in bulk.rows(query, touch) if row[_DECIDED] <= decision]
            touch = touches[-1][0] if touches else touch
            yield decisions, touches


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    print(json.dumps({"plan": planned, "floor": floor, "flow": flow, "direct": direct}[what](*given)))
