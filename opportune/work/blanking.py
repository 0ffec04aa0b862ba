"""How is a person taken out of every row that is theirs, while what is counted stays? By the data map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, LargeBinary, String, Table, cast, delete, func, literal, select, update
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import contacts
from opportune.store import models as m
from opportune.work import personal_data
from opportune.work.personal_data import Said

ERASED = "erased"  # what stands where a name must
#: Nobody is asked to look at what says nothing any more.
ENDS = {"provider_event": "applied_at", "reply": "handled_at", "inbound_call": "handled_at", "lead": "handled_at"}
QUOTED = "evidence"  # the one value of a reason that quotes somebody (A9): all others are codes, times and counts


def blank(session: Session, people: Sequence[int], now: Instant) -> dict[str, int]:
    """How many rows of which table. Whoever calls holds the people's rows."""
    counts = {}
    with contacts.unsealed(session, "erasure"):
        _loosen(session, people)
        _decisions(session, people)
        for said in _ordered():
            where = personal_data.theirs(said, people)
            change = delete(said.table) if said.deleted else update(said.table).values(blanks(said, now))
            counts[said.table.name] = session.execute(change.where(where)).rowcount  # type: ignore[attr-defined]
    rest = {
        "name": ERASED,
        "company_id": None,
        "zone_evidence": None,
        "erased_at": func.coalesce(m.Contact.erased_at, now),
    }
    session.execute(update(m.Contact).where(m.Contact.id.in_(people)).values(rest))
    session.expire_all()
    return {name: count for name, count in counts.items() if count}


def _ordered() -> list[Said]:
    """Tables with something to take out; what refers to other rows goes before them."""
    known = personal_data.data_map()
    found = [known[each.name] for each in reversed(m.Base.metadata.sorted_tables) if each.name in known]
    return [said for said in found if said.by and (said.deleted or said.person) and said.table.name != "decision"]


def _loosen(session: Session, people: Sequence[int]) -> None:
    """A hash leads to nobody's history; a consent stays without what it was confirmed by."""
    mine = (m.Suppression.contact_id.in_(people), m.Suppression.digest.is_not(None))
    session.execute(update(m.Suppression).where(*mine).values(contact_id=None, evidence=None, undone_why=None))
    session.execute(update(m.Consent).where(m.Consent.contact_id.in_(people)).values(pending_id=None))


def blanks(said: Said, now: Instant) -> dict[str, Any]:
    """What stands in each column afterwards."""
    values = {name: _nothing(said.table, name) for name in said.person}
    if said.table.name in ENDS:
        column = said.table.c[ENDS[said.table.name]]
        values[column.name] = func.coalesce(column, now)
    return values


def _nothing(table: Table, name: str) -> Any:
    column = table.c[name]
    if column.unique:
        return literal(f"{ERASED} ").concat(cast(table.c.id, String(20)))
    if column.nullable:
        return None
    kind = personal_data.kind(column)
    return {} if isinstance(kind, JSON) else b"" if isinstance(kind, LargeBinary) else ""


def _decisions(session: Session, people: Sequence[int]) -> None:
    """The board counts by reasons, so their codes stay; what they quote goes, and what was known but for the status."""
    table = m.Base.metadata.tables["decision"]
    columns = (table.c.id, table.c.context, table.c.reasons, table.c.ruled_out)
    for id, context, reasons, ruled_out in session.execute(
        select(*columns).where(table.c.contact_id.in_(people))
    ).all():
        values = {
            "context": {"person": {"status": context.get("person", {}).get("status")}},
            "reasons": [_unquoted(each) for each in reasons],
            "ruled_out": {channel: _unquoted(each) for channel, each in ruled_out.items()},
        }
        session.execute(update(table).where(table.c.id == id).values(values))


def _unquoted(reason: Mapping[str, Any]) -> dict[str, Any]:
    said = reason.get("values") or {}
    return {**reason, "values": {**said, QUOTED: ""} if QUOTED in said else said}
