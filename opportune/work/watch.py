"""Can the clock be believed, and were we there all the time?

A clock that jumped might call people at night: everything pauses until somebody looked. Being down is no jump, as the
seconds since the machine's start tell; but a campaign whose last day passed meanwhile is paused, not caught up. Those
who send are noted while they live: who is noted and lives no more has died, and the report of what left begins there.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from opportune.rules.facts import HOUR, Instant
from opportune.store import audit, ledger, notes
from opportune.store.bulk import Bulk
from opportune.work import campaign_days, campaign_life, cases, stops
from opportune.work.gate import KILL_SWITCH
from opportune.work.versions import NotAllowed
from opportune.work.world import World

TICK = 60  # seconds between two notes of the time
JUMP = 300  # seconds by which the clock may be corrected without a word
DOWN = 300  # seconds without a note: nobody was there
HOUSE = "the house"
AT_WORK = "at work "  # the key of a note begins so, and goes on with an owner

log = logging.getLogger(__name__)


def look(world: World) -> bool:
    """Before each pass. False: the clock has jumped, and everything is paused now."""
    now, (start, steady) = world.clock.now(), world.clock.steady()
    seen: dict[str, Any] | None = world.extras.get("tick")  # type: ignore[assignment]
    last = seen or notes.get(world.db, _key())
    here = {"at": now, "start": start, "steady": steady}
    world.extras["tick"] = here
    jump = _jump(last, here) if last else 0
    if abs(jump) > JUMP:
        _stop(world, jump, now)
    noted = world.extras.get("noted")
    if abs(jump) > JUMP or not isinstance(noted, int) or not 0 <= now - noted < TICK:
        if abs(jump) <= JUMP:  # first: who dies before the note looks at the same stretch again
            _passed(world, noted if isinstance(noted, int) else int(last["at"]) if last else now, now)
        world.extras["noted"] = now
        notes.put(world.db, _key(), here)
    return abs(jump) <= JUMP


@contextmanager
def at_work(world: World) -> Iterator[World]:
    """One that sends, from its first to its last moment."""
    died(world)
    key = f"{AT_WORK}{world.owner[-56:]}"
    pid, host = os.getpid(), socket.gethostname()
    notes.put(world.db, key, {"host": host, "pid": pid, "life": _life(world, pid), "at": world.clock.now()})
    try:
        yield world
    finally:
        with world.db.write() as session:
            notes.drop_in(session, key)


def died(world: World) -> bool:
    """Did one that was sending die before its end? It is a stop, told once."""
    gone = [key for key, each in notes.starting(world.db, AT_WORK).items() if _gone(world, each)]
    if not gone:
        return False
    now = world.clock.now()
    at = min(int((notes.get(world.db, _key()) or {"at": now})["at"]), now)
    with world.db.write() as session:
        told = [key.removeprefix(AT_WORK) for key in gone if notes.drop_in(session, key)]
        if told:
            data = {"event": ledger.last_event(session), "back": now}
            audit.write(session, at, HOUSE, "was_down", stops.EVERYTHING, f"died: {', '.join(told)}", data)
    return bool(told)


def _gone(world: World, noted: dict[str, Any]) -> bool:
    """Of another machine only time can tell: no run lasts an hour."""
    if noted["host"] != socket.gethostname():
        return world.clock.now() - int(noted["at"]) > HOUR
    return bool(noted["life"] != _life(world, noted["pid"]))


def _life(world: World, pid: int) -> list[str]:
    """Which start of the machine, and when this process began: its number may be another's later."""
    with suppress(OSError):
        return [world.clock.steady()[0], Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]]
    return []


def _key() -> str:
    return f"tick {socket.gethostname()}"[:64]


def _jump(last: dict[str, Any], here: dict[str, Any]) -> int:
    """By how much the clock went another way than time did; after a new start only backwards can be told."""
    told = here["at"] - last["at"]
    if last["start"] == here["start"]:
        return int(told - (here["steady"] - last["steady"]))
    return min(0, int(told))


def _stop(world: World, jump: int, now: Instant) -> None:
    why = f"the clock jumped by {jump:+,} seconds: set it right, then `opportune resume`"
    log.error("Everything is paused: %s", why)
    with world.db.write() as session:
        data = {"jump": jump, "event": ledger.last_event(session)}
        audit.write(session, now, HOUSE, "clock_jumped", stops.EVERYTHING, why, data)
        if not notes.get_in(session, KILL_SWITCH):
            stops.stop_everything(session, why, HOUSE, now)


def _passed(world: World, then: Instant, now: Instant) -> None:
    """What passed between two notes: a time without us, the last day of a campaign."""
    down = now - then > DOWN
    if down:
        with world.db.write() as session:
            why = f"nobody was there for {now - then:,} seconds"
            data = {"event": ledger.last_event(session), "back": now}
            audit.write(session, then, HOUSE, "was_down", stops.EVERYTHING, why, data)
    for key, ended in _over(world, now):
        try:
            if down and ended > then:
                campaign_life.pause(world, key, why="its last day passed while nobody was there", by=HOUSE)
            else:
                campaign_life.end(world, key, by=HOUSE, why="its last day is over")
        except NotAllowed:  # somebody else was faster
            continue


def _over(world: World, now: Instant) -> list[tuple[str, Instant]]:
    """Live, though its last day has passed, and since when; also long ago."""
    found = []
    with world.db.read() as session:
        for key, version in Bulk(session).rows("SELECT key, version_id FROM campaign WHERE state = 'live' ORDER BY id"):
            ends = cases.campaign_of(world, session, version).ends if version else None
            if ends and campaign_days.over_at(ends) <= now:
                found.append((key, campaign_days.over_at(ends)))
    return found
