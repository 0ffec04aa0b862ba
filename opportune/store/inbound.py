"""Which calls that came in still wait for a colleague (D6)?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, select

from opportune.rules.facts import Instant
from opportune.store.db import Database
from opportune.store.desk import said_no_since
from opportune.store.models import Contact, InboundCall
from opportune.store.own_calls import Own, of_inbound


@dataclass(frozen=True, slots=True)
class Owed:
    """One call to us. `number` to call: the one said in the message, else the caller's; times in UTC epoch seconds."""

    id: int
    at: Instant
    due_at: Instant
    state: str
    kind: str
    name: str
    people: int
    number: str
    caller: str
    caller_name: str
    said: str
    recording_url: str
    recording_seconds: int | None
    talk_seconds: int | None
    promised_at: Instant | None
    note: str
    contact_id: int | None


def open_calls(db: Database, limit: int = 50, own: Own = None) -> list[Owed]:
    """The one whose time is up first comes first; messages are heard whatever was said since, but nobody is called back
    who said no. `own`: only those that this colleague took."""
    to_call = InboundCall.state.in_(("promised", "missed"))
    query = (
        select(InboundCall, Contact.name)
        .outerjoin(Contact, Contact.id == InboundCall.contact_id)
        .where(InboundCall.due_at.is_not(None), InboundCall.handled_at.is_(None), of_inbound(own))
        .where(~and_(to_call, said_no_since(InboundCall.contact_id, InboundCall.at)))
        .order_by(InboundCall.due_at, InboundCall.id)
        .limit(limit)
    )
    with db.read() as session:
        return [_owed(call, name) for call, name in session.execute(query)]


def _owed(call: InboundCall, name: str | None) -> Owed:
    return Owed(
        id=call.id,
        at=call.at,
        due_at=call.due_at or call.at,
        state=call.state,
        kind=call.kind,
        name=call.said_name or name or "",
        people=call.people,
        number=call.said_number or call.number or "",
        caller=call.caller,
        caller_name=call.caller_name or "",
        said=call.said or "",
        recording_url=call.recording_url or "",
        recording_seconds=call.recording_seconds,
        talk_seconds=call.talk_seconds,
        promised_at=call.promised_at,
        note=call.note or "",
        contact_id=call.contact_id,
    )
