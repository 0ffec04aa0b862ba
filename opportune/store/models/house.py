"""What does the house itself keep: pace, users, jobs, settings, and who did what?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import (
    At,
    Base,
    Count,
    Flag,
    Id,
    Json,
    MaybeAt,
    MaybePersonal,
    MaybeWord,
    Personal,
    PersonalJson,
    Share,
    Word,
)


class PacingBucket(Base):
    """What all workers share through the database to keep a pace. Of mails a bucket of tokens: who waits for a turn has
    paid already, and leaves it in debt. Of calls `filled_at` is the next free turn: Twilio queues what comes faster."""

    __tablename__ = "pacing_bucket"
    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    tokens: Mapped[Share]
    filled_at: Mapped[Share]


class Job(Base):
    """Long work asked for by a page, done by a flow."""

    __tablename__ = "job"
    id: Mapped[Id]
    kind: Mapped[Word]
    params: Mapped[Json]
    state: Mapped[Word]
    done: Mapped[Count]
    total: Mapped[Count]
    result: Mapped[Json]
    created_at: Mapped[At]
    finished_at: Mapped[MaybeAt]


class Audit(Base):
    """Append-only: who did what to whom. Written by `store.audit` alone: each entry follows from the one before it."""

    __tablename__ = "audit"
    id: Mapped[Id]  # the place in the chain
    at: Mapped[At]
    who: Mapped[Personal]
    act: Mapped[Word]
    subject: Mapped[MaybeWord] = mapped_column(index=True)  # "contact 7", "touch 7", the key of a campaign
    why: Mapped[MaybePersonal]
    data: Mapped[PersonalJson]
    salt: Mapped[MaybeWord]  # None: an erasure took `why` and `data` away
    personal: Mapped[Word]  # digest of salt, why and data
    prev: Mapped[Word]
    hash: Mapped[Word]


class LawSignature(Base):
    """Append-only: somebody answers for the row of a place as it was (`digest`), or no longer does (not `signed`)."""

    __tablename__ = "law_signature"
    id: Mapped[Id]
    place: Mapped[Word]
    signed: Mapped[Flag]
    digest: Mapped[Word]
    who: Mapped[Personal]
    at: Mapped[At]
    note: Mapped[Personal]


class Note(Base):
    """The house's own notes: practice clock, kill switch, mailbox cursor, freshness of rollups."""

    __tablename__ = "note"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
