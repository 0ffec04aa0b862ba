"""What did people say of how to reach them, and where?"""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import At, Base, Id, MaybeAt, MaybePersonal, MaybeWord, Personal, Word, to


class Remark(Base):
    """Append-only (A9, C4). What counts of it now stands on the contact and the enrolment."""

    __tablename__ = "remark"
    id: Mapped[Id]
    contact_id: Mapped[int] = to("contact")
    kind: Mapped[Word] = mapped_column(index=True)  # prefers | callback | will_call | called_by_hand | mail_wanted
    at: Mapped[At]
    source: Mapped[Word]  # reply | form | list | call | answers | desk
    ref: Mapped[MaybePersonal]  # key of the touch, public id of the lead, line of the list
    words: Mapped[Personal]
    channel: Mapped[MaybeWord]
    strength: Mapped[MaybeWord]  # stated | marker | habit
    number: Mapped[str | None] = mapped_column(String(64), info={"pii": True})  # of a callback, as it was understood
    name: Mapped[MaybePersonal]
    said_when: Mapped[MaybePersonal]
    promised_at: Mapped[MaybeAt]  # None: nothing could be promised; the desk lists it
    note: Mapped[MaybePersonal]  # why the number was not taken over
