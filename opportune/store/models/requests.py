"""Who asked us for their data, or to be forgotten, and until when must that be done?"""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import At, Base, Id, MaybeAt, Personal, Word, to


class PersonRequest(Base):
    """The law gives a month (GDPR art. 12). `done_at`: it was."""

    __tablename__ = "person_request"
    id: Mapped[Id]
    contact_id: Mapped[int] = to("contact")
    kind: Mapped[Word]  # erase | export
    by: Mapped[Personal]
    why: Mapped[Personal]
    at: Mapped[At]
    due_at: Mapped[At]
    done_at: Mapped[MaybeAt] = mapped_column(index=True)
