"""Kill -9 of the web application while forms are posted: is every acknowledged lead stored, exactly once?"""

from __future__ import annotations

import random
import signal
import time
from collections import Counter

from faults.kills import seen
from faults.kills.figures import Figures
from faults.kills.home import Home, build, ports, scratch
from faults.kills.processes import ended, fork, kill
from faults.kills.roles import post
from faults.kills.seen import Log
from faults.kills.web import Visitor, application
from faults.kills.workers import look_after

VISITORS, POSTS = 4, 50  # visitors at once; posts for each kill
ACKNOWLEDGED = "acknowledged.jsonl"
STORED = (201, 303)


def run(kills: int, seed: int = 1) -> Figures:
    figures, dice = Figures(runs=kills), random.Random(seed)
    with scratch() as folder, ports() as sockets:
        template = build(folder / "template", f"sqlite:///{folder}/template/test.db", sockets, 1, ("email",))
        home = template.copy(folder / "round")
        wanted = [f"{visitor}-{number}" for visitor in range(VISITORS) for number in range(kills * POSTS // VISITORS)]
        visitors = [fork(lambda each=each: _visit(home, wanted[each::VISITORS])) for each in range(VISITORS)]
        web = fork(application(home))
        for number in range(kills):
            _wait(home, number * POSTS + dice.randrange(1, POSTS), dice)
            if kill(web) != -signal.SIGKILL:
                figures.wrong("the application ended by itself")
            web = fork(application(home))
        if {ended(each) for each in visitors} != {0}:
            figures.wrong("a visitor failed")
        kill(web)
        ended(fork(lambda: _understand(home)))
        _judge(home, wanted, figures)
    return figures


def _visit(home: Home, keys: list[str]) -> None:
    """Each lead is posted until somebody says that it is stored; then that is written down."""
    visitor, log = Visitor(home), Log(home.folder / ACKNOWLEDGED)
    for key in keys:
        path, body, headers = post(key, int(key.rpartition("-")[2]))
        while (status := visitor.ask(path, body, headers)) is None:
            pass
        if status not in STORED:
            raise RuntimeError(f"the form was answered {status}")
        log.add("lead", key)


def _wait(home: Home, acknowledged: int, dice: random.Random) -> None:
    """Until so many are acknowledged, and then a moment: the kill strikes anywhere."""
    while seen.count(home.folder / ACKNOWLEDGED) < acknowledged:
        time.sleep(0.01)
    time.sleep(dice.uniform(0, 0.02))


def _understand(home: Home) -> None:
    world = home.open("survivor")
    while look_after(world):
        pass


def _judge(home: Home, wanted: list[str], figures: Figures) -> None:
    acknowledged = {line["token"] for line in seen.read(home.folder / ACKNOWLEDGED)}
    stored = Counter(key.split(":")[1] for (key,) in home.rows("SELECT idempotency_key FROM lead"))
    for key in wanted:
        if stored[key] != 1:
            figures.lost += not stored[key]
            figures.wrong(f"lead {key} is stored {stored[key]} times")
    if acknowledged != set(wanted):
        figures.wrong(f"{len(set(wanted) - acknowledged)} were never acknowledged")
    [(waiting,)] = home.rows("SELECT count(*) FROM lead WHERE handled_at IS NULL")
    if waiting:
        figures.wrong(f"{waiting} leads are stored but not understood")
