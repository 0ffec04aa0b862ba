"""Kill -9, at any moment: does anybody hear from us twice, and is anybody forgotten?

Four workers send and call; every few dozen milliseconds one of them is killed and another one takes its place.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

from faults.kills import audit
from faults.kills.figures import Figures
from faults.kills.home import Home, build, ports, scratch
from faults.kills.outside import outside
from faults.kills.processes import ended, fork, kill
from faults.kills.workers import owner, settle, warm, worker
from support_postgres import Cluster

WORKERS, PER_ROUND, PEOPLE = 4, 80, 500
PAUSE = 0.04  # seconds between two kills, at most
STEP = 7  # seconds by which the clock goes on with each kill: a round fits into one slot of ten minutes
OPEN = 8  # connections of a worker, to the mail server or to the carrier


def sqlite(kills: int, seed: int = 1) -> Figures:
    figures = Figures()
    with scratch() as folder, ports() as sockets:
        template = build(folder / "template", f"sqlite:///{folder / 'template/test.db'}", sockets, PEOPLE)
        home = template.copy(folder / "round")
        with outside(home):
            warm(home)
        for number, part in enumerate(parts(kills)):
            one_round(template.copy(folder / "round"), part, figures, random.Random(f"{seed}:{number}"))
    return figures


def parts(kills: int) -> list[int]:
    """Kills of each round."""
    return [min(PER_ROUND, kills - done) for done in range(0, kills, PER_ROUND)]


def one_round(
    home: Home, kills: int, figures: Figures, dice: random.Random, *,
    patient: bool = False, meanwhile: Callable[[int], bool] = lambda _: False,
) -> None:  # fmt: skip
    """So many kills, then peace, then the comparison of our book with theirs. `meanwhile` may trouble the server."""
    troubles, born = 0, {}
    with outside(home, thinks=True):
        alive = [fork(worker(home, number, patient=patient)) for number in range(WORKERS)]
        for number in range(WORKERS, WORKERS + kills):
            time.sleep(dice.uniform(0, PAUSE))
            troubles += meanwhile(number)
            victim = alive.pop(dice.randrange(WORKERS))
            _killed(home, victim, figures, 1 + troubles - born.get(victim, 0))
            alive.append(fork(worker(home, number, patient=patient)))
            born[alive[-1]] = troubles
            home.clock.move_to(home.clock.now() + STEP)
        for last in alive:
            _killed(home, last, figures, 1 + troubles - born.get(last, 0))
        survivor = fork(lambda: settle(home))
        if ended(survivor):
            figures.wrong("the survivor failed")
    figures.runs += kills
    figures.uncertain += audit.closed_in_time(home, figures)
    audit.compare(home, figures)
    _somebody_was_reached(home, figures)


def _killed(home: Home, victim: int, figures: Figures, breaks: int) -> None:
    """It died of the kill, and leaves in doubt at most what it had open: then, and when the server broke before."""
    if kill(victim) != -signal.SIGKILL:
        figures.wrong(f"worker {victim} ended by itself")
    mine = f"state = 'sending' AND lease_owner = '{owner('worker', victim)}'"
    [(left,)] = home.rows(f"SELECT count(*) FROM touch WHERE {mine}")
    if left > OPEN * breaks:
        figures.wrong(f"worker {victim} left {left} attempts in doubt")


def _somebody_was_reached(home: Home, figures: Figures) -> None:
    """A run in which nothing left would prove nothing."""
    reached = sum(audit.effects(home).values())
    figures.told["effects"] = figures.told.get("effects", 0) + reached
    if not reached:
        figures.wrong("nothing left in this round")


def postgresql(kills: int, seed: int = 1, crashes: int = 3) -> Figures:
    """The same on PostgreSQL; meanwhile the server itself is restarted without goodbye, and backends are terminated."""
    figures = Figures()
    cluster = Cluster()
    try:
        with scratch() as folder, ports() as sockets:
            cluster.run("CREATE DATABASE template")
            template = build(folder / "template", cluster.url("template"), sockets, PEOPLE)
            with outside(home := _copy(cluster, template, folder)):
                warm(home)
            every = max(1, kills // (crashes + 1))
            for number, part in enumerate(parts(kills)):
                home = _copy(cluster, template, folder)
                dice = random.Random(f"{seed}:{number}")
                one_round(home, part, figures, dice, patient=True, meanwhile=lambda n: _trouble(cluster, n, every))
    finally:
        cluster.stop()
    return figures


def _copy(cluster: Cluster, template: Home, folder: Path) -> Home:
    cluster.run("DROP DATABASE IF EXISTS round WITH (FORCE)")
    cluster.run("CREATE DATABASE round TEMPLATE template")
    return template.copy(folder / "round", cluster.url("round"))


def _trouble(cluster: Cluster, number: int, every: int) -> bool:
    if number % every == every - 1:
        cluster.crash()
        return True
    if number % 7 == 0:  # whichever backend is in the middle of something
        busy = "datname = 'round' AND state LIKE '%transaction%' OR state = 'active' AND pid <> pg_backend_pid()"
        cluster.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {busy} LIMIT 1")
        return True
    return False
