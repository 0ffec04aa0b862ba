"""Killed in the middle of the night: are the board's numbers right, and are the same talks drawn?

The night's run dies before its n-th statement, each time another one, half of them while the board is folded or talks
are drawn; then somebody looks before anything is mended, and does the whole night again.
"""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from faults.kills.figures import Figures
from faults.kills.home import SLOT, Home, build, ports, scratch
from faults.kills.outside import outside
from faults.kills.processes import die, ended, fork
from faults.kills.roles import ROLES
from sqlalchemy import Table, event

from opportune.rules.facts import HOUR
from opportune.store.models import board
from opportune.work import nightly, rollup_check
from opportune.work.world import World

PEOPLE = 48
NIGHT = SLOT + 11 * HOUR
FOLD = ("INSERT INTO board_taken", "DELETE FROM board_taken")  # its first and its last statement
BOARD = sorted(table.name for table in vars(board).values() if isinstance(table, Table))
Heard = Callable[[str], None]


def run(kills: int, seed: int = 1) -> Figures:
    figures, dice = Figures(runs=kills), random.Random(seed)
    with scratch() as folder, ports() as sockets:
        day = _a_day(folder / "day", sockets)
        statements, right = _undisturbed(day.copy(folder / "undisturbed"))
        if not right["call_review"] or not day.rows("SELECT 1 FROM board_dirty LIMIT 1"):
            figures.wrong("nothing was folded or drawn in this night, so its deaths prove nothing")
        theirs = list(_ours(statements))
        figures.told = {"statements": len(statements), "of the board and the draw": len(theirs)}
        for number in range(kills):
            fatal = dice.choice(theirs) if number % 2 else dice.randrange(len(statements))
            _one(day.copy(folder / "round"), fatal, statements[fatal], right, figures)
    return figures


def _ours(statements: list[str]) -> Iterator[int]:
    """Which of them draw talks, or fold."""
    folding = False
    for number, said in enumerate(statements):
        folding = folding or said.startswith(FOLD[0])
        if folding or "INSERT INTO call_review" in said:
            yield number
        folding = folding and not said.startswith(FOLD[1])


def _a_day(folder: Path, sockets: Any) -> Home:
    """Mails and calls have left; half of the calls became talks that somebody may listen to."""
    home = build(folder / "built", f"sqlite:///{folder}/built/test.db", sockets, PEOPLE).copy(folder / "worked")
    with outside(home):
        assert ended(fork(lambda: ROLES["send"](home, None))) == 0
    home.run("INSERT INTO operator (id, name, active) VALUES (1, 'Ana', 1)")
    talked = "channel = 'call' AND sending_at IS NOT NULL AND id % 2"
    home.run(
        "INSERT INTO operator_call (operator_id, touch_id, token, state, created_at, moved_at, accepted_at, over_at)"
        f" SELECT 1, id, token, 'over', {SLOT}, {SLOT}, {SLOT}, {SLOT} FROM touch WHERE {talked}"
    )
    home.run(f"UPDATE touch SET talk_seconds = 90, result = 'interested' WHERE {talked}")
    return home


def _undisturbed(home: Home) -> tuple[list[str], dict[str, list[Any]]]:
    """Each statement of such a night, and what it leaves."""
    said: list[str] = []
    _night(home, said.append)
    return said, _left(home)


def _night(home: Home, heard: Heard) -> None:
    """`heard` is told each statement before it is carried out, those of triggers too."""
    home.clock.move_to(NIGHT)
    world = home.open("night")
    _listen(world, heard)
    nightly.run(world)
    world.close()


def _listen(world: World, heard: Heard) -> None:
    def traced(connection: Any, _: Any) -> None:
        connection.set_trace_callback(heard)

    event.listen(world.db._writer, "connect", traced)


def _one(home: Home, fatal: int, said: str, right: dict[str, list[Any]], figures: Figures) -> None:
    where = f"before statement {fatal} ({' '.join(said.split())[:60]})"
    if ended(fork(lambda: _night(home, _deadly(fatal)))) != -signal.SIGKILL:
        return figures.wrong(f"nobody died {where}")
    if ended(fork(lambda: _nothing_to_mend(home))):
        figures.wrong(f"the board is wrong after a death {where}")
    if ended(fork(lambda: _night(home, lambda _: None))):
        figures.wrong(f"the night cannot be done again after a death {where}")
    for name, rows in _left(home).items():
        if rows != right[name]:
            figures.wrong(f"{name} is not what a night without a death leaves {where}")


def _deadly(fatal: int) -> Heard:
    left = iter(range(fatal, -1, -1))
    return lambda _: die() if next(left) == 0 else None


def _nothing_to_mend(home: Home) -> None:
    """As the nightly check itself defines it."""
    world = home.open("survivor")
    found = rollup_check.check(world.db, NIGHT)
    world.close()
    assert found.wrong == 0, found


def _left(home: Home) -> dict[str, list[Any]]:
    """Every table of the board, and the talks that were drawn."""
    return dict(_tables(home))


def _tables(home: Home) -> Iterator[tuple[str, list[Any]]]:
    for name in BOARD:
        yield name, sorted(home.rows(f"SELECT * FROM {name}"), key=repr)
    yield "call_review", sorted(home.rows("SELECT touch_id, operator_id, turn FROM call_review"))
