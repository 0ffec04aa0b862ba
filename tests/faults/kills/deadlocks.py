"""Two transactions wait for each other, and PostgreSQL tells ours to give way (B5): is the answer still recorded?"""

from __future__ import annotations

import os
import threading
import time

import psycopg
from faults.kills import audit
from faults.kills.figures import Figures
from faults.kills.home import SLOT, Home, build, ports, scratch
from faults.kills.outside import outside
from faults.kills.processes import ended, fork
from faults.kills.workers import owner, settle
from support_postgres import Cluster

from opportune import faults
from opportune.work import dispatch

#: where the rival takes hold of the second person, before the transaction that wants both
WHERE = {"at the gate": "claim.committed", "recording mails": "mail.dot", "recording calls": "call.request"}


def run(times: int, _seed: int = 1) -> Figures:
    """Each way so often."""
    figures, cluster = Figures(), Cluster()
    try:
        with scratch() as folder, ports() as sockets:
            cluster.run("CREATE DATABASE template")
            template = build(folder / "template", cluster.url("template"), sockets, 2)
            for where in [*WHERE] * times:
                cluster.run("DROP DATABASE IF EXISTS round WITH (FORCE)")
                cluster.run("CREATE DATABASE round TEMPLATE template")
                _one(template.copy(folder / "round", cluster.url("round")), where, figures)
    finally:
        cluster.stop()
    return figures


def _one(home: Home, where: str, figures: Figures) -> None:
    channel = "call" if where == "recording calls" else "email"
    home.run(f"UPDATE touch SET due_at = {SLOT} + 200000 WHERE channel <> '{channel}'")
    with outside(home):
        how = ended(fork(lambda: _send(home, where)))
        if how:  # who gave way began again
            figures.wrong(f"{where}: the sender ended with {how}")
        victims = home.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = 'round'")[0][0]
        if not victims:
            figures.wrong(f"{where}: nobody had to give way")
        if ended(fork(lambda: settle(home, (2, 16, 61, 24 * 60 + 1), sends=True))):
            figures.wrong(f"{where}: the survivor failed")
    figures.runs += 1
    figures.uncertain += audit.closed_in_time(home, figures)
    audit.compare(home, figures)
    if sum(audit.effects(home).values()) != 2:
        figures.wrong(f"{where}: {sum(audit.effects(home).values())} were reached")


def _send(home: Home, where: str) -> None:
    met = threading.Event()

    def armed(name: str) -> None:
        if name == WHERE[where] and not met.is_set():
            met.set()
            holds = threading.Event()
            threading.Thread(target=_rival, args=(home, holds), daemon=True).start()
            holds.wait(10)

    faults.arm(armed)
    world = home.open(owner("sender", os.getpid()))
    dispatch.mails(world, until=world.clock.now() + 60)
    dispatch.calls(world)
    world.close()


def _rival(home: Home, holds: threading.Event) -> None:
    """Holds the second person, and wants the first as soon as somebody waits for the second. It waits patiently."""
    with psycopg.connect(home.url.replace("+psycopg", "")) as rival:
        rival.execute("SET deadlock_timeout = '30s'")
        rival.execute("SELECT 1 FROM contact WHERE id = 2 FOR UPDATE")
        holds.set()
        while not home.rows("SELECT 1 FROM pg_locks WHERE NOT granted"):
            time.sleep(0.01)
        rival.execute("SELECT 1 FROM contact WHERE id = 1 FOR UPDATE")
