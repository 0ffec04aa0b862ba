"""Who is at an address or number, and which of them may not be contacted any more?

An address is kept for good, also one that turned out wrong; a no is kept as its digest alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import contacts, sealed
from opportune.store.bulk import Bulk
from opportune.store.models import Address, Contact, Suppression
from opportune.store.secrets import Signer

KINDS = ("email", "phone")
Names = dict[str, list[tuple[int, str]]]


def people_at(session: Session, values: Iterable[str], *, lock: bool = False) -> dict[str, list[Contact]]:
    """Who is known at each of these normalised addresses and numbers, the longest known first."""
    return _people(session, [names_at(session, values)], lock)[0]


def right_and_wrong_at(
    session: Session, values: Iterable[str], *, lock: bool = False
) -> tuple[dict[str, list[Contact]], dict[str, list[Contact]]]:
    """The same, and for whom an address turned out wrong (E7). Held together, in the order of their ids."""
    wanted = list(values)
    right, wrong = _people(session, [names_at(session, wanted), names_at(session, wanted, wrong=True)], lock)
    return right, wrong


def _people(session: Session, named: list[Names], lock: bool) -> list[dict[str, list[Contact]]]:
    ids = sorted({id for there in named for people in there.values() for id, _ in people})
    which = "WHERE id = ANY(?) ORDER BY id" + " FOR NO KEY UPDATE" * lock
    found = {each.id: each for each in Bulk(session).objects(Contact, which, ids)} if ids else {}
    return [{value: [found[id] for id, _ in people] for value, people in there.items()} for there in named]


def names_at(session: Session, values: Iterable[str], *, wrong: bool = False) -> Names:
    """The same as (contact, name): a number may be the switchboard of a thousand people."""
    wanted = {each for value in values for each in (sealed.spellings(value) if sealed.ids() else (value,))}
    found: Names = {}
    for value, id, name in Bulk(session).rows(_WRONG_AT if wrong else _AT, list(wanted)):
        found.setdefault(sealed.opened(value), []).append((id, sealed.opened(name)))
    return found


#: With the kind, which leads the index.
_AT = """
  SELECT a.value, c.id, c.name FROM address a JOIN contact c ON c.id = a.contact_id
  WHERE a.kind IN ('email', 'phone') AND a.value = ANY(?) AND c.merged_into IS NULL AND a.invalid_at IS NULL
  ORDER BY c.id, a.id"""
_WRONG_AT = _AT.replace("invalid_at IS NULL", "invalid_at IS NOT NULL")


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


def add(session: Session, rows: Sequence[Address]) -> None:
    """Those that are not known yet, in one query whatever their number."""
    there = select(Address.contact_id, Address.kind, Address.value)
    people = {row.contact_id for row in rows}
    known_ones = {tuple(each) for each in session.execute(there.where(Address.contact_id.in_(people)))}
    for row in rows:
        key = (row.contact_id, row.kind, row.value)
        if key not in known_ones:
            known_ones.add(key)
            session.add(row)
    session.flush()


def suppress(
    session: Session, contact_id: int, *, reason: str, evidence: str, at: Instant, channel: str | None = None
) -> None:
    """Do not contact this person, whatever address they get, from this commit on. Harmless twice."""
    same = (Suppression.contact_id == contact_id, Suppression.digest.is_(None), Suppression.undone_at.is_(None),
            Suppression.channel.is_(None) if channel is None else Suppression.channel == channel)  # fmt: skip
    if session.scalars(select(Suppression.id).where(*same)).first() is None:
        row = Suppression(contact_id=contact_id, kind="person", channel=channel, reason=reason, at=at)
        row.evidence = evidence[:500]
        session.add(row)
        contacts.locked(session, contact_id)


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
