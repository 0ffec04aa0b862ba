"""How do we find a person, and what may change about one?

Each change of what a decision rests on makes `contact.version` grow, so that a planner's stale picture is noticed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.rules.zones import known
from opportune.store import sealed
from opportune.store.bulk import Bulk
from opportune.store.models import Address, Consent, Contact, Note

NEEDS_ZONE = "needs a time zone"
MARKETING = "marketing"
UNSEALED = "consents_unsealed"  # the triggers of migration 0016 ask for this note


def find_all(session: Session, text: str) -> list[Contact]:
    """By mail address, by phone number in any spelling, or by id ("#7" or "7"); a number may belong to several people,
    the longest known first. Whoever left that number behind is meant only when nobody has it now."""
    text = text.strip()
    if "@" in text:
        return _at_address(session, Address.kind == "email", Address.value == text.lower())
    digits = re.sub(r"\(0\)|[^0-9]", "", text).lstrip("0")
    if re.fullmatch(r"[0-9]{1,6}|#[0-9]{1,15}", text):
        found = _surviving(session, session.get(Contact, int(digits or 0)))
        return [found] if found else []
    if not 6 <= len(digits) <= 15:
        return []
    if text.startswith(("+", "00")):
        return _at_address(session, Address.kind == "phone", Address.value == f"+{digits}")
    if sealed.ids():  # nobody can look for a part of what is sealed
        return []
    # A number inside the country ends like the international one; a leading 8 or 1 may be the way to dial out.
    endings = [digits, *([digits[1:]] if len(digits) == 11 and digits[0] in "18" else [])]
    ends = or_(*(Address.value.like(f"%{each}") for each in endings))
    return _at_address(session, Address.kind == "phone", ends)


def _at_address(session: Session, *where: Any) -> list[Contact]:
    query = select(Contact, Address.invalid_at).join(Address, Address.contact_id == Contact.id).where(*where)
    rows = session.execute(query.order_by(Contact.id)).all()
    current = [row for row in rows if row.invalid_at is None] or rows
    people = (_surviving(session, contact) for contact, _ in current)
    return list({contact.id: contact for contact in people if contact}.values())


def _surviving(session: Session, contact: Contact | None) -> Contact | None:
    """Follows merges to the row that stayed."""
    while contact is not None and contact.merged_into is not None:
        contact = session.get(Contact, contact.merged_into)
    return contact


def set_zone(session: Session, contact_id: int, zone: str, evidence: str, now: Instant) -> Contact:  # noqa: ARG001
    """The person's zone is known now: nothing holds the contact back on that account any more."""
    if not known(zone):
        raise ValueError(f"zone: {zone!r} is no IANA time zone; write one like Europe/Berlin")
    contact = locked(session, contact_id)
    contact.zones, contact.zone_evidence = [zone], evidence
    if contact.held == NEEDS_ZONE:
        contact.held = None
    return contact


def consent(contact_id: int, channel: str, *, granted: bool, at: Instant, wording: str, **proof: Any) -> Consent:
    """E1: one yes or no to one channel. `proof`: source_id, advertiser, expires_at, wording_version, form_version,
    page, ip, agent, and in `proof` whatever else shows who said it when."""
    facts = {"purpose": MARKETING, "advertiser": "", "wording_version": "1", "proof": {}} | proof
    return Consent(contact_id=contact_id, channel=channel, granted=granted, at=at, wording=wording, **facts)


def add_consents(session: Session, rows: Sequence[Consent]) -> int:
    """Told twice it is stored once; answers how many are new. One query whatever their number."""
    same = "SELECT contact_id, channel, at, granted, advertiser, purpose FROM consent WHERE contact_id = ANY(?)"
    known_ones = set(Bulk(session).rows(same, list({row.contact_id for row in rows})))
    new = 0
    for row in rows:
        key = (row.contact_id, row.channel, row.at, row.granted, row.advertiser, row.purpose)
        if key not in known_ones:
            known_ones.add(key)
            session.add(row)
            new += 1
    session.flush()
    return new


def add_consent(session: Session, *rows: Consent) -> int:
    """The same for one person, outside an import: what is planned for them must notice."""
    new = add_consents(session, rows)
    if new:
        locked(session, rows[0].contact_id)
    return new


@contextmanager
def unsealed(session: Session, why: str) -> Iterator[None]:
    """Within this block, in this transaction alone, the database lets consents be changed and deleted: for an erasure,
    a retention that is over, or an import undone. Everybody else adds a word."""
    seal = Note(key=UNSEALED, value=why)
    session.add(seal)
    session.flush()
    yield
    session.flush()
    session.delete(seal)
    session.flush()


def locked(session: Session, contact_id: int) -> Contact:
    """Opt-out and gate meet at this row: PostgreSQL locks it, SQLite has one writer anyway."""
    found = Bulk(session).objects(Contact, "WHERE id = ? FOR NO KEY UPDATE", contact_id)
    if not found:
        raise LookupError(f"contact {contact_id}: there is no such person")
    found[0].version += 1
    return found[0]
