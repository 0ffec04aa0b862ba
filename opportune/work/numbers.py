"""Which number of ours does a person see when we call, and which ones rest?

Of the pool one of the person's own country, and the same for the same person as long as it may be shown. A number that
gets complaints rests by itself, by the table `number_rest.toml` (E7). While no pool is entered, it is the one number of
the settings.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Instant
from opportune.store import audit, tallies
from opportune.store import models as m
from opportune.store.once import insert_once
from opportune.work import places
from opportune.work.world import World

TILL_TOLD = 253_402_300_799  # the end of the year 9999: until somebody says "use"
HOUSE = "the house"


@dataclass(frozen=True, slots=True)
class Rest:
    """One row of the table."""

    of: str
    least: int
    share: float
    within_days: int
    rest_days: int


@lru_cache
def table() -> tuple[Rest, ...]:
    read = tomllib.loads(Path(__file__).with_name("number_rest.toml").read_text(encoding="utf-8"))
    return tuple(Rest(**row) for row in read["rest"])


def caller_for(world: World, session: Session, touch: m.Touch, contact_country: str | None, now: Instant) -> str:
    """The caller id (E.164) of this call, kept with it and counted; asked where the call is marked as leaving."""
    if touch.caller is None:
        touch.caller = _chosen(world, session, touch.contact_id, contact_country, now)
        tallies.count(session, {_key(touch.caller): {"sent": 1}}, now)
    return touch.caller


def _chosen(world: World, session: Session, contact_id: int, country: str | None, now: Instant) -> str:
    may = {row.number: row for row in usable(session, now)}
    if not may:
        return world.settings.twilio_caller
    last = _last_shown(session, contact_id)
    if last in may:
        return last
    here = [number for number, row in may.items() if row.country == country]
    default = [number for number in may if number == world.settings.twilio_caller]
    return max(here or default or list(may), key=lambda number: _draw(number, contact_id))


def _last_shown(session: Session, contact_id: int) -> str | None:
    calls = select(m.Touch.caller).where(m.Touch.contact_id == contact_id, m.Touch.caller.is_not(None))
    return session.scalar(calls.order_by(m.Touch.sending_at.desc()).limit(1))


def _draw(number: str, contact_id: int) -> bytes:
    """Spreads people over the numbers; who is where does not change when another number comes or goes."""
    return hashlib.sha256(f"{number}|{contact_id}".encode()).digest()


def _key(number: str) -> str:
    return f"caller:{number}"


def usable(session: Session, now: Instant) -> list[m.OurNumber]:
    return [row for row in pool(session) if (row.resting_until or 0) <= now]


def pool(session: Session) -> Sequence[m.OurNumber]:
    return session.scalars(select(m.OurNumber).where(m.OurNumber.active).order_by(m.OurNumber.id)).all()


def none_left(session: Session, now: Instant) -> str:
    """Why no number of ours may be shown; empty: there is one."""
    rows = pool(session)
    resting = [row for row in rows if (row.resting_until or 0) > now]
    if not rows or len(resting) < len(rows):
        return ""
    return f"no number of ours may be shown: {'; '.join(f'{row.number} rests: {row.rest_why}' for row in resting)}"[
        :500
    ]


def ours(world: World, session: Session) -> set[str]:
    """Every number that is our own: nobody is called there."""
    s = world.settings
    colleagues = session.scalars(select(m.Operator.phone).where(m.Operator.phone.is_not(None)))
    mine = session.scalars(select(m.OurNumber.number))
    return {number for number in (s.twilio_caller, s.operator_phone, *colleagues, *mine) if number}


def rest(session: Session, number: str, why: str, until: Instant, by: str, now: Instant) -> None:
    """Show it to nobody till then. The number of the settings becomes a row of the pool by this."""
    insert_once(session, m.OurNumber, _fresh(number, "entered by its rest", now))
    row = session.scalars(select(m.OurNumber).where(m.OurNumber.number == number).with_for_update()).one()
    if (row.resting_until or 0) >= until:
        return
    row.resting_until, row.rest_why = until, why[:500]
    _note(session, "number_rests", number, why, by, now)


def _fresh(number: str, label: str, now: Instant) -> dict[str, object]:
    fresh = {"number": number, "country": places.country_of_number(number), "label": label, "active": True}
    nothing = dict.fromkeys(("resting_until", "rest_why", "directory_note", "reputation_note", "noted_at", "noted_by"))
    return {**fresh, **nothing, "added_at": now, "judged_from": 0}


def complained(session: Session, touch: m.Touch, what: str, now: Instant) -> None:
    """`complained` or `blocked`: it counts against the number that this person saw, which may rest for it."""
    if touch.caller is None:
        return
    tallies.count(session, {_key(touch.caller): {what: 1}}, now)
    row = session.scalar(select(m.OurNumber).where(m.OurNumber.number == touch.caller))
    for rule in table():
        since = max(now - rule.within_days * DAY, row.judged_from if row else 0)
        seen = tallies.since(session, [_key(touch.caller)], since).get(_key(touch.caller), tallies.Tally())
        count = getattr(seen, rule.of)
        if count >= rule.least and count > rule.share * seen.sent:
            why = f"{count} of {seen.sent} calls within {rule.within_days} days {SAID[rule.of]}"
            rest(session, touch.caller, why, now + rule.rest_days * DAY, HOUSE, now)


SAID = {"complained": "brought a complaint", "blocked": "were blocked as spam"}


def _note(session: Session, act: str, number: str, why: str, by: str, now: Instant) -> None:
    audit.write(session, now, by, act, number, why, {"number": number})
