"""What do our site forms leave behind beside the lead: versions, what a lead was answered, the codes given out?"""

from __future__ import annotations

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import (
    At,
    Base,
    Count,
    Flag,
    Id,
    Json,
    MaybeAt,
    MaybeLine,
    MaybePersonal,
    PersonalJson,
    Prose,
    Word,
    to,
)


class FormVersion(Base):
    """The document as it was published: never changed; a lead names it by its hash."""

    __tablename__ = "form_version"
    __table_args__ = (Index("ix_form_version_key", "key", "live"),)
    id: Mapped[Id]
    key: Mapped[Word]
    sha: Mapped[str] = mapped_column(String(64), unique=True)
    document: Mapped[Json]
    text: Mapped[Prose]
    author: Mapped[MaybePersonal]
    note: Mapped[MaybeLine]
    says: Mapped[Word]  # B1: which signal a lead of it is
    raises_hand: Mapped[Flag]  # C4
    live: Mapped[Flag]
    published_at: Mapped[At]


class LeadAnswer(Base):
    """What the mail that answers a lead says of it: a result, a code, a date."""

    __tablename__ = "lead_answer"
    __table_args__ = (UniqueConstraint("lead_id", "step"),)
    id: Mapped[Id]
    lead_id: Mapped[int] = to("lead", index=False)
    step: Mapped[Count]  # of the touch: 1 the answer, 2 the reminder
    values: Mapped[PersonalJson] = mapped_column("said")
    file: Mapped[MaybeLine]  # of templates/files


class Coupon(Base):
    """One code, for one person, good once."""

    __tablename__ = "coupon"
    __table_args__ = (
        UniqueConstraint("form", "number", name="uq_coupon_number"),
        UniqueConstraint("form", "contact_id", name="uq_coupon_contact"),
    )
    id: Mapped[Id]
    form: Mapped[Word]
    number: Mapped[Count]  # the how-many-eth: the count of a form cannot be passed, whoever comes at the same moment
    code: Mapped[str] = mapped_column(String(64), unique=True, info={"pii": True})
    contact_id: Mapped[int] = to("contact")
    issued_at: Mapped[At]
    expires_at: Mapped[At]
    redeemed_at: Mapped[MaybeAt]
    redeemed_by: Mapped[MaybePersonal]
