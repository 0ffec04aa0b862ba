"""Who called us, what did they leave, and what do we owe them?"""

from __future__ import annotations

from sqlalchemy import Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import (
    At,
    Base,
    Id,
    MaybeAt,
    MaybePersonal,
    MaybePersonalProse,
    MaybeWord,
    Personal,
    Word,
    to,
)

OWED = text("due_at IS NOT NULL AND handled_at IS NULL")


class InboundCall(Base):
    """One call to a number of ours. Its id is the number of the request that the caller is told (D3)."""

    __tablename__ = "inbound_call"
    __table_args__ = (Index("ix_inbound_call_owed", "due_at", sqlite_where=OWED, postgresql_where=OWED),)
    id: Mapped[Id]
    sid: Mapped[str] = mapped_column(String(64), unique=True)
    at: Mapped[At]
    caller: Mapped[Personal]  # as the carrier wrote it
    number: Mapped[str | None] = mapped_column(String(64), index=True, info={"pii": True})  # None: withheld
    called: Mapped[Word]  # which number of ours
    caller_name: Mapped[MaybePersonal]  # what the network says they are called: shown, never believed
    contact_id: Mapped[int | None] = to("contact", nullable=True)  # None: unknown, or several have that number
    people: Mapped[int] = mapped_column(SmallInteger)  # how many have it
    kind: Mapped[Word]  # rules.facts.CallKind (C1)
    language: Mapped[Word]
    state: Mapped[Word]  # greeted | ringing | queued | offered | recording, then how it ended: see `work.inbound`
    operator_id: Mapped[int | None] = to("operator", nullable=True, index=False)
    rings: Mapped[int] = mapped_column(SmallInteger)  # colleagues who did not pick up
    queued_at: Mapped[MaybeAt]
    talk_seconds: Mapped[int | None]
    promised_at: Mapped[MaybeAt]  # C4
    recording_url: Mapped[MaybePersonal]
    recording_seconds: Mapped[int | None]
    said: Mapped[MaybePersonalProse]  # what the carrier understood of the recording
    said_number: Mapped[MaybePersonal]  # a number found in it
    said_name: Mapped[MaybePersonal]
    due_at: Mapped[MaybeAt]  # something is owed until then (D6); None: nothing, or it stands elsewhere
    handled_at: Mapped[MaybeAt]
    handled_by: Mapped[MaybePersonal]
    note: Mapped[MaybePersonal]
    told_key: Mapped[str | None] = mapped_column(String(300))  # which webhook was answered last, and with what: asked
    told: Mapped[MaybePersonalProse]  # twice, the same words
    over_at: Mapped[MaybeAt]
    pressed: Mapped[MaybeWord]
