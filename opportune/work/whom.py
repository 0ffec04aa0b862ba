"""Whom does a colleague mean, and which moment? One person or a clear error, never a guess."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.rules.hours import reachable
from opportune.store import contacts, sealed
from opportune.store import models as m

YEARS = range(1971, 2100)  # what the zone tables are good for


class NotFound(Exception):
    """Nobody, or more than one, is known by that address, number or id."""


class BadMoment(ValueError):
    """No such moment."""


def the_one(session: Session, who: str, *, erased: bool = False) -> m.Contact:
    """By mail address, phone number in any format, or id. Who was forgotten is nobody, unless `erased` are meant too.

    Raises:
        NotFound: nobody is known by that, or several people are: their ids are named.
    """
    found = contacts.find_all(session, who)
    shown = who if len(who) <= 80 else f"{who[:80]}…"
    if not found:
        whole = ", whole with + and its country's code, since numbers are sealed" if sealed.ids() else ""
        raise NotFound(f"nobody is known by {shown!r}: give an email address, a phone number{whole} or an id")
    if len(found) > 1:
        people = ", ".join(f"{contact.id} ({contact.name})" for contact in found[:10])
        more = f" and {len(found) - 10} more" if len(found) > 10 else ""
        raise NotFound(f"{shown!r} belongs to {len(found)} people: {people}{more}; give the id of the one you mean")
    if found[0].erased_at is not None and not erased:
        raise NotFound(f"{shown} was erased: nothing of them is known any more")
    return found[0]


def moment(text: str, zones: list[str]) -> Instant:
    """`2026-03-05 15:20`, read in the person's zone, or with a zone of its own: `2026-03-05T15:20+01:00`.

    Raises:
        BadMoment: no such day, no such hour there, or no zone to read it in.
    """
    try:
        said = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadMoment(f"{text[:40]!r} is no moment; write one like 2026-03-05 15:20") from None
    if said.year not in YEARS:
        raise BadMoment(f"{text[:40]!r} lies outside the years {YEARS.start} to {YEARS.stop - 1}")
    if said.tzinfo is None:
        if not reachable(tuple(zones)):
            raise BadMoment(f"their time zone is not known: write the moment with one, like {text.strip()}+00:00")
        said = _there(said, zones[0])
    return int(said.timestamp())


def _there(said: datetime, zone: str) -> datetime:
    """On the person's clock; the hour that a change-over skips does not exist."""
    local = said.replace(tzinfo=ZoneInfo(zone))
    if local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != said:
        raise BadMoment(f"{said:%Y-%m-%d %H:%M} does not exist in {zone}: the clocks go forward; take an hour later")
    return local
