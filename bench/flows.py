"""What does Prefect cost on top of planning? The same contacts through the flow, and by calling what the flow calls.

CPU of the process that plans; the Prefect server is another process, and what it spends is not counted.
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
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench import people
from bench.planning import load
from bench.report import Figure
from opportune.rehearsal.server import free_socket
from opportune.store.db import Database
from opportune.work import plan

MANY = min(100_000, int(os.environ.get("BENCH_CONTACTS", "1000000")))
RUNS, BOUND = 5, 1.05


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        db = Database(f"sqlite:///{folder}/empty.db")
        people.fill(db, MANY)
        people.campaign(db, "first", MANY)
        db.close()
        with _prefect(folder):
            pairs = [(_run("flow", folder), _run("direct", folder)) for _ in range(RUNS)]
    flow, direct = (statistics.median(each) for each in zip(*pairs, strict=True))
    told = f"{(flow - direct) / -(-MANY // plan.BATCH) * 1e3:.0f} ms a task"
    yield Figure("prefect_overhead", MANY, flow, "s", BOUND, direct, note=told)


def _run(how: str, folder: Path) -> float:
    database = folder / "run.db"
    shutil.copy(folder / "empty.db", database)
    spent = load(how, f"sqlite:///{database}", folder)["cpu"]
    for leaf in folder.glob("run.db*"):
        leaf.unlink()
    return spent


@contextmanager
def _prefect(folder: Path) -> Iterator[None]:
    """A Prefect server of our own, as `opportune up` starts one."""
    with free_socket() as ours:
        port = ours.getsockname()[1]
    mine = {"PREFECT_HOME": str(folder / "prefect"), "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}  # fmt: skip
    os.environ |= mine
    command = [
        sys.executable,
        "-m",
        "prefect",
        "server",
        "start",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-ui",
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"{mine['PREFECT_API_URL']}/health")
        yield
    finally:
        server.terminate()
        server.wait(60)
        for name in mine:
            del os.environ[name]


def _wait(address: str, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if httpx.get(address, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"no Prefect server at {address}")
        time.sleep(0.5)
