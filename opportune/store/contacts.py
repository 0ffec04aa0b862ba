"""How do we find a person, and what may change about one?

Each change of what a decision rests on makes `contact.version` grow, so that a planner's stale picture is noticed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.rules.zones import known
from opportune.store import sealed
from opportune.store.bulk import Bulk
from opportune.store.models import Address, Consent, Contact, Note, Suppression
from opportune.store.secrets import Signer

NEEDS_ZONE = "needs a time zone"
KINDS = ("email", "phone")
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


def at_addresses(session: Session, values: Iterable[str], *, lock: bool = False) -> dict[str, list[Contact]]:
    """Who is known at each of these normalised addresses and numbers, the longest known first."""
    there = names_at(session, values)
    ids = sorted({id for people in there.values() for id, _ in people})
    which = "WHERE id = ANY(?) ORDER BY id" + " FOR NO KEY UPDATE" * lock
    found = {each.id: each for each in Bulk(session).objects(Contact, which, ids)} if ids else {}
    return {value: [found[id] for id, _ in people] for value, people in there.items()}


def names_at(session: Session, values: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
    """The same as (contact, name): a number may be the switchboard of a thousand people."""
    wanted = {each for value in values for each in (sealed.spellings(value) if sealed.ids() else (value,))}
    found: dict[str, list[tuple[int, str]]] = {}
    for value, id, name in Bulk(session).rows(_AT, list(wanted)):
        found.setdefault(sealed.opened(value), []).append((id, sealed.opened(name)))
    return found


#: With the kind, which leads the index.
_AT = """
  SELECT a.value, c.id, c.name FROM address a JOIN contact c ON c.id = a.contact_id
  WHERE a.kind IN ('email', 'phone') AND a.value = ANY(?) AND c.merged_into IS NULL AND a.invalid_at IS NULL
  ORDER BY c.id, a.id"""


def ever_at(session: Session, value: str) -> list[int]:
    """Who has or had this address, also one that turned out wrong: a no holds all the same."""
    query = select(Contact.id).join(Address, Address.contact_id == Contact.id)
    where = (Address.kind.in_(KINDS), Address.value == value, Contact.merged_into.is_(None))
    return list(session.scalars(query.where(*where).distinct()))


def address(
    contact: Contact, kind: str, value: str, given: str, why_bad: str = "", made: type[Address] = Address
) -> Address:
    """An address with the spelling it came in. `why_bad`: it cannot be used, and is kept so that nobody adds it
    again (E7)."""
    at = contact.created_at if why_bad else None
    row = made(contact_id=contact.id, kind=kind, value=value[:500], given=given[:500], invalid_at=at)
    row.invalid_why = why_bad or None
    return row


def add_addresses(session: Session, rows: Sequence[Address]) -> None:
    """Those that are not known yet, in one query whatever their number."""
    there = select(Address.contact_id, Address.kind, Address.value)
    known_ones = {tuple(each) for each in session.execute(there.where(Address.contact_id.in_(_people(rows))))}
    for row in rows:
        key = (row.contact_id, row.kind, row.value)
        if key not in known_ones:
            known_ones.add(key)
            session.add(row)
    session.flush()


def _people(rows: Sequence[Address] | Sequence[Consent]) -> set[int]:
    return {row.contact_id for row in rows}


def set_zone(session: Session, contact_id: int, zone: str, evidence: str, now: Instant) -> Contact:  # noqa: ARG001
    """The person's zone is known now: nothing holds the contact back on that account any more."""
    if not known(zone):
        raise ValueError(f"zone: {zone!r} is no IANA time zone; write one like Europe/Berlin")
    contact = _locked(session, contact_id)
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
    known_ones = set(Bulk(session).rows(same, list(_people(rows))))
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
        _locked(session, rows[0].contact_id)
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


def suppress(
    session: Session,
    signer: Signer,
    *,
    contact_id: int | None = None,
    address: str | None = None,
    kind: str,
    reason: str,
    evidence: str,
    at: Instant,
    channel: str | None = None,
) -> int:
    """Do not contact, from this commit on: a person, or a normalised address whoever has it. With an address, the
    people known there are marked too. Harmless twice; answers how many entries are new."""
    people = [contact_id] if contact_id is not None else []
    entries: list[tuple[str, int | None, str | None]] = [("person", each, None) for each in people]
    if address is not None:
        entries = [(kind, contact_id, signer.address_digest(address))]
        known_there = at_addresses(session, [address]).get(address, [])
        entries += [("person", contact.id, None) for contact in known_there]
        people += [contact.id for contact in known_there]
    new = 0
    for what, person, digest in entries:
        same = (Suppression.contact_id.is_(person) if person is None else Suppression.contact_id == person,
                Suppression.digest.is_(None) if digest is None else Suppression.digest == digest,
                Suppression.channel.is_(None) if channel is None else Suppression.channel == channel,
                Suppression.undone_at.is_(None))  # fmt: skip
        if session.scalars(select(Suppression.id).where(*same)).first() is None:
            row = Suppression(contact_id=person, kind=what, digest=digest, channel=channel, reason=reason, at=at)
            row.evidence = evidence[:500]
            session.add(row)
            new += 1
    for each in set(people) if new else ():
        _locked(session, each)
    return new


def suppression_reasons(
    session: Session, signer: Signer, people: Sequence[Contact], channel: str | None = None
) -> dict[int, str]:
    """Who of these people must not be contacted (on `channel`, or at all), and why."""
    at: dict[str, list[int]] = {}
    for contact in people:
        for address in filter(None, (contact.email, contact.phone)):
            at.setdefault(address, []).append(contact.id)
    ids, bulk = {contact.id for contact in people}, Bulk(session)
    for person, value in bulk.rows("SELECT contact_id, value FROM address WHERE contact_id = ANY(?)", list(ids)):
        at.setdefault(sealed.opened(value), []).append(person)
    by_digest: dict[str, list[int]] = {}
    for address, owners in at.items():
        by_digest.setdefault(signer.address_digest(address), []).extend(owners)
    said = bulk.rows(_SAID, channel or "", list(ids)) + bulk.rows(_SAID_AT, channel or "", list(by_digest))
    reasons: dict[int, str] = {}
    for _, contact_id, digest, reason in sorted(said, reverse=True):  # the first word counts
        for person in [contact_id or 0, *by_digest.get(digest or "", [])]:
            if person in ids:
                reasons[person] = reason
    return reasons


_SAID = """
  SELECT id, contact_id, digest, reason FROM suppression
  WHERE undone_at IS NULL AND (channel IS NULL OR channel = ?) AND contact_id = ANY(?)"""
_SAID_AT = _SAID.replace("contact_id = ANY(?)", "digest = ANY(?)")


def _locked(session: Session, contact_id: int) -> Contact:
    """Opt-out and gate meet at this row: PostgreSQL locks it, SQLite has one writer anyway."""
    found = Bulk(session).objects(Contact, "WHERE id = ? FOR NO KEY UPDATE", contact_id)
    if not found:
        raise LookupError(f"contact {contact_id}: there is no such person")
    found[0].version += 1
    return found[0]
