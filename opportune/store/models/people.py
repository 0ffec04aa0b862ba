"""Whom do we know, how may we reach them, and what did they allow?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, SmallInteger, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import (
    At,
    Base,
    Flag,
    Id,
    Json,
    JsonList,
    Line,
    MaybeAt,
    MaybeLine,
    MaybePersonal,
    MaybePersonalProse,
    MaybeShare,
    MaybeWord,
    Personal,
    PersonalJson,
    Prose,
    Word,
    to,
)
from opportune.store.sealed import Sealed, SealedJson

_OPEN = text("handled_at IS NULL")


class Company(Base):
    __tablename__ = "company"
    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(500), index=True)
    domain: Mapped[MaybeLine]
    country: Mapped[MaybeWord]
    facts: Mapped[Json]  # years, size, place, value (B10)
    created_at: Mapped[At]


class Source(Base):
    """Where contacts come from: a form, an import, a bought list. A list's consent basis is declared here (E1)."""

    __tablename__ = "source"
    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[Word]  # import | bought | form kinds of A12
    basis: Mapped[MaybeLine]  # what the list's owner declared: "consent at the spring fair"
    basis_by: Mapped[MaybePersonal]
    document: Mapped[MaybeLine]  # the file that shows it, by name
    document_hash: Mapped[MaybeWord]  # SHA-256 of it
    cost: Mapped[MaybeShare]  # for the whole source, in the deployment's currency (F1)
    created_at: Mapped[At]


class Contact(Base):
    """A person. `email` and `phone` are the usable ones of `address`; None when there is none (any more)."""

    __tablename__ = "contact"
    id: Mapped[Id]
    company_id: Mapped[int | None] = to("company", nullable=True)
    source_id: Mapped[int | None] = to("source", nullable=True)
    merged_into: Mapped[int | None] = to("contact", nullable=True)
    owner_id: Mapped[int | None] = to("operator", nullable=True)
    name: Mapped[Personal]
    title: Mapped[MaybePersonal]
    status: Mapped[Word]  # rules.facts.Status
    business: Mapped[Flag]
    # These seven follow from signals (`work.signals`): kept here so that an audience can be chosen by them.
    interest: Mapped[Word]  # rules.facts.Interest
    interest_since: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    familiarity: Mapped[str] = mapped_column(String(64), default="cold", server_default="cold")  # C2
    call_kind: Mapped[str] = mapped_column(String(64), default="first_time", server_default="first_time")  # C1
    stage: Mapped[str] = mapped_column(String(64), default="person", server_default="person")  # C3
    fit: Mapped[MaybeShare]  # B15; None while too few customers are known
    only_informs: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # B8
    inbound: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # B8
    bought: Mapped[Flag]
    language: Mapped[Word]
    email: Mapped[str | None] = mapped_column(Sealed(500), index=True, info={"pii": True})
    phone: Mapped[str | None] = mapped_column(Sealed(64), index=True, info={"pii": True})
    country: Mapped[MaybeWord]
    region: Mapped[MaybeWord]
    zones: Mapped[JsonList]  # every IANA zone the person may live in; [] = unknown
    zone_evidence: Mapped[MaybeWord]  # stated | address | number
    held: Mapped[str | None] = mapped_column(String(64), index=True)  # "needs a time zone": shown, never guessed
    prefers: Mapped[MaybeWord]  # A9
    prefers_strength: Mapped[MaybeWord]
    prefers_evidence: Mapped[MaybePersonal]
    asked_for_contact: Mapped[Flag]
    disqualified_at: Mapped[MaybeAt]
    refused_at: Mapped[MaybeAt]
    notes: Mapped[MaybePersonalProse]
    created_at: Mapped[At]
    erased_at: Mapped[MaybeAt]  # they asked to be forgotten: nothing of them is left but what counts
    version: Mapped[int]  # grows with each change: opt-out and gate lock this row


class Address(Base):
    """Every number and mail address of a person, also the ones that turned out wrong (E7)."""

    __tablename__ = "address"
    __table_args__ = (UniqueConstraint("contact_id", "kind", "value"), Index("ix_address_value", "kind", "value"))
    id: Mapped[Id]
    contact_id: Mapped[int] = to("contact")
    kind: Mapped[Word]  # email | phone
    value: Mapped[str] = mapped_column(Sealed(1000), info={"pii": True})  # E.164, or the normalised address
    given: Mapped[str | None] = mapped_column(Sealed(1000), info={"pii": True})  # as it was written in the list
    invalid_at: Mapped[MaybeAt]
    invalid_why: Mapped[MaybePersonal]


class Consent(Base):
    """Append-only: the latest row of a channel is the word in force. With its proof (E1). The database itself refuses
    to change or delete one; only erasure and the undoing of an import may (`contacts.unsealed`)."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_latest", "contact_id", "channel", "at"),)
    id: Mapped[Id]
    contact_id: Mapped[int] = to("contact", index=False)
    source_id: Mapped[int | None] = to("source", nullable=True, index=False)
    pending_id: Mapped[int | None] = to("consent_pending", nullable=True, index=False)  # what was confirmed by it
    channel: Mapped[Word]  # call | call_auto | voicemail | email
    purpose: Mapped[Word]  # a yes opens advertising only where it is `marketing`; a no always closes
    advertiser: Mapped[Line]
    granted: Mapped[Flag]
    at: Mapped[At]
    expires_at: Mapped[MaybeAt]
    wording: Mapped[Prose]
    wording_version: Mapped[Word]
    form_version: Mapped[MaybeWord]  # hash of the form's document
    confirmed_at: Mapped[MaybeAt]  # by the link of a mail (double opt-in)
    page: Mapped[MaybePersonal]
    ip: Mapped[MaybePersonal]
    agent: Mapped[MaybePersonal]
    proof: Mapped[PersonalJson]


class ConsentPending(Base):
    """Append-only: somebody ticked a box, and nobody knows yet whose mailbox it is. No consent, and hence in no table
    that the gate reads: the link of the mail with `token` makes one of it (double opt-in)."""

    __tablename__ = "consent_pending"
    __table_args__ = (Index("ix_consent_pending_mailed", "digest", "at"),)
    id: Mapped[Id]
    contact_id: Mapped[int] = to("contact")
    source_id: Mapped[int | None] = to("source", nullable=True, index=False)
    token: Mapped[str] = mapped_column(String(64), index=True)  # one mail asks for several channels
    digest: Mapped[Word]  # keyed hash of the address that is asked
    mailed: Mapped[Flag]  # False: that address was asked often enough lately
    channel: Mapped[Word]
    purpose: Mapped[Word]
    advertiser: Mapped[Line]
    at: Mapped[At]
    until: Mapped[At]  # the link does nothing afterwards
    expires_at: Mapped[MaybeAt]  # of the consent
    wording: Mapped[Prose]
    wording_version: Mapped[Word]
    form_version: Mapped[MaybeWord]
    page: Mapped[MaybePersonal]
    ip: Mapped[MaybePersonal]
    agent: Mapped[MaybePersonal]
    proof: Mapped[PersonalJson]


class Suppression(Base):
    """Do not contact: by person, and by keyed hash of an address or number, also of people not met yet."""

    __tablename__ = "suppression"
    __table_args__ = (Index("ix_suppression_digest", "digest"),)
    id: Mapped[Id]
    contact_id: Mapped[int | None] = to("contact", nullable=True)
    kind: Mapped[Word]  # person | email | phone
    digest: Mapped[MaybeWord]
    channel: Mapped[MaybeWord]  # None: every channel
    reason: Mapped[Word]
    evidence: Mapped[MaybePersonal]
    at: Mapped[At]
    undone_at: Mapped[MaybeAt]
    undone_why: Mapped[MaybePersonal]


class Lead(Base):
    """What a form brought, as it came. Stored before it is understood: a lead we acknowledged is never lost."""

    __tablename__ = "lead"
    __table_args__ = (Index("ix_lead_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),)
    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(64), unique=True)
    idempotency_key: Mapped[str] = mapped_column(String(200), unique=True, info={"pii": True})
    form: Mapped[Word]
    form_version: Mapped[Word]
    source_id: Mapped[int | None] = to("source", nullable=True)
    contact_id: Mapped[int | None] = to("contact", nullable=True)
    fields: Mapped[dict[str, Any]] = mapped_column(SealedJson, info={"pii": True})
    answer_by: Mapped[MaybeWord]  # A18
    page: Mapped[MaybePersonal]
    ip: Mapped[MaybePersonal]
    agent: Mapped[MaybePersonal]
    received_at: Mapped[At]
    handled_at: Mapped[MaybeAt]
    marks: Mapped[MaybeLine]  # what is odd about it: work.doubts
    held: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # nothing follows until a look


class Operator(Base):
    """A colleague who talks. `house`: nobody was entered, and the number of the settings or of a campaign stands in."""

    __tablename__ = "operator"
    id: Mapped[Id]
    name: Mapped[Personal]
    phone: Mapped[str | None] = mapped_column(String(500), index=True, unique=True, info={"pii": True})
    email: Mapped[MaybePersonal]
    active: Mapped[Flag]
    house: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    language: Mapped[str] = mapped_column(String(64), default="en", server_default="en")  # in which they are briefed
    on_duty_since: Mapped[MaybeAt]  # None: nobody rings them
    off_duty_why: Mapped[MaybeLine]
    idle_since: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")  # the longest idle is rung first
    misses: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")  # in a row
