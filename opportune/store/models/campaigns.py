"""Which campaigns are there, in which words, and who is in them?"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import (
    At,
    Base,
    Id,
    Json,
    Line,
    MaybeAt,
    MaybeLine,
    MaybePersonal,
    MaybeWord,
    Prose,
    Share,
    Word,
    to,
)

_DUE = text("decide_at IS NOT NULL")  # who has a touch under way, or is done with, is not in the index of who is due


class Campaign(Base):
    """A campaign's name and state. Its words stand in the immutable versions."""

    __tablename__ = "campaign"
    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[Line]
    goal: Mapped[Word]
    state: Mapped[Word]  # draft | checked | approved | live | paused | ended
    version_id: Mapped[int | None] = mapped_column(BigInteger)  # the live version
    paused_why: Mapped[MaybeLine]  # of a live one "canary": the first so many were reached, and we wait to be asked on


class CampaignVersion(Base):
    """The document as it was written: never changed, only checked, approved and published. A rollback is a new row."""

    __tablename__ = "campaign_version"
    __table_args__ = (Index("ix_campaign_version_sha", "campaign_id", "sha"),)
    id: Mapped[Id]
    campaign_id: Mapped[int] = to("campaign", index=False)
    sha: Mapped[Word]
    parent_id: Mapped[int | None] = mapped_column(BigInteger)
    document: Mapped[Json]
    text: Mapped[Prose]
    author: Mapped[MaybePersonal]
    note: Mapped[MaybeLine]
    created_at: Mapped[At]
    checked_at: Mapped[MaybeAt]
    approved_by: Mapped[MaybePersonal]
    approved_at: Mapped[MaybeAt]
    templates: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))  # hashes of the approved words
    published_at: Mapped[MaybeAt]
    continued_at: Mapped[MaybeAt]  # B17: somebody looked at the first so many people and said: go on


class Enrolment(Base):
    """One person in one campaign."""

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("campaign_id", "contact_id"),
        Index("ix_enrolment_due", "decide_at", sqlite_where=_DUE, postgresql_where=_DUE),
    )
    id: Mapped[Id]
    campaign_id: Mapped[int] = to("campaign", index=False)
    contact_id: Mapped[int] = to("contact")
    version_id: Mapped[int] = to("campaign_version", index=False)
    since: Mapped[At]
    state: Mapped[Word]  # active | stopped | done
    stopped_why: Mapped[MaybeWord]
    stopped_at: Mapped[MaybeAt]
    decide_at: Mapped[MaybeAt]  # when to decide again; None: a touch is under way, or nothing is left to decide
    lot: Mapped[Share]  # drawn once from a keyed hash (board.md: sticky through the cadence)
    first_channel: Mapped[MaybeWord]
    promised_at: Mapped[MaybeAt]  # C4
