"""Which groups of people did a marketer name?"""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from opportune.store.models.base import At, Base, Id, Json, MaybeLine, MaybePersonal, Word


class Segment(Base):
    """The conditions as they were written (E6): never changed. Of each key the newest row counts."""

    __tablename__ = "segment"
    __table_args__ = (Index("ix_segment_key", "key", "id"),)
    id: Mapped[Id]
    key: Mapped[Word]
    document: Mapped[Json]
    state: Mapped[Word]  # live | merged | split: the latter two became others, which may still speak of them
    author: Mapped[MaybePersonal]
    note: Mapped[MaybeLine]
    at: Mapped[At]
