"""Which colleague is asked about which call, and what came of it?"""

from __future__ import annotations

from sqlalchemy import Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import At, Base, Id, MaybeAt, MaybeLine, Word, to

OPEN = text("over_at IS NULL")


class OperatorCall(Base):
    """One colleague is asked about one touch, or (`waiting`, without a touch) stays on the line for the next one. At
    most one open row per colleague and per touch: two colleagues never get the same person. `provider_id` is the
    colleague's own leg, which may serve many touches one after the other."""

    __tablename__ = "operator_call"
    __table_args__ = (
        Index("ix_operator_call_one_line", "operator_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_operator_call_one_touch", "touch_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )
    id: Mapped[Id]
    operator_id: Mapped[int] = to("operator")
    touch_id: Mapped[int | None] = to("touch", nullable=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[Word]  # ringing | briefed | accepted | declined | missed | waiting | over
    provider_id: Mapped[str | None] = mapped_column(String(200), index=True)
    created_at: Mapped[At]
    moved_at: Mapped[At]
    accepted_at: Mapped[MaybeAt]
    over_at: Mapped[MaybeAt]
    why: Mapped[MaybeLine]
    waits: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")  # pauses on the line, one by one
