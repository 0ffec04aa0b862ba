"""Which links stand in our mails, who followed them, what did they see, and what of our domains is in the DNS?"""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import BIG, At, Base, Count, Flag, Id, JsonList, MaybeWord, Personal, to


class MailLink(Base):
    """A target of links in mails, stored once. Where the touch's token stood there is a mark instead: a target that
    names its reader (`…?t=TOKEN`) is one row, not one for each mail."""

    __tablename__ = "mail_link"
    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    target: Mapped[str] = mapped_column(String(2000), info={"pii": True})


class MailClick(Base):
    """Append-only: a link was asked for. No address of the visitor, no agent: only what the board needs (F4)."""

    __tablename__ = "mail_click"
    id: Mapped[Id]
    touch_id: Mapped[int] = to("touch")
    link_id: Mapped[int | None] = to("mail_link", nullable=True, index=False)  # None: the link that no person sees
    at: Mapped[At]
    machine: Mapped[MaybeWord]  # why it was no person: head | early | agent | hidden; None: likely a person


class MailVisit(Base):
    """What our site told of the visit that a click began, with the visitor's consent (F4); one row, however often."""

    __tablename__ = "mail_visit"
    id: Mapped[Id]
    click_id: Mapped[int] = mapped_column(BIG, ForeignKey("mail_click.id"), unique=True)
    touch_id: Mapped[int] = to("touch")
    at: Mapped[At]
    pages: Mapped[Count]
    seconds: Mapped[Count]  # in sight, all pages together


class Preflight(Base):
    """What was found about a domain before campaigns send from it; append-only, the last one counts."""

    __tablename__ = "mail_preflight"
    __table_args__ = (Index("ix_mail_preflight_domain_at", "domain", "at"),)
    id: Mapped[Id]
    domain: Mapped[str] = mapped_column(String(255))
    at: Mapped[At]
    passed: Mapped[Flag]
    who: Mapped[Personal]
    findings: Mapped[JsonList]
