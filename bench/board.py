"""How fast is the board over ten million contact attempts, and what does keeping its numbers cost?

`BENCH_BOARD=0.05` tries it with half a million. Queries are timed in the driver, so that drawing is not among them; the
bare SQL is each page's own cells, summed by hand over the same table.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from plotly.io.json import to_json_plotly

from bench import board_page, board_timed
from bench.board_fill import NOW
from bench.report import Figure
from dashboards.app import PAGES, create_board
from opportune.settings import ROOT
from opportune.store import ledger, rollup_build
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.store.db import Database
from opportune.work import costs

MANY = int(10_000_000 * float(os.environ.get("BENCH_BOARD", "1")))
FEW, MORE, ROUNDS = 200_000, 20_000, 5
PAGE_MS, RATIO, UPKEEP, FILTER_MS = 100.0, 3.0, 2.0, 150.0
PART = 1_000  # touches of one transaction
CHOSEN = {"campaign": "meetings", "period": "10w"}
TOUCH = ("key", "token", "campaign_id", "contact_id", "enrolment_id", "step", "attempt", "channel", "kind", "template",
         "automated", "voicemail", "due_at", "not_after", "ahead", "rules_version")  # fmt: skip


def figures() -> Iterator[Figure]:
    """Beside the code, since /tmp may be memory."""
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "build") as name:
        folder = Path(name)
        yield _upkeep(folder)
        file = Path(os.environ.get("BENCH_BOARD_FILE", folder / "board.db"))
        if not file.exists():
            _fill(file, MANY)
        yield from _pages(file)
        yield from board_page.figures(file)


def _fill(file: Path, touches: int) -> None:
    subprocess.run([sys.executable, "-m", "bench.board_fill", str(file), str(touches)], check=True)


def _pages(file: Path) -> Iterator[Figure]:
    with board_timed.watching() as watch:
        db = Database(f"sqlite:///{file}")
        server = create_board(db, lambda: NOW, practice=True)
        told = {page.__name__.rsplit(".", 1)[1]: _page(server, page, watch) for page in PAGES}
        db.close()
    slowest = max(told, key=lambda name: told[name]["ms"])
    each = ", ".join(f"{name} {found['ms']:.0f}" for name, found in told.items())
    yield Figure("board_page_ms_10m", MANY, told[slowest]["ms"], "ms", PAGE_MS, note=f"{slowest}; {each}")
    from_cells = {name: found for name, found in told.items() if found["bare"]}
    worst = max(from_cells, key=lambda name: told[name]["cells"] / told[name]["bare"])
    found = from_cells[worst]
    each = ", ".join(f"{name} {f['cells'] / f['bare']:.1f}" for name, f in from_cells.items())
    yield Figure("board_vs_rollup_sql", MANY, found["cells"], "ms", RATIO, found["bare"], note=f"{worst}; {each}")
    slow = max(told, key=lambda name: told[name]["filter"])
    each = ", ".join(f"{name} {found['filter']:.0f}" for name, found in told.items())
    yield Figure("board_filter_ms", MANY, told[slow]["filter"], "ms", FILTER_MS, note=f"{slow}; {each}")


def _page(server: Any, page: ModuleType, watch: board_timed.Watch) -> dict[str, float]:
    """Medians in ms: its queries; of these the ones over cells, and the same cells by bare SQL; a changed filter with
    all that the server does for it."""
    rounds: list[dict[str, float]] = []
    for _ in range(ROUNDS + 1):
        with server.test_request_context("/"), watch.cells() as asked:
            watch.spent = 0.0
            page.layout()
            queries, from_cells = watch.spent, asked.spent
        bare = sum(watch.bare(query) for query in asked.bare)
        with server.test_request_context("/", query_string=CHOSEN):
            began = time.perf_counter()
            to_json_plotly(page.layout(**CHOSEN))
            changed = time.perf_counter() - began
        rounds.append({"ms": queries, "cells": from_cells, "bare": bare, "filter": changed})
    return {name: statistics.median(each[name] for each in rounds[1:]) * 1e3 for name in rounds[0]}


def _upkeep(folder: Path) -> Figure:
    """CPU of the same touches through the ledger, with the triggers and without; they turn by turn."""
    _fill(folder / "with.db", FEW)
    shutil.copy(folder / "with.db", folder / "without.db")
    ours, bare = (Database(f"sqlite:///{folder / name}.db") for name in ("with", "without"))
    with bare.scratch() as connection:
        rollup_build.put_away(connection)
        connection.commit()
    rounds = [(_insert(ours, turn), _insert(bare, turn)) for turn in range(ROUNDS + 1)][1:]
    ours.close()
    bare.close()
    upkeep, plain = (statistics.median(each) / MORE * 1e6 for each in zip(*rounds, strict=True))
    return Figure(
        "rollup_upkeep", MORE, upkeep, "us", UPKEEP, plain, note="CPU of a mail from planned to sent, with its events"
    )


def _insert(db: Database, turn: int) -> float:
    """CPU seconds from planned to sent, as every touch goes."""
    step, people = 100 + turn, FEW * 3 // 10
    spent = 0.0
    for start in range(0, MORE, PART):
        at = NOW + turn * 86_400 + start
        rows = [_touch(1 + number * 7919 % people, step, number, at) for number in range(start, start + PART)]
        began = time.process_time()
        with db.write() as session:
            ids = list(ledger.plan_rows(Bulk(session), TOUCH, rows, at, "bench"))
        with db.write() as session:
            touches = Bulk(session).objects(m.Touch, "WHERE id = ANY(?)", ids)
            ledger.move_all(session, [(touch, {}) for touch in touches], "claimed", now=at, who="bench")
            ledger.begin_sending(session, [(touch, {}) for touch in touches], now=at, who="bench")
        with db.write() as session:
            costs.mails(session, ids)
            ledger.move_all(session, [(touch, {"sent_at": at}) for touch in touches], "sent", now=at, who="bench")
        spent += time.process_time() - began
    return spent


def _touch(id: int, step: int, number: int, at: int) -> tuple[Any, ...]:
    key = f"u:{id}:{step}:{number}"
    return (key, key, 1 + id % 5, 1 + id // 5, id, step, 1 + number, "email", "follow_up", "short",
            False, False, at, at + 600, 3600, "1")  # fmt: skip
