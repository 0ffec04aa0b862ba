"""The clock of the machine jumps while we call people: does anything leave before somebody has looked (F1)?

By real time with an offset that the experiment sets, forward or back, beside a living process or while nobody lives;
the seconds since the machine's start go on as they are. Effects are counted by the carrier.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from faults.kills import audit
from faults.kills.figures import Figures
from faults.kills.home import SLOT, Home, build, ports, scratch
from faults.kills.outside import outside
from faults.kills.processes import ended, fork, kill
from faults.kills.workers import owner, settle, warm

from opportune.work import dispatch, stops, watch
from opportune.work.clock import RealClock
from opportune.work.world import World

PEOPLE, BEFORE, RATE = 60, 6, 8  # calls, how many of them ring before the jump, and how many a second
JUMPS = ((100, 400), (450, -400))  # seconds after the slot's begin, and the jump: no call's moment is over by either
LOOKS = 2  # at the clock, after which everything that was under way has left
MOST = 2 * RATE + dispatch.LINES  # may leave until the first of them
PATIENCE = 60


@dataclass(frozen=True)
class Wall(RealClock):
    """Real time and what the file says; what nobody can set stays as it is."""

    path: Path = Path()

    def exact(self) -> float:
        return time.time() + float(self.path.read_text())


def run(rounds: int, seed: int = 1) -> Figures:
    """In turn forward and back, and each beside a living process and after its death."""
    figures = Figures(told={"rang": 0})
    with scratch() as folder, ports() as sockets:
        template = build(
            folder / "template",
            f"sqlite:///{folder}/template/test.db",
            sockets,
            PEOPLE,
            ("call",),
            calls_per_second=RATE,
        )
        with outside(home := template.copy(folder / "warm")):
            warm(home)
        for number in range(seed, seed + rounds):
            _one(template.copy(folder / "round"), *JUMPS[number % 2], bool(number // 2 % 2), figures)
    return figures


def _one(home: Home, begin: int, jump: int, dead: bool, figures: Figures) -> None:
    figures.runs += 1
    told = f"{jump:+} s {'while nobody lived' if dead else 'beside a living process'}"
    _set(home, SLOT + begin - time.time())
    with outside(home):
        worker = fork(lambda: _work(home))
        _until(lambda: _rang(home) >= BEFORE)
        if dead:
            kill(worker)
        before = _rang(home)
        _set(home, SLOT + begin + jump - time.time())
        if dead:
            worker = fork(lambda: _work(home))
        _looked(home)
        after = _rang(home)
        _looked(home)
        if (late := after - before) > (0 if dead else MOST) or _rang(home) > after:
            figures.wrong(f"{told}: {late} rang in that moment, {_rang(home) - after} afterwards")
        kill(worker)
        if ended(fork(lambda: _go_on(home))):
            figures.wrong(f"{told}: nothing was paused")
        home.clock.move_to(SLOT + 1200)
        if ended(fork(lambda: settle(home))):
            figures.wrong(f"{told}: the survivor failed")
    figures.told["rang"] += _rang(home)
    audit.compare(home, figures)
    if _rang(home) < PEOPLE - dispatch.LINES:
        figures.wrong(f"{told}: {_rang(home)} of {PEOPLE} rang in the end")


def _set(home: Home, offset: float) -> None:
    """At once and whole."""
    (home.folder / "next").write_text(repr(offset))
    (home.folder / "next").replace(home.folder / "offset")


def _open(home: Home) -> World:
    world = home.open(owner("worker", os.getpid()))
    world.clock = Wall(path=home.folder / "offset")
    return world


def _work(home: Home) -> None:
    """As the live loops do: the clock is looked at before anything, and then each second beside the calls."""
    logging.disable(logging.CRITICAL)
    world = _open(home)
    watch.look(world)
    threading.Thread(target=_look, args=(home, world), daemon=True).start()
    while True:
        dispatch.calls(world)
        time.sleep(0.02)


def _look(home: Home, world: World) -> None:
    while True:
        time.sleep(1)
        watch.look(world)
        with (home.folder / "looks").open("ab") as file:
            file.write(b".")


def _go_on(home: Home) -> None:
    """Somebody looked, and lets what was stopped leave now."""
    world = _open(home)
    assert stops.resume(world, by="somebody", stopped="send") > 0
    while dispatch.calls(world).sent:
        watch.look(world)


def _looked(home: Home) -> None:
    file = home.folder / "looks"
    so_far = file.stat().st_size if file.exists() else 0
    _until(lambda: file.exists() and file.stat().st_size >= so_far + LOOKS)


def _rang(home: Home) -> int:
    return sum(audit.effects(home).values())


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.01)
