"""What is known of a person's interest that no other table tells?"""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import At, Base, Id, Word, to


class Signal(Base):
    """Append-only. Forms, talks and mails are signals too, and stand in their own tables (`work.signals`). The unique
    key lets the same list come twice, and finds a person's signals."""

    __tablename__ = "signal"
    __table_args__ = (UniqueConstraint("contact_id", "kind", "at"),)
    id: Mapped[Id]
    contact_id: Mapped[int] = to("contact", index=False)
    source_id: Mapped[int | None] = to("source", nullable=True, index=False)
    introduced_by: Mapped[int | None] = to("contact", nullable=True, index=False)  # B14: who introduced whom
    kind: Mapped[Word]  # a name of the table of warmth
    at: Mapped[At]
    evidence: Mapped[str] = mapped_column(String(500), info={"pii": True})  # "list fair-2026", "said on the phone"
