"""How does the row move that says which colleague is asked about which call?

Held in one order everywhere: the row, the colleague, the person, the call.
"""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import Refused
from opportune.rules.facts import Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import cases, operators, react

WHO = "operator-first"
NEVER_DIALLED = "the colleague's line ended before we heard of the call"


def opened(
    session: Session, operator: int, touch: int | None, state: str, now: Instant, sid: str | None = None
) -> m.OperatorCall:
    """A new row; the unique indexes let nobody be asked twice at once."""
    given = {"operator_id": operator, "touch_id": touch, "state": state, "provider_id": sid}
    row = m.OperatorCall(**given, token=secrets.token_hex(16), created_at=now, moved_at=now, waits=0)
    session.add(row)
    session.flush()
    return row


def held(session: Session, id: int) -> m.OperatorCall:
    """The row as it is now, with its colleague, until the commit."""
    row = session.get_one(m.OperatorCall, id, with_for_update=True, populate_existing=True)
    session.get_one(m.Operator, row.operator_id, with_for_update=True, populate_existing=True)
    return row


def touch_of(session: Session, row: m.OperatorCall) -> m.Touch | None:
    """The call they are asked about, held with its person."""
    touch = session.get(m.Touch, row.touch_id) if row.touch_id else None
    if touch is None:
        return None
    cases.lock(session, [touch.contact_id])
    return session.get_one(m.Touch, touch.id, with_for_update={"key_share": True}, populate_existing=True)


def step(row: m.OperatorCall, state: str, now: Instant) -> None:
    row.state, row.moved_at = state, now


def close(
    session: Session, row: m.OperatorCall, state: str, why: str, now: Instant, *, refused: Refused | None = None
) -> None:
    """declined | missed | over: they are free again, behind those who were idle longer."""
    row.state, row.why, row.moved_at, row.over_at = state, why[:500], now, now
    colleague = session.get_one(m.Operator, row.operator_id)
    colleague.idle_since = now
    if refused and refused.permanent and refused.scope == "address":
        operators.send_off(colleague, f"their number is refused: {why}")
    elif state == "missed" and (refused or row.provider_id):  # else nobody knows whether their phone rang
        operators.missed(colleague, why)
    session.flush()


def leg_over(session: Session, row: m.OperatorCall, status: str, now: Instant) -> None:
    """The colleague's own leg has ended, or is silent for so long that it must have."""
    if row.state == "ringing":
        close(session, row, "missed", status, now)
    elif row.state == "briefed":
        close(session, row, "declined", "hung up during the briefing", now)
    elif row.state == "waiting":
        close(session, row, "over", "hung up", now)
    elif row.state == "accepted":
        close(session, row, "over", "the colleague's line ended", now)
        let_go(session, row, now)


def let_go(session: Session, row: m.OperatorCall, now: Instant) -> None:
    """No colleague is on the line of this call any more. Was it never dialled, or did we not hear of it? Then it is in
    doubt at once, and the carrier's list tells; nobody dials it again."""
    touch = touch_of(session, row)
    if touch is None:
        return
    if touch.state == "sending" and touch.provider_id is None:
        ledger.move(session, touch, "uncertain", now=now, who=WHO, why=NEVER_DIALLED)
    elif touch.state == "cancelled" and touch.enrolment_id:
        react.decide_at(session, [touch.enrolment_id], now)


def by_leg(session: Session, sid: str) -> list[int]:
    """The open rows of one leg."""
    query = select(m.OperatorCall.id).where(m.OperatorCall.provider_id == sid, m.OperatorCall.over_at.is_(None))
    return list(session.scalars(query.order_by(m.OperatorCall.id)))
