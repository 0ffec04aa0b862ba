"""Which calls are a colleague's own? Those they took: nobody reads of the people of another one's."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select, true

from opportune.store.db import Database
from opportune.store.models import InboundCall, OperatorCall, Outcome, Touch
from opportune.store.users import User

#: Whose: a colleague, or everybody's.
Own = int | None
NOBODYS = 0  # no colleague has this id


def of(reader: User) -> Own:
    """What this reader may see: operators their own, who leads them everybody's."""
    return None if reader.role != "operator" else reader.operator_id or NOBODYS


def of_touch(own: Own, touch_id: Any = Touch.id) -> ColumnElement[bool]:
    if own is None:
        return true()
    theirs = (OperatorCall.touch_id == touch_id, OperatorCall.operator_id == own, OperatorCall.accepted_at.is_not(None))
    return select(OperatorCall.id).where(*theirs).exists()


def of_inbound(own: Own) -> ColumnElement[bool]:
    return true() if own is None else InboundCall.operator_id == own


def holds_call(db: Database, own: Own, token: str) -> bool:
    """Is the call with this token theirs?"""
    with db.read() as session:
        return session.scalar(select(Touch.id).where(Touch.token == token, of_touch(own))) is not None


def holds_inbound(db: Database, own: Own, id: int) -> bool:
    with db.read() as session:
        return session.scalar(select(InboundCall.id).where(InboundCall.id == id, of_inbound(own))) is not None


def holds_meeting(db: Database, own: Own, id: int) -> bool:
    """`id` of the outcome that booked it."""
    with db.read() as session:
        query = select(Outcome.id).where(Outcome.id == id, of_touch(own, Outcome.touch_id))
        return session.scalar(query) is not None
