"""How much does it cost to store a lead for good, and is anybody kept waiting, or lost, while many come at once?

The real application on a real socket, its database on disk. Ours and the floor take turns: the floor is the same
application with the same checks that answers without storing. Then 200 forms a second for five minutes.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.postgres import cluster
from bench.report import Figure
from opportune.rehearsal.server import free_socket
from opportune.settings import ROOT

SHORT = float(os.environ.get("BENCH_INTAKE", "1"))  # 0.1: a tenth, to try something out
PAIRS, SECONDS = 5, max(2.0, 8 * SHORT)
RATE, LONG = 200, 300 * SHORT
SQLITE, POSTGRESQL, P99_MS = 0.6, 0.5, 250.0


def figures() -> Iterator[Figure]:
    """Beside the code, since /tmp may be memory."""
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "build") as name:
        folder = Path(name)
        yield _beside("intake_sqlite", f"sqlite:///{folder / 'crowd.db'}", folder, SQLITE)
        with cluster() as server:
            server.run("CREATE DATABASE crowd")
            yield _beside("intake_postgresql", server.url("crowd"), folder, POSTGRESQL)
        yield from _steady(f"sqlite:///{folder / 'steady.db'}", folder)


def _beside(name: str, url: str, folder: Path, goal: float) -> Figure:
    _load("fill", url)
    pairs, lost = [], 0
    for _ in range(PAIRS):
        before = _load("stored", url)["stored"]
        ours = _crowd(url, folder, "ours")
        lost += ours["acknowledged"] - (_load("stored", url)["stored"] - before)
        pairs.append((ours["rate"], _crowd(url, folder, "bare")["rate"]))
    assert lost <= 0, f"{lost} were acknowledged and are not there"
    ratios = [ours / bare for ours, bare in pairs]
    ours, bare = min(pairs, key=lambda pair: abs(pair[0] / pair[1] - statistics.median(ratios)))
    waiting = _load("stored", url)["waiting"]
    note = f"ratios {min(ratios):.2f}-{max(ratios):.2f}; {waiting:,} stored and still to be understood"
    return Figure(name, PAIRS, ours, "/s", goal, bare, note=note, at_least=True)


def _crowd(url: str, folder: Path, what: str) -> dict[str, Any]:
    with _serving(url, folder, what) as (port, _):
        return _load("crowd", port, SECONDS)


def _steady(url: str, folder: Path) -> Iterator[Figure]:
    _load("fill", url)
    with _serving(url, folder, "ours") as (port, server):
        began, cpu = time.monotonic(), _cpu(server)
        seen = _load("steady", port, LONG, RATE)
        spent = _cpu(server) - cpu
        waiting = _load("stored", url)["waiting"]
        while _load("stored", url)["waiting"] and time.monotonic() - began < 3 * LONG + 60:
            time.sleep(0.5)
        understood = time.monotonic() - began - LONG
    kept = _load("stored", url)
    note = (
        f"half of them {seen['p50']:.0f} ms, {spent / seen['sent'] * 1e3:.1f} ms of CPU each; {waiting:,} were "
        f"still to be understood at the end, {understood:.0f} s later {kept['waiting']}"
    )
    yield Figure("forms_p99_ms", seen["sent"], seen["p99"], "ms", P99_MS, note=note)
    lost = seen["acknowledged"] - min(seen["acknowledged"], kept["stored"])
    yield Figure(
        "forms_lost", seen["sent"], lost + sum(seen["refused"].values()), "", 0, note=f"{seen['refused'] or ''}"
    )


def _load(what: str, *given: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.intake_load", what, *map(str, given)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@contextmanager
def _serving(url: str, folder: Path, what: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    ours = free_socket()
    ours.listen(2048)
    command = [sys.executable, "-m", "bench.intake_load", "serve", str(ours.fileno()), url, str(folder), what]
    with subprocess.Popen(command, pass_fds=[ours.fileno()]) as server:
        try:
            httpx.get(f"http://127.0.0.1:{ours.getsockname()[1]}/health", timeout=60)  # it has begun
            yield ours.getsockname()[1], server
        finally:
            server.terminate()
    ours.close()


def _cpu(process: subprocess.Popen[bytes]) -> float:
    """Seconds so far."""
    spent = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")
