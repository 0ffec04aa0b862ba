"""How often may somebody guess? A few times; then each failure makes the wait longer, up to an hour.

A try is counted before it is looked at, in one transaction: a hundred at once are a hundred. What was counted of a
second factor is forgotten only by a right code, never by typing the password again.
"""

from __future__ import annotations

import ipaddress
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
    """`free`: so many failures cost nothing."""

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
    with world.db.write() as session:
        session.execute(delete(m.LoginBrake).where(m.LoginBrake.last_at <= now - FORGOTTEN_AFTER))
        ordered = sorted(brakes, key=lambda each: each.key(world))  # two that ask for both never wait for each other
        rows = [_row(session, each.key(world), now) for each in ordered]
        if (wait := max(row.closed_until for row in rows) - now) > 0:
            return wait
        for brake, row in zip(ordered, rows, strict=True):
            row.failures, row.last_at = row.failures + 1, now
            row.closed_until = now + _wait(row.failures - brake.free)
    return 0


def _row(session: Session, key: str, now: Instant) -> m.LoginBrake:
    insert_once(session, m.LoginBrake, {"key": key, "failures": 0, "last_at": now, "closed_until": now})
    return session.scalars(select(m.LoginBrake).where(m.LoginBrake.key == key).with_for_update()).one()


def _wait(too_many: int) -> int:
    return 0 if too_many < 0 else min(FIRST_WAIT * 2 ** min(too_many, 20), LONGEST_WAIT)


def forget(world: World, session: Session, *brakes: Brake) -> None:
    """It was right: nothing is held against it."""
    keys = [each.key(world) for each in brakes]
    session.execute(delete(m.LoginBrake).where(m.LoginBrake.key.in_(keys)))


def give_back(world: World, session: Session, brake: Brake) -> None:
    """This try was right; the failures before it count on, or an account of one's own would clean an address."""
    row = session.get(m.LoginBrake, brake.key(world), with_for_update=True)
    if row is not None:
        row.failures, row.closed_until = max(row.failures - 1, 0), row.last_at
