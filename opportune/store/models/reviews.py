"""Which talks are listened to, and what did the listener find (E5)?"""

from __future__ import annotations

from sqlalchemy import Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import At, Base, Id, Json, MaybeAt, MaybePersonal, to

WAITS = text("scored_at IS NULL")


class CallReview(Base):
    """One listener's word on one talk. `turn` 2: the same talk for a second listener, to see whether they agree."""

    __tablename__ = "call_review"
    __table_args__ = (
        UniqueConstraint("touch_id", "turn"),
        Index("ix_call_review_waits", "id", sqlite_where=WAITS, postgresql_where=WAITS),
    )
    id: Mapped[Id]
    touch_id: Mapped[int] = to("touch", index=False)
    operator_id: Mapped[int] = to("operator")
    turn: Mapped[int] = mapped_column(SmallInteger)
    drawn_at: Mapped[At]
    reviewer_id: Mapped[int | None] = to("user_account", nullable=True)  # None: nobody yet, or in practice
    answers: Mapped[Json]  # question -> true | false, or 1 to 5 for the mark
    note: Mapped[MaybePersonal]
    scored_at: Mapped[MaybeAt]
