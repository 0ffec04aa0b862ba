"""Who answers for the law row of a place? A signature opens what waited for one, and holds until the row changes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from opportune.law import LawBook, Sheet
from opportune.rules.decide import NEEDS_SIGNATURE, UNSIGNED
from opportune.rules.facts import Instant
from opportune.store import audit
from opportune.store import models as m
from opportune.work import plan
from opportune.work.signatures import in_force
from opportune.work.world import World

PART = 300  # people decided anew in one transaction


class UnknownPlace(ValueError):
    """No row of its own, so there is nothing to sign."""


def sign(world: World, place: str, by: str, note: str) -> int:
    """`by` answers for the row as it is now. Returns in how many campaigns somebody held for it was decided anew.

    Raises:
        UnknownPlace: the place has no row.
    """
    now = world.clock.now()
    with world.db.write() as session:
        _append(world, session, place, by, note, now, signed=True)
        held = _held(world, session, place)
    return sum(_decide_anew(world, held[i : i + PART], now) for i in range(0, len(held), PART))


def unsign(world: World, place: str, by: str, note: str) -> None:
    """The signature no longer holds; what was planned on it is stopped at the gate.

    Raises:
        UnknownPlace: the place has no row.
    """
    with world.db.write() as session:
        _append(world, session, place, by, note, world.clock.now(), signed=False)


def known(world: World, place: str) -> Sheet:
    """The row of this very place.

    Raises:
        UnknownPlace: it has none.
    """
    sheet = world.law.sheets.get(place)
    if sheet is None:
        raise UnknownPlace(
            f"{place} has no row of its own; `opportune law` lists the places, ROW stands for all others"
        )
    return sheet


def book(world: World) -> LawBook:
    """The law with all signatures."""
    with world.db.read() as session:
        return in_force(world, session)


def _append(world: World, session: Session, place: str, by: str, note: str, now: Instant, *, signed: bool) -> None:
    sheet = world.law.sheets.get(place)
    if sheet is None:
        raise UnknownPlace(
            f"{place} has no row of its own; `opportune law` lists the places, ROW stands for all others"
        )
    who, why = by.strip()[:500], note.strip()[:500]
    if not who or not why:
        raise ValueError("a signature needs a name and a note: who answers for the row, and what was checked")
    session.add(m.LawSignature(place=place, signed=signed, digest=sheet.digest, who=who, at=now, note=why))
    act = "law_sign" if signed else "law_unsign"
    audit.write(session, now, who, act, place, why, {"digest": sheet.digest})
    session.flush()
    in_force(world, session)


def _held(world: World, session: Session, place: str) -> list[int]:
    """The people whose way is closed for want of a signature, this place's row being one of theirs."""
    e, d, c = m.Enrolment, m.Decision, m.Contact
    newest = select(func.max(d.id)).group_by(d.enrolment_id)
    held = select(d.enrolment_id).where(d.id.in_(newest), d.held == NEEDS_SIGNATURE)
    waiting = (e.state == "active") & e.decide_at.is_(None) & e.id.in_(held)
    ended = (e.state == "done") & e.stopped_why.in_(UNSIGNED)
    people = select(c.id, c.country, c.region, c.phone).where(c.id.in_(select(e.contact_id).where(waiting | ended)))
    return [
        id
        for id, country, region, phone in session.execute(people.order_by(c.id))
        if any(row == place for row, _ in world.law.places(country, region, phone))
    ]


def _decide_anew(world: World, people: Sequence[int], now: Instant) -> int:
    with world.db.write() as session:
        return plan.facts_changed(world, session, people, now)
