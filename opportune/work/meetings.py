"""Was the booked meeting kept (F3)? Somebody says so: at the desk, or by `opportune meeting`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from opportune.rules.facts import DAY, Goal, Instant
from opportune.store import desk
from opportune.store import models as m
from opportune.store.own_calls import Own, of_touch
from opportune.work import cases, whom
from opportune.work.world import World

KEPT, MISSED = "meeting_kept", "meeting_missed"
MEETINGS = (Goal.MEETING.value, Goal.CONFERENCE.value)
ASKED_FOR = 60 * DAY  # so long the desk asks about a meeting


class NoMeeting(ValueError):
    """There is no booked meeting to speak of; the message says why."""


@dataclass(frozen=True, slots=True)
class Booked:
    """A meeting of which nobody said yet whether it was kept. `id` of the outcome that booked it."""

    id: int
    name: str
    company: str
    campaign: str
    at: Instant
    note: str
    contact_id: int


def open_meetings(world: World, limit: int = 50, own: Own = None) -> list[Booked]:
    """Oldest first. `own`: only what the calls of this colleague booked."""
    asked = (m.Outcome.at >= world.clock.now() - ASKED_FOR, of_touch(own, m.Outcome.touch_id))
    query = _booked().where(*asked, ~_told(KEPT, MISSED)).order_by(m.Outcome.at, m.Outcome.id).limit(limit)
    people = query.join(m.Contact, m.Contact.id == m.Outcome.contact_id)
    people = people.outerjoin(m.Company, m.Company.id == m.Contact.company_id)
    with world.db.read() as session:
        found = session.execute(people.with_only_columns(m.Outcome, m.Contact.name, m.Company.name, m.Campaign.name))
        return [Booked(o.id, name, firm or "", what, o.at, o.note or "", o.contact_id) for o, name, firm, what in found]


def tell(world: World, who: str, *, kept: bool, note: str = "") -> str:
    """Of the newest meeting of this person that was not kept yet. Returns their name.

    Raises:
        NoMeeting: none is booked, or somebody said already how it went.
        whom.NotFound: nobody, or more than one, is known by that.
    """
    with world.db.write() as session:
        contact = whom.the_one(session, who)
        cases.lock(session, [contact.id])
        known = (KEPT,) if kept else (KEPT, MISSED)
        mine = _booked().where(m.Outcome.contact_id == contact.id, ~_told(*known)).order_by(m.Outcome.id.desc())
        booked = session.scalars(mine.limit(1)).first()
        if booked is None:
            raise NoMeeting(_why_none(session, contact))
        _keep(session, booked, KEPT if kept else MISSED, note, world.clock.now())
        return contact.name


def _why_none(session: Session, contact: m.Contact) -> str:
    if desk.met_alone(session, contact.id):
        return (
            f"{contact.name}: booked by our form, outside any campaign for meetings, so nothing counts it; "
            "once it is settled, press Done beside that name at the desk"
        )
    return f"{contact.name}: no booked meeting waits for that word; `opportune why {contact.id}`"


def told_at_desk(world: World, booked: int, *, kept: bool, note: str = "") -> bool:
    """False: no such meeting waits for a word."""
    with world.db.write() as session:
        row = session.scalars(_booked().where(m.Outcome.id == booked)).one_or_none()
        if row is None:
            return False
        cases.lock(session, [row.contact_id])
        waits = _booked().where(m.Outcome.id == booked, ~_told(KEPT, MISSED)).with_only_columns(m.Outcome.id)
        if session.scalar(waits) is None:
            return False
        _keep(session, row, KEPT if kept else MISSED, note, world.clock.now())
        return True


def _booked() -> Select[Any]:
    query = select(m.Outcome).join(m.Campaign, m.Campaign.id == m.Outcome.campaign_id)
    return query.where(m.Outcome.kind == "goal_met", m.Campaign.goal.in_(MEETINGS))


def _told(*kinds: str) -> Any:
    word = aliased(m.Outcome)
    return select(word.id).where(word.enrolment_id == m.Outcome.enrolment_id, word.kind.in_(kinds)).exists()


def _keep(session: Session, booked: m.Outcome, kind: str, note: str, now: Instant) -> None:
    """Append-only: a missed meeting that is kept at last has both words, and counts as kept."""
    same = ("enrolment_id", "campaign_id", "contact_id", "touch_id", "window_end")
    values = {name: getattr(booked, name) for name in same}
    session.add(m.Outcome(**values, kind=kind, at=now, note=note[:500].replace("\0", "")))
