"""Does a form post wait while the planner works? Real HTTP to the real application, a real lead stored each time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from bench import people
from bench.report import Figure
from opportune.rehearsal.server import free_socket
from opportune.settings import ROOT
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.store.db import Database

MANY, BOUND, PAUSE, LEAST = 100_000, 100.0, 0.05, 200
SERVER = """import socket, sys, uvicorn
from opportune.app import create
ours = socket.socket(fileno=int(sys.argv[1]))
uvicorn.Server(uvicorn.Config(create(), log_level="warning")).run(sockets=[ours])"""


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        url = f"sqlite:///{folder}/opportune.db"
        db = Database(url)
        people.fill(db, MANY)
        people.campaign(db, "first", MANY)
        with _application(folder, url) as client:
            alone = [_post(client, number) for number in range(LEAST)]
            planner = subprocess.Popen(
                [sys.executable, "-m", "bench.load", "plan", url, folder], stdout=subprocess.DEVNULL
            )
            beside: list[float] = []
            while planner.poll() is None:
                beside.append(_post(client, LEAST + len(beside)))
        with db.read() as session:
            [(stored,)] = Bulk(session).rows(f"SELECT COUNT(*) FROM {m.Lead.__tablename__}")
        db.close()
    assert planner.returncode == 0, "the planner broke off"
    assert stored == len(alone) + len(beside), f"{len(alone) + len(beside)} posts, {stored} leads"
    told = f"slowest {max(beside) * 1e3:.0f}; alone p99 {_p99(alone):.0f}"
    yield Figure("form_beside_planner_ms", len(beside), _p99(beside), "ms", BOUND, note=told)


@contextmanager
def _application(folder: str, url: str) -> Iterator[httpx.Client]:
    """In a process of its own, on a socket of ours."""
    ours = free_socket()
    ours.listen(128)
    house = {"OPPORTUNE_HOME": folder, "OPPORTUNE_DATABASE_URL": url, "OPPORTUNE_SECRET": people.SECRET,
             "OPPORTUNE_LAW_FILES": f'["{ROOT}/examples/practice-law.toml"]'}  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(ours.fileno())], env=os.environ | house, pass_fds=[ours.fileno()], cwd=ROOT
    )
    address = f"http://127.0.0.1:{ours.getsockname()[1]}"
    try:
        with httpx.Client(base_url=address, trust_env=False, timeout=120) as client:
            client.get("/health")  # waits until it is up
            yield client
    finally:
        server.terminate()
        server.wait(30)


def _post(client: httpx.Client, number: int) -> float:
    """Seconds until the lead was acknowledged."""
    time.sleep(PAUSE)
    lead = {"name": "Ana Popescu", "email": f"ana{number}@acme.example", "phone": "", "message": "Prices, please",
            "answer_by": "email"}  # fmt: skip
    began = time.perf_counter()
    client.post("/forms/callback", json=lead).raise_for_status()
    return time.perf_counter() - began


def _p99(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.99)] * 1e3
