"""Who of us is on duty, and whom do they speak with just now? What the desk shows while a phone rings (B10)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.store.own_calls import Own
from opportune.work import briefing, operators
from opportune.work.briefing import Briefing
from opportune.work.world import World


@dataclass(frozen=True, slots=True)
class Line:
    """One colleague. `doing`: ringing | briefed | accepted | waiting, or nothing; `since` UTC epoch seconds."""

    id: int
    name: str
    on_duty: bool
    off_duty_why: str
    doing: str = ""
    since: Instant | None = None
    about: Briefing | None = None
    outline: str = ""
    contact_id: int | None = None


def lines(world: World, own: Own = None) -> list[Line]:
    """`own`: only that of this colleague."""
    with world.db.read() as session:
        return [_line(world, session, each) for each in operators.listed(session) if own in (None, each.id)]


def _line(world: World, session: Session, colleague: m.Operator) -> Line:
    duty = (colleague.id, colleague.name, colleague.on_duty_since is not None, colleague.off_duty_why or "")
    mine = (m.OperatorCall.operator_id == colleague.id, m.OperatorCall.over_at.is_(None))
    row = session.scalar(select(m.OperatorCall).where(*mine))
    if row is None:
        return Line(*duty, since=colleague.on_duty_since)
    touch = session.get(m.Touch, row.touch_id) if row.touch_id else None
    if touch is None:
        return Line(*duty, doing=row.state, since=row.moved_at)
    about, outline = briefing.of(session, touch, colleague.language), briefing.outline(world, session, touch)
    now = (row.state, row.moved_at)
    return Line(*duty, *now, about=about, outline=outline, contact_id=touch.contact_id)
