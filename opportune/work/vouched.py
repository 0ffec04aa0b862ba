"""Who comes in because an identity provider vouches for them? Only whom we know, unless a setting says otherwise.

The first visit ties the account to who they are over there: an address that is given to somebody else later opens
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.addresses import normal_email
from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.work import login, tickets, users
from opportune.work.login import Entered, Half, Refused
from opportune.work.world import World


@dataclass(frozen=True, slots=True)
class Voucher:
    """`subject`: who they are over there, for ever; `email`: verified over there."""

    subject: str
    email: str
    name: str


def begin(world: World, kept: dict[str, str]) -> str:
    """The state of one visit."""
    with world.db.write() as session:
        return tickets.issue(session, "away", world.clock.now(), None, dict(kept))


def end(world: World, state: str) -> dict[str, str] | None:
    """What was kept for it; only once."""
    with world.db.write() as session:
        used = tickets.use(session, "away", state, world.clock.now())
        return used.data if used else None


def enter(world: World, voucher: Voucher, ip: str | None) -> Refused | Half | Entered:
    now = world.clock.now()
    with world.db.write() as session:
        user = _whose(session, voucher) or _new(world, session, voucher, now)
        if user is None or not user.active or user.subject not in (None, voucher.subject):
            return Refused()
        user.subject = voucher.subject
        if user.factor_seed:
            return Half(tickets.issue(session, "second", now, user.id))
        return login.enter(session, user, ip, now, "identity provider")


def _whose(session: Session, voucher: Voucher) -> m.User | None:
    """Whom they were before; else who has that address here."""
    tied = session.scalar(select(m.User).where(m.User.subject == voucher.subject).with_for_update())
    query = select(m.User).where(m.User.email == users.looked_for(voucher.email)).with_for_update()
    return tied or session.scalar(query)


def _new(world: World, session: Session, voucher: Voucher, now: Instant) -> m.User | None:
    role, email = world.settings.oidc_role, normal_email(voucher.email)
    if not role or email is None:
        return None
    user = users.blank(email, now)
    user.name, user.role, user.active = voucher.name[:500], role, True
    session.add(user)
    session.flush()
    users.noted(session, user, now, "user_added", "identity provider", {"role": role})
    return user
