"""How far was each mailbox read, and what did people write back?"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import (
    At,
    Base,
    Id,
    MaybeAt,
    MaybeLine,
    MaybePersonal,
    MaybePersonalProse,
    MaybeWord,
    Personal,
    to,
)

_OPEN = text("handled_at IS NULL")


class Mailbox(Base):
    """The cursor: what the server numbered up to `uid` is kept. Another UIDVALIDITY: it numbered its mails anew."""

    __tablename__ = "mailbox"
    key: Mapped[str] = mapped_column(String(300), primary_key=True)  # user@host:port
    validity: Mapped[int] = mapped_column(BigInteger)
    uid: Mapped[int] = mapped_column(BigInteger)  # 0: nothing was read yet
    read_at: Mapped[MaybeAt]  # when it could be read last
    failed_at: Mapped[MaybeAt]  # since when it cannot be read
    failed_why: Mapped[MaybeLine]


class Reply(Base):
    """The reply inbox: what a person wrote, quotes taken off. Kept when the raw mail is deleted."""

    __tablename__ = "reply"
    __table_args__ = (Index("ix_reply_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),)
    id: Mapped[Id]
    mail_key: Mapped[str] = mapped_column(String(300), unique=True)
    contact_id: Mapped[int | None] = to("contact", nullable=True)  # None: we do not know them
    touch_id: Mapped[int | None] = to("touch", nullable=True)  # what they answered
    at: Mapped[At]
    sender: Mapped[Personal]
    subject: Mapped[MaybePersonal]
    text: Mapped[MaybePersonalProse]
    meant: Mapped[MaybeWord]  # opt_out | opt_out_email | opt_out_call: done already
    handled_at: Mapped[MaybeAt]
    handled_by: Mapped[MaybePersonal]
    note: Mapped[MaybePersonal]
