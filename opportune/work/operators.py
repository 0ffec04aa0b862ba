"""Which colleagues are on duty, and whose turn is it?

Who looks after the person is rung first, then who speaks their language, then who was idle longest (B9). Where nobody
is entered, the number of the settings, or the one a live campaign names, stands in for the one colleague (`house`): on
duty until it misses too many calls.
"""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.rules.words.colleague import SAID
from opportune.store import models as m
from opportune.store.once import insert_once
from opportune.work import cases
from opportune.work.world import World

MOST_MISSES = 3  # in a row: then nobody is there
OURS = (m.Operator.active, ~m.Operator.house)


class NoColleague(ValueError):
    """Nobody, or more than one, is known by that; or what is said of them cannot be used."""


@dataclass(frozen=True, slots=True)
class Free:
    """A colleague who may be rung. `campaigns`: only of these, where a campaign's number stands in; None: any."""

    operator: m.Operator
    campaigns: tuple[int, ...] | None = None


def add(world: World, name: str, phone: str, language: str = "en", email: str | None = None) -> m.Operator:
    """A new colleague, off duty at first; one who was there before is known again by the number.

    Raises:
        NoColleague: the name is empty, the number is none, or we have no words in that language.
    """
    name, number = " ".join(name.split())[:500], _number(phone)
    if not name:
        raise NoColleague("the name is empty: say how the colleague is called")
    if language not in SAID:
        raise NoColleague(f"language {language!r}: we brief in {', '.join(SAID)}")
    known = {"name": name, "language": language, "email": email, "active": True, "house": False}
    with world.db.write() as session:
        insert_once(session, m.Operator, {"phone": number, **known, "idle_since": 0, "misses": 0})
        colleague = session.scalars(select(m.Operator).where(m.Operator.phone == number)).one()
        for column, value in known.items():
            setattr(colleague, column, value)
    return colleague


def _number(text: str) -> str:
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise NoColleague(f"{text!r} is no phone number: write it like +442079460123")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def on_duty(world: World, who: str) -> m.Operator:
    """From now on this colleague is rung. Raises NoColleague."""
    now = world.clock.now()
    with world.db.write() as session:
        colleague = the_one(session, who)
        if colleague.on_duty_since is None:
            colleague.on_duty_since = colleague.idle_since = now
        colleague.misses, colleague.off_duty_why = 0, None
    return colleague


def off_duty(world: World, who: str, why: str = "said so") -> m.Operator:
    """Nobody rings this colleague any more; a talk under way goes on. Raises NoColleague."""
    with world.db.write() as session:
        colleague = the_one(session, who)
        send_off(colleague, why)
    return colleague


def send_off(colleague: m.Operator, why: str) -> None:
    colleague.on_duty_since, colleague.off_duty_why, colleague.misses = None, why[:500], 0


def missed(colleague: m.Operator, why: str) -> None:
    """One more in a row; nobody is rung for ever."""
    colleague.misses += 1
    if colleague.misses >= MOST_MISSES:
        send_off(colleague, f"missed {MOST_MISSES} calls in a row, the last one: {why}")


def the_one(session: Session, who: str) -> m.Operator:
    """By number, id or name."""
    digits = who.strip().lstrip("#")
    known = [m.Operator.phone == who.strip(), m.Operator.phone == who.replace(" ", ""), m.Operator.name == who.strip()]
    known += [m.Operator.id == int(digits)] if digits.isascii() and digits.isdigit() and len(digits) < 10 else []
    found = session.scalars(select(m.Operator).where(or_(*known), m.Operator.active)).all()
    if len(found) == 1:
        return found[0]
    if found:
        raise NoColleague(f"{who!r}: {len(found)} colleagues are called so; give the number instead")
    raise NoColleague(f"{who!r}: no colleague has this name, number or id; `opportune operator list` shows them all")


def listed(session: Session) -> list[m.Operator]:
    """Everybody who counts: the colleagues who were entered, else the numbers that stand in."""
    return list(session.scalars(select(m.Operator).where(_counted(session)).order_by(m.Operator.id)))


def _entered(session: Session) -> bool:
    return session.scalar(select(m.Operator.id).where(*OURS).limit(1)) is not None


def _counted(session: Session) -> ColumnElement[bool]:
    return and_(m.Operator.active, ~m.Operator.house if _entered(session) else m.Operator.house)


def rested(session: Session, contact: m.Contact | None = None) -> Select[tuple[m.Operator]]:
    """On duty and not on the phone: who suits this person first, then the longest idle (B9)."""
    busy = select(m.OperatorCall.id).where(
        m.OperatorCall.operator_id == m.Operator.id, m.OperatorCall.over_at.is_(None)
    )
    here = (_counted(session), m.Operator.on_duty_since.is_not(None), m.Operator.phone.is_not(None), ~busy.exists())
    suits = (m.Operator.id == contact.owner_id, m.Operator.language == contact.language[:2]) if contact else ()
    first = [case((each, 0), else_=1) for each in suits]
    return select(m.Operator).where(*here).order_by(*first, m.Operator.idle_since, m.Operator.id)


def resting(world: World, now: Instant) -> list[int]:
    """Who may be rung now, in their turn."""
    with world.db.read() as session:
        if _entered(session):
            return [each.id for each in session.scalars(rested(session))]
    with world.db.write() as session:
        stand_in(world, session, now)
        return [each.id for each in session.scalars(rested(session))]


def whose_turn(session: Session, house: str, contact: m.Contact) -> str | None:
    """The number to ring for somebody who is on the line already (B9); `house` where nobody was entered."""
    if not _entered(session):
        return house or None
    best = session.scalar(rested(session, contact).limit(1))
    return best.phone if best else None


def free(world: World, session: Session, id: int) -> Free | None:
    """This one, held until the commit; None when somebody else rings them already."""
    query = rested(session).where(m.Operator.id == id).with_for_update(skip_locked=True)
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    return within(world, session, found) if found else None


def within(world: World, session: Session, colleague: m.Operator) -> Free:
    """With the campaigns whose calls are theirs."""
    if not colleague.house:
        return Free(colleague)
    theirs = (id for id, phone in _house_numbers(world, session) if phone == colleague.phone)
    return Free(colleague, tuple(theirs))


def stand_in(world: World, session: Session, now: Instant) -> None:
    """Where nobody was entered: the numbers of the settings and of the live campaigns, each on duty at first."""
    for phone in dict.fromkeys(phone for _, phone in _house_numbers(world, session) if phone):
        row = {"name": "Colleague", "phone": phone, "active": True, "house": True, "on_duty_since": now}
        insert_once(session, m.Operator, {**row, "idle_since": now, "language": world.settings.language, "misses": 0})


def _house_numbers(world: World, session: Session) -> list[tuple[int, str]]:
    """(campaign, whose number is rung for it)."""
    live = select(m.Campaign.id, m.Campaign.version_id).where(m.Campaign.state == "live").order_by(m.Campaign.id)
    rows = [(id, version) for id, version in session.execute(live).tuples() if version is not None]
    named = {id: cases.campaign_of(world, session, version).calls.operator_phone for id, version in rows}
    return [(id, phone or world.settings.operator_phone) for id, phone in named.items()]


def waiting(world: World) -> dict[str, int]:
    """How many are on duty, and for how many calls one of them is wanted now."""
    due = (m.Touch.state == "planned", m.Touch.channel == "call", ~m.Touch.automated)
    with world.db.read() as session:
        duty = select(func.count(m.Operator.id)).where(_counted(session), m.Operator.on_duty_since.is_not(None))
        calls = select(func.count(m.Touch.id)).where(*due, m.Touch.due_at <= world.clock.now())
        return {
            "colleagues_on_duty": session.scalar(duty) or 0,
            "calls_waiting_for_a_colleague": session.scalar(calls) or 0,
        }
