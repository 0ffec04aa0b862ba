"""Do we find a person by what somebody types, and does nothing about them change unnoticed?"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from opportune.store import addresses, contacts
from opportune.store.contacts import NEEDS_ZONE
from opportune.store.db import Database
from opportune.store.leads import store_leads, waiting_leads
from opportune.store.models import Address, Consent, Contact, Suppression
from opportune.store.secrets import Signer

NOW = 1_772_409_600
SIGNER = Signer("s" * 32)


def add(db: Database, name: str, email: str | None = None, phone: str | None = None) -> int:
    with db.write() as session:
        contact = Contact(
            name=name, email=email, phone=phone, status="unknown", business=True, interest="cold", bought=False,
            language="en", zones=[], held=NEEDS_ZONE, asked_for_contact=False, created_at=NOW, version=1,
        )  # fmt: skip
        session.add(contact)
        session.flush()
        pairs = [(kind, value) for kind, value in (("email", email), ("phone", phone)) if value]
        addresses.add(session, [addresses.address(contact, kind, value, value) for kind, value in pairs])
        return contact.id


def get(db: Database, id: int) -> Contact:
    with db.read() as session:
        return session.get_one(Contact, id)


@pytest.mark.parametrize(
    "text",
    [
        "Ana@Acme.example",
        " ana@acme.example ",
        "+44 20 7946 0123",
        "0044 (0)20 7946-0123",
        "020 7946 0123",  # as dialled at home
        "1",
        "#1",
    ],
)
def test_a_person_is_found_by_mail_number_or_id(db, text):
    ana = add(db, "Ana", "ana@acme.example", "+442079460123")
    with db.read() as session:
        found = contacts.find_all(session, text.replace("1", str(ana)) if len(text) < 3 else text)
        assert [contact.id for contact in found] == [ana]


@pytest.mark.parametrize("text", ["", "nobody@acme.example", "+442079460999", "99", "20 79", "%", "'; drop table"])
def test_what_nobody_has_finds_nobody(db, text):
    add(db, "Ana", "ana@acme.example", "+442079460123")
    with db.read() as session:
        assert contacts.find_all(session, text) == []


def test_a_number_of_two_people_finds_both_and_one_that_was_left_behind_only_its_owner(db):
    ana, bo = add(db, "Ana", "ana@acme.example", "+442079460123"), add(db, "Bo", "bo@acme.example", "+442079460123")
    with db.write() as session:
        assert [contact.id for contact in contacts.find_all(session, "020 7946 0123")] == [ana, bo]
        session.scalars(
            select(Address).where(Address.contact_id == ana, Address.kind == "phone")
        ).one().invalid_at = NOW
        session.flush()
        assert [contact.id for contact in contacts.find_all(session, "+44 20 7946 0123")] == [bo]


def test_who_was_merged_leads_to_the_one_that_stayed(db):
    old, ana = add(db, "A.", "old@acme.example"), add(db, "Ana", "ana@acme.example")
    with db.write() as session:
        session.get_one(Contact, old).merged_into = ana
    with db.read() as session:
        assert [contact.id for contact in contacts.find_all(session, "old@acme.example")] == [ana]


def test_a_zone_frees_who_waited_and_a_wrong_one_is_refused(db):
    ana = add(db, "Ana", "ana@acme.example")
    with pytest.raises(ValueError, match="Mars/Olympus"), db.write() as session:
        contacts.set_zone(session, ana, "Mars/Olympus", "stated", NOW)
    assert get(db, ana).held == NEEDS_ZONE
    with db.write() as session:
        contacts.set_zone(session, ana, "Asia/Kathmandu", "stated", NOW)
    after = get(db, ana)
    assert (after.zones, after.zone_evidence, after.held, after.version) == (["Asia/Kathmandu"], "stated", None, 2)


def test_a_consent_told_twice_is_stored_once_and_a_no_beside_it_stays(db):
    """E1."""
    ana = add(db, "Ana", "ana@acme.example")
    for granted in (True, True, False):
        with db.write() as session:
            row = contacts.consent(ana, "call", granted=granted, at=NOW, wording="Yes", proof={"line": 2})
            contacts.add_consent(session, row)
    with db.read() as session:
        assert [each.granted for each in session.scalars(select(Consent).order_by(Consent.id))] == [True, False]
    assert get(db, ana).version == 3


def suppress(db: Database, person: int, **what: object) -> None:
    with db.write() as session:
        addresses.suppress(session, person, reason="asked", evidence="on the phone", at=NOW, **what)


def reason(db: Database, id: int, channel: str | None = None) -> str | None:
    with db.read() as session:
        return addresses.suppression_reasons(session, SIGNER, [session.get_one(Contact, id)], channel).get(id)


def test_an_address_is_suppressed_for_everybody_who_has_it_now_or_later(db):
    ana = add(db, "Ana", "ana@acme.example", "+442079460123")
    dan = add(db, "Dan", "dan@acme.example", "+442079460123")
    with db.write() as session:
        digest = SIGNER.address_digest("+442079460123")
        session.add(Suppression(kind="phone", digest=digest, reason="asked", at=NOW))
    late = add(db, "Late", None, "+442079460123")
    other = add(db, "Other", "other@acme.example")
    assert [reason(db, each) for each in (ana, dan, late, other)] == ["asked", "asked", "asked", None]


def test_a_person_is_suppressed_whatever_the_address(db):
    ana = add(db, "Ana", "ana@acme.example")
    for _ in range(2):  # harmless twice
        suppress(db, ana)
    assert get(db, ana).version == 2  # whoever plans for Ana must notice, once
    with db.write() as session:
        session.get_one(Contact, ana).email = "new@acme.example"
    assert reason(db, ana) == "asked"


def test_a_no_to_one_channel_leaves_the_other(db):
    ana = add(db, "Ana", "ana@acme.example")
    suppress(db, ana, channel="call")
    assert (reason(db, ana, "call"), reason(db, ana, "email"), reason(db, ana)) == ("asked", None, None)


def test_an_undone_no_holds_no_longer(db):
    ana = add(db, "Ana", "ana@acme.example")
    suppress(db, ana)
    with db.write() as session:
        session.scalars(select(Suppression)).one().undone_at = NOW
    assert reason(db, ana) is None


def test_nobody_cannot_be_changed(db):
    with pytest.raises(LookupError, match="999"), db.write() as session:
        contacts.set_zone(session, 999, "Asia/Kathmandu", "stated", NOW)


def test_a_lead_under_the_same_key_is_the_same_lead(db):
    for words in ("first", "second"):
        shape = {"form": "callback", "form_version": "1", "fields": {"name": words}, "received_at": NOW, "held": False}
        with db.write() as session:
            store_leads(session, [{"idempotency_key": "k", "public_id": "p", **shape}])
    with db.read() as session:
        [lead] = waiting_leads(session)
    assert (lead.fields["name"], lead.handled_at) == ("first", None)
