"""Whom do we tell of what happens (outgoing webhooks), and what still has to reach them?"""

from __future__ import annotations

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import (
    BIG,
    At,
    Base,
    Count,
    Flag,
    Id,
    JsonList,
    Line,
    MaybeAt,
    MaybeLine,
    MaybePersonal,
    MaybeWord,
    Word,
    to,
)

_WAITS = text("state = 'waiting'")


class Webhook(Base):
    """An address of another system that is told. `failing_since`: nothing has reached it since."""

    __tablename__ = "webhook"
    id: Mapped[Id]
    url: Mapped[Line]
    events: Mapped[JsonList]
    active: Mapped[Flag]
    why_off: Mapped[MaybeLine]
    failing_since: Mapped[MaybeAt]
    made_by: Mapped[MaybePersonal]
    created_at: Mapped[At]


class WebhookDelivery(Base):
    """One thing that one of them has to hear, written in the transaction that made it true. `body`: the very bytes, the
    same at each try. `due_at` is also the lease of whoever is sending it now."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("webhook_id", "event_key"),
        Index("ix_webhook_delivery_due", "due_at", sqlite_where=_WAITS, postgresql_where=_WAITS),
    )
    id: Mapped[Id]
    webhook_id: Mapped[int] = to("webhook", index=False)
    event: Mapped[Word]
    event_key: Mapped[str] = mapped_column(String(200))
    # No foreign key: a person may be gone before the other system has answered.
    contact_id: Mapped[int | None] = mapped_column(BIG, index=True)
    body: Mapped[str] = mapped_column(Text, info={"pii": True})
    state: Mapped[Word]  # waiting | delivered | given_up
    tries: Mapped[Count]
    due_at: Mapped[At]
    answer: Mapped[MaybeWord]  # the last one: an HTTP status, or what went wrong
    why: Mapped[MaybePersonal]
    created_at: Mapped[At]
    ended_at: Mapped[MaybeAt]
