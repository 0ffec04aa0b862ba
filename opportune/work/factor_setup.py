"""How does somebody take up a second factor, or lay it down? They prove the new one before it counts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.work import second_factor, sessions, tickets, users
from opportune.work.login import held
from opportune.work.world import World


@dataclass(frozen=True, slots=True)
class Offer:
    """What a telephone is shown. `key`: the same for typing; `ticket` goes with the first code."""

    ticket: str
    key: str
    picture: str


def offer(world: World, user_id: int) -> Offer:
    seed = second_factor.new_seed()
    with world.db.write() as session:
        ticket = tickets.issue(session, "factor", world.clock.now(), user_id, {"seed": seed})
        return _offer(world, session.get_one(m.User, user_id), ticket, seed)


def again(world: World, user_id: int, ticket: str) -> Offer | None:
    """The same offer, after a wrong code; None when its time is over."""
    with world.db.read() as session:
        found = tickets.look(session, "factor", ticket, world.clock.now())
        if found is None or found.user_id != user_id:
            return None
        return _offer(world, session.get_one(m.User, user_id), ticket, found.data["seed"])


def _offer(world: World, user: m.User, ticket: str, seed: str) -> Offer:
    shared = second_factor.shared(world, seed)
    spaced = " ".join(shared[start : start + 4] for start in range(0, len(shared), 4))
    return Offer(ticket, spaced, second_factor.picture(world, seed, user.email))


def confirm(world: World, user_id: int, ticket: str, code: str) -> list[str] | None:
    """The codes for paper, told once; None when the code is wrong. Every session of theirs ends."""
    now = world.clock.now()
    with world.db.write() as session:
        found, user = tickets.look(session, "factor", ticket, now), held(session, user_id)
        if found is None or user is None or found.user_id != user_id:
            return None
        step = second_factor.fits(world, found.data["seed"], code, now)
        if step is None:
            return None
        user.factor_seed, user.factor_step = found.data["seed"], step
        codes = second_factor.recovery_codes(world, user)
        _changed(session, user, now, "user_second_factor_on")
    return codes


def lay_down(world: World, user_id: int) -> None:
    """By somebody who has just proved who they are."""
    with world.db.write() as session:
        user = held(session, user_id)
        if user is not None:
            users.no_second_factor(user)
            _changed(session, user, world.clock.now(), "user_second_factor_off")


def _changed(session: Session, user: m.User, now: Instant, act: str) -> None:
    sessions.end_all(session, user.id)
    users.noted(session, user, now, act, user.email, {})


def codes_left(world: World, user_id: int) -> int | None:
    """How many recovery codes somebody has left; None without a second factor."""
    with world.db.read() as session:
        user = session.get_one(m.User, user_id)
        return len(user.recovery) if user.factor_seed else None
