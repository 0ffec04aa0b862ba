"""Which numbers of ours are shown when we call, and what is known of their reputation (E7, E11)?"""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import At, Base, Flag, Id, Line, MaybeAt, MaybeLine, MaybePersonal, MaybeWord


class OurNumber(Base):
    """A number that Twilio lets us show. `resting_until`: shown to nobody till then."""

    __tablename__ = "our_number"
    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(32), unique=True)
    country: Mapped[MaybeWord]
    label: Mapped[Line]
    active: Mapped[Flag]
    added_at: Mapped[At]
    resting_until: Mapped[MaybeAt]
    rest_why: Mapped[MaybeLine]
    judged_from: Mapped[At]  # complaints before do not count any more: somebody looked
    directory_note: Mapped[MaybeLine]  # how directories list it
    reputation_note: Mapped[MaybeLine]  # what public reviews say of it
    noted_at: Mapped[MaybeAt]
    noted_by: Mapped[MaybePersonal]
