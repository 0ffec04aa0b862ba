"""Which numbers of ours are there, how do they fare, and what do people say of them (E7, E11)?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.addresses import normal_phone
from opportune.rules.facts import DAY, Instant
from opportune.store import audit, tallies
from opportune.store import models as m
from opportune.work import dialling, numbers, places
from opportune.work.world import World

DAYS = 30  # that the list counts


class NoNumber(ValueError):
    """No such number of ours, or one that cannot be ours; says what to do."""


@dataclass(frozen=True, slots=True)
class Told:
    """One of our numbers, as the list shows it."""

    number: str
    country: str | None
    label: str
    state: str  # in use | rests until … | taken out
    resting_until: Instant | None
    rest_why: str | None
    calls: int
    complaints: int
    blocked: int
    directory_note: str | None
    reputation_note: str | None
    noted_at: Instant | None
    noted_by: str | None


def add(world: World, text: str, label: str, by: str) -> str:
    """Into the pool, or back into it.

    Raises:
        NoNumber: it cannot be a number of ours.
    """
    number, now = _read(text), world.clock.now()
    if why := dialling.never(number):
        raise NoNumber(f"{text} is {why.partition(':')[0]}: people could not call it back")
    with world.db.write() as session:
        row = session.scalar(select(m.OurNumber).where(m.OurNumber.number == number))
        if row is None:
            country = places.country_of_number(number)
            fresh = {"country": country, "label": label, "active": True, "added_at": now, "judged_from": 0}
            session.add(m.OurNumber(number=number, **fresh))
        else:
            row.active, row.label = True, label or row.label
        _noted(session, "number_added", number, label, by, now)
    return number


def listed(world: World) -> list[Told]:
    now = world.clock.now()
    with world.db.read() as session:
        rows = session.scalars(select(m.OurNumber).order_by(m.OurNumber.country, m.OurNumber.number)).all()
        counts = tallies.since(session, [f"caller:{row.number}" for row in rows], now - DAYS * DAY)
    return [_told(row, counts.get(f"caller:{row.number}", tallies.Tally()), now) for row in rows]


def _told(row: m.OurNumber, count: tallies.Tally, now: Instant) -> Told:
    rests = (row.resting_until or 0) > now
    state = "taken out" if not row.active else "rests" if rests else "in use"
    seen: dict[str, Any] = {"calls": count.sent, "complaints": count.complained, "blocked": count.blocked}
    kept = ("number", "country", "label", "directory_note", "reputation_note", "noted_at", "noted_by")
    until, why = (row.resting_until, row.rest_why) if rests else (None, None)
    return Told(**{name: getattr(row, name) for name in kept}, state=state, resting_until=until, rest_why=why, **seen)


def note(world: World, text: str, *, directory: str | None, reputation: str | None, by: str) -> None:
    """What a directory or a public review says of it, and who looked (E11).

    Raises:
        NoNumber: it is none of ours, or nothing is said.
    """
    if directory is None and reputation is None:
        raise NoNumber("say what you saw: --directory or --reputation")
    now = world.clock.now()
    with world.db.write() as session:
        row = _ours(session, text)
        row.directory_note = row.directory_note if directory is None else directory[:500]
        row.reputation_note = row.reputation_note if reputation is None else reputation[:500]
        row.noted_at, row.noted_by = now, by
        _noted(session, "number_noted", row.number, directory or reputation or "", by, now)


def rest(world: World, text: str, *, days: int | None, why: str, by: str) -> None:
    """Show it to nobody, for so many days or until `use`. Raises NoNumber."""
    now = world.clock.now()
    until = numbers.TILL_TOLD if days is None else now + days * DAY
    with world.db.write() as session:
        numbers.rest(session, _ours(session, text).number, why, until, by, now)


def use(world: World, text: str, *, by: str) -> None:
    """Show it again; what was complained of before does not count a second time. Raises NoNumber."""
    now = world.clock.now()
    with world.db.write() as session:
        row = _ours(session, text)
        row.active, row.resting_until, row.rest_why = True, None, None
        row.judged_from = now - now % 3600 + 3600  # counted by the hour
        _noted(session, "number_used", row.number, "somebody said so", by, now)


def take_out(world: World, text: str, *, by: str) -> None:
    """No longer ours to show; what was told of it stays. Raises NoNumber."""
    with world.db.write() as session:
        row = _ours(session, text)
        row.active = False
        _noted(session, "number_taken_out", row.number, "somebody said so", by, world.clock.now())


def _ours(session: Session, text: str) -> m.OurNumber:
    number = _read(text)
    row = session.scalar(select(m.OurNumber).where(m.OurNumber.number == number).with_for_update())
    if row is None:
        raise NoNumber(f"{number} is none of ours: `opportune number list`, or add it")
    return row


def _read(text: str) -> str:
    number = normal_phone(text, None)
    if number is None:
        raise NoNumber(f"{text}: write it with + and the country's code, like +442079460123")
    return number


def _noted(session: Session, act: str, number: str, why: str, by: str, now: Instant) -> None:
    audit.write(session, now, by, act, number, why, {"number": number})
