"""How often may somebody guess? A few times; then each failure makes the wait longer, up to an hour.

A try is counted before it is looked at, in one transaction: a hundred at once are a hundred. What was counted of a
second factor is forgotten only by a right code, never by typing the password again.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, HOUR, Instant
from opportune.store import models as m
from opportune.store.once import insert_once
from opportune.work.world import World

FIRST_WAIT, LONGEST_WAIT = 30, HOUR
FORGOTTEN_AFTER = DAY


@dataclass(frozen=True, slots=True)
class Brake:
    """`free`: so many tries are looked at one after the other; once all have failed, the next one waits."""

    kind: str
    of: str
    free: int

    def key(self, world: World) -> str:
        return world.signer.keyed(f"brake {self.kind}", self.of)


def account(email: str) -> Brake:
    """Whether or not anybody has it: a brake must not tell."""
    return Brake("account", email, free=5)


def address(ip: str | None) -> Brake:
    """Colleagues share one, hence more; an IPv6 household has more addresses than we could count."""
    try:
        at = ipaddress.ip_address(ip or "")
    except ValueError:
        return Brake("address", ip or "unknown", free=20)
    wide = ipaddress.ip_network((at, 64), strict=False) if at.version == 6 else at
    return Brake("address", str(wide), free=20)


def second(user_id: int) -> Brake:
    return Brake("second", str(user_id), free=5)


def take(world: World, *brakes: Brake) -> int:
    """0: one more try is counted, go on. Else the seconds until another one is looked at."""
    now = world.clock.now()
    free = {each.key(world): each.free for each in brakes}
    with world.db.write() as session:
        rows = _held(session, free, now)
        if (wait := max(row.closed_until for row in rows.values()) - now) > 0:
            return wait
        for key, row in rows.items():
            before = row.failures if row.last_at > now - FORGOTTEN_AFTER else 0
            row.failures, row.last_at = before + 1, now
            row.closed_until = now + _wait(row.failures - free[key])
        _clean(session, now)
    return 0


def _held(session: Session, keys: Iterable[str], now: Instant | None = None) -> dict[str, m.LoginBrake]:
    """Those that are there, locked one by one and everywhere in this order: two that ask for the same brakes never wait
    for each other. `now`: what is not there is begun."""
    held = {}
    for key in sorted(keys):
        row = session.get(m.LoginBrake, key, with_for_update=True)
        while row is None and now is not None:  # again where somebody forgets it between the two
            insert_once(session, m.LoginBrake, {"key": key, "failures": 0, "last_at": now, "closed_until": now})
            row = session.get(m.LoginBrake, key, with_for_update=True)
        if row is not None:
            held[key] = row
    return held


def _clean(session: Session, now: Instant) -> None:
    """Waits for nobody, since whoever cleans holds brakes already."""
    old = select(m.LoginBrake.key).where(m.LoginBrake.last_at <= now - FORGOTTEN_AFTER)
    session.execute(delete(m.LoginBrake).where(m.LoginBrake.key.in_(old.with_for_update(skip_locked=True))))


def _wait(beyond: int) -> int:
    """After so many failures beyond the free tries; 0: the last of these failed."""
    return 0 if beyond < 0 else min(FIRST_WAIT * 2 ** min(beyond, 20), LONGEST_WAIT)


def right(world: World, session: Session, back: Brake, *over: Brake) -> None:
    """Of `back` only this try is taken back: the failures before it count on, or an account of one's own would clean an
    address. Nothing is held against `over` any more."""
    mine = back.key(world)
    for key, row in _held(session, [mine, *(each.key(world) for each in over)]).items():
        if key == mine:
            row.failures, row.closed_until = max(row.failures - 1, 0), row.last_at
        else:
            session.delete(row)


def forget(world: World, session: Session, brake: Brake) -> None:
    """Nothing is held against it any more."""
    session.execute(delete(m.LoginBrake).where(m.LoginBrake.key == brake.key(world)))
