"""When may the next call be asked for?

All workers take turns through the database, each a little further apart than the account's calls per second demand, so
that no second ever holds more calls than it allows: Twilio would queue the rest and dial it later, perhaps out of
hours. Whoever misses a turn gives it up and takes another. A carrier that says "too fast" lowers the pace for a while.
"""

from __future__ import annotations

import logging
import math

from sqlalchemy.orm import Session

from channels.base import Answer, CallOrder, Refused
from opportune.rules.facts import HOUR, Instant
from opportune.store import audit, pacing
from opportune.store import models as m
from opportune.store.once import insert_once
from opportune.work.world import World

PACE = "calls"
SLOWED = "calls:pace"  # a row of sending_pause: how often in a row we were too fast
USED = 0.96  # of the calls per second
LATE = 1 / USED - 1  # seconds that a call may miss its turn by, without one call too many in any second
AHEAD = 1.0  # seconds; a loop comes by once a second
SAME = 10  # seconds in which "too fast" is said of calls that left together
SLOW, LONGEST, DEEPEST = 5 * 60, HOUR, 4  # the pace is halved for five minutes, then again for twice as long
TOO_LATE = Refused("", "its moment passed before the first byte", permanent=False, scope="sender", phase="late")

log = logging.getLogger(__name__)


def rate(world: World, session: Session, now: Instant) -> float:
    """Calls per second for now."""
    row = session.get(m.SendingPause, SLOWED)
    slowed = row.strikes if row and (row.until or 0) > now else 0
    return float(world.settings.calls_per_second / 2 ** min(slowed, DEEPEST))


def room(world: World, session: Session, most: int) -> int:
    """How many calls would have their turn very soon; nothing is taken yet."""
    now = world.clock.exact()
    space = _space(world, session)
    left = now + AHEAD - pacing.next_turn(session, PACE, now)
    return max(0, min(most, math.ceil(left / space)))


def turns(world: World, session: Session, number: int) -> list[float]:
    """So many turns, ours from the commit on."""
    if not number:
        return []
    space, now = _space(world, session), world.clock.exact()
    return pacing.turns(session, PACE, space=space, number=number, now=now)


def _space(world: World, session: Session) -> float:
    return 1 / (rate(world, session, world.clock.now()) * USED)


def place(world: World, order: CallOrder, turn: float, not_after: Instant) -> Answer:
    """Ask for this call at its turn, or say why it certainly was not asked for."""
    try:
        carrier = world.carrier  # made before its turn: that takes longer than a turn may be late
        in_time = _turn_comes(world, turn, not_after)
    except Exception as error:  # the database is locked, say: nothing was asked of the carrier
        log.exception("A call found no turn")
        return Refused("", f"it found no turn: {error}", permanent=False, scope="sender", phase="late")
    return carrier.place(order) if in_time else TOO_LATE


def _turn_comes(world: World, turn: float, not_after: Instant) -> bool:
    """A laptop may be closed while it waits: on waking it is too late, whatever turn. A clock that was set back makes
    no turn a matter of hours."""
    while True:
        if (ahead := turn - world.clock.exact()) <= pacing.FAR:
            world.clock.wait_until(turn)
            ahead = turn - world.clock.exact()
        if -LATE <= ahead <= pacing.FAR or world.clock.now() > not_after:
            return world.clock.now() <= not_after
        [turn] = world.db.attempt(lambda session: turns(world, session, 1))


def slow(session: Session, why: str, now: Instant) -> None:
    """Too fast for the carrier: half the pace for a while, and less again if that does not help."""
    fresh = {"key": SLOWED, "since": 0, "until": None, "why": why[:500], "strikes": 0, "probing": False}
    insert_once(session, m.SendingPause, fresh)
    row = session.get_one(m.SendingPause, SLOWED, with_for_update=True, populate_existing=True)
    if now - row.since < SAME:
        return
    if (row.until or 0) + LONGEST < now:  # long ago
        row.strikes = 0
    row.strikes, row.since, row.why = row.strikes + 1, now, why[:500]
    row.until = now + min(LONGEST, SLOW * 2 ** min(row.strikes - 1, DEEPEST))
    noted = {"key": SLOWED, "strikes": row.strikes, "until": row.until}
    audit.write(session, now, "the house", "calls_slowed", SLOWED, why, noted)
