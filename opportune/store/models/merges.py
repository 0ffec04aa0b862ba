"""Who turned out to be one person, and what must be known to take it back?"""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import (
    At,
    Base,
    Id,
    Json,
    JsonList,
    MaybeAt,
    MaybePersonal,
    Personal,
    PersonalJson,
    Share,
    Word,
    to,
)


class Merge(Base):
    """Append-only but for the three columns of its undoing. `moved`: "table.column" -> ids of the rows that changed
    hands; `before`: what stood in the rows that had to change for it."""

    __tablename__ = "merge"
    id: Mapped[Id]
    kept_id: Mapped[int] = to("contact")
    gone_id: Mapped[int] = to("contact")
    by: Mapped[Personal]
    why: Mapped[Personal]
    at: Mapped[At]
    moved: Mapped[Json]
    before: Mapped[PersonalJson]
    undone_at: Mapped[MaybeAt]
    undone_by: Mapped[MaybePersonal]
    undone_why: Mapped[MaybePersonal]


class MaybeSame(Base):
    """Two who may be one. `apart` is remembered: nobody is asked again."""

    __tablename__ = "maybe_same"
    __table_args__ = (UniqueConstraint("one_id", "other_id"),)
    id: Mapped[Id]
    one_id: Mapped[int] = to("contact", index=False)  # the longer known one
    other_id: Mapped[int] = to("contact")
    score: Mapped[Share]
    reasons: Mapped[JsonList]  # names in rules.same_person.WEIGHTS
    state: Mapped[Word] = mapped_column(index=True)  # open | merged | apart
    by: Mapped[MaybePersonal]
    at: Mapped[At]  # of the finding, then of the answer
