"""Are these two rows one person, and which of their words stay?

One person: the same mail address (unless it is a shared box like info@), or the same number and the same name. One
number with two names stays two people. The fuller row wins where both say something; gaps are filled from the other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant, Interest, Status
from opportune.store import addresses, contacts, imports
from opportune.store.models import Address, Company, Consent, Contact, Source
from opportune.work import people
from opportune.work.rows import PersonRow, Said

EVIDENCE = ("number", "address", "stated")  # the later one counts more
NOBODY: Mapping[str, list[Contact]] = MappingProxyType({})
WORDS = ("name", "title", "email", "phone", "country", "region", "notes")


def same_person(
    row: PersonRow, there: dict[str, list[Contact]], wrong: Mapping[str, list[Contact]] = NOBODY
) -> Contact | None:
    """`there`: who is known at each address; `wrong`: for whom it turned out wrong. Nobody comes in once more with what
    is wrong for them (E7)."""
    name = people.name_key(row.name)
    for contact in there.get(row.email or "", []):
        if not people.is_shared_box(row.email or "") or people.name_key(contact.name) == name:
            return contact
    for contact in (*there.get(row.phone or "", []), *(each for at in row.addresses for each in wrong.get(at, []))):
        if people.name_key(contact.name) == name:
            return contact
    return None


def new_contact(row: PersonRow, now: Instant) -> Contact:
    """A person of whom nothing is known yet, outside every session; `merge` fills in what the row says."""
    made = imports.plain(Contact)
    contact: Contact = made(
        name=row.name, status=Status.UNKNOWN.value, business=False, interest=Interest.COLD.value, bought=row.bought,
        language=row.language, zones=[], asked_for_contact=False, created_at=now, version=1,
    )  # fmt: skip
    return contact


def merge(
    contact: Contact, row: PersonRow, origin: Source, employer: Company | None, *, fresh: bool, wrong: Collection[str]
) -> None:
    """The row's words into the contact, but for addresses that turned out wrong for them (E7). A second time it changes
    nothing."""
    fuller = fresh or _fullness_of_row(row) > _fullness(contact)
    for word in WORDS:
        value = getattr(row, word)
        if value and value not in wrong and (fuller or not getattr(contact, word)):
            setattr(contact, word, value)
    if row.status is not Status.UNKNOWN and (fuller or contact.status == Status.UNKNOWN):
        contact.status = row.status.value
    if employer and (fuller or contact.company_id is None):
        contact.company_id = employer.id
    if fuller:
        contact.language = row.language
    contact.source_id = contact.source_id or origin.id
    # A14: whoever we also know from elsewhere is not in quarantine.
    contact.bought = (contact.bought or fresh) and (row.bought or origin.kind == "bought")
    contact.business = contact.business or people.is_business(row.company, row.email)
    _merge_zone(contact, row)
    contact.version += 0 if fresh else 1


def _merge_zone(contact: Contact, row: PersonRow) -> None:
    """Better evidence replaces weaker; without any the person is held and shown, never guessed."""
    known = EVIDENCE.index(contact.zone_evidence) if contact.zones and contact.zone_evidence in EVIDENCE else -1
    if row.zones and EVIDENCE.index(row.zone_evidence) > known:
        contact.zones, contact.zone_evidence = row.zones, row.zone_evidence
    if not contact.zones:
        contact.held = contacts.NEEDS_ZONE
    elif contact.held == contacts.NEEDS_ZONE:
        contact.held = None


def addresses_of(contact: Contact, row: PersonRow) -> list[Address]:
    """Every address of the row, the unusable ones too."""
    good = [
        (kind, value, row.given.get(kind, "")) for kind, value in (("email", row.email), ("phone", row.phone)) if value
    ]
    good += [("phone", number, number) for number in row.others]
    made = Address if isinstance(contact, Contact) else imports.plain(Address)  # of somebody new: no session knows them
    bad = [addresses.address(contact, kind, text, text, why, made) for kind, (text, why) in row.unusable.items()]
    return [addresses.address(contact, *each, made=made) for each in good] + bad


def consents(contact: Contact, row: PersonRow, origin: Source, file: str) -> list[Consent]:
    """E1: each yes and no with its proof. A day the list does not name is the day its source came to us."""
    return [_consent(contact, row, said, origin, file) for said in row.consents]


def _consent(contact: Contact, row: PersonRow, said: Said, origin: Source, file: str) -> Consent:
    proof = {"file": file, "line": row.line, "list": origin.key, "basis": origin.basis or "not declared"}
    if said.at is None:
        proof["date"] = "not stated in the list"
    return contacts.consent(
        contact.id, said.channel, granted=said.granted, at=origin.created_at if said.at is None else said.at,
        expires_at=said.expires_at, wording=row.wording or origin.basis or "", advertiser=row.advertiser,
        source_id=origin.id, proof=proof,
    )  # fmt: skip


def companies(session: Session, batch: list[PersonRow], now: Instant) -> dict[str, Company]:
    """The companies this batch names, made when first named."""
    names = {row.company: row for row in batch if row.company}
    query = select(Company).where(Company.name.in_(names)).order_by(Company.id.desc())
    found = {each.name: each for each in session.scalars(query)}
    fresh: dict[str, Company] = {}
    for name, row in names.items():
        if name not in found:
            found[name] = fresh[name] = new_company(name, row.email, row.country, now)
    for row in batch:
        if any(found[row.company].facts.get(name) != value for name, value in row.firm.items() if row.company):
            found[row.company].facts = {**found[row.company].facts, **row.firm}
    imports.insert(session, Company, list(fresh.values()))
    return found


def new_company(name: str, email: str | None, country: str | None, now: Instant) -> Company:
    domain = (email or "").rpartition("@")[2]
    company = Company(name=name, country=country, facts={}, created_at=now)
    company.domain = domain if domain and domain not in people.FREE_MAIL else None
    return company


def _fullness_of_row(row: PersonRow) -> int:
    said = [getattr(row, word) for word in WORDS]
    return sum(map(bool, [*said, row.company, row.zones, row.status is not Status.UNKNOWN]))


def _fullness(contact: Contact) -> int:
    said = [getattr(contact, word) for word in WORDS]
    return sum(map(bool, [*said, contact.company_id, contact.zones, contact.status != Status.UNKNOWN.value]))


def changed(contact: Contact) -> bool:
    """Did the merge tell us anything new of this person?"""
    return any(attr.history.has_changes() for attr in inspect(contact).attrs if attr.key != "version")
