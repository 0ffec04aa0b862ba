"""Who may sign in, who is signed in, and who tried too often?

No secret stands here as it is: passwords as argon2, whatever we hand out as a digest, and what a second factor is made
from is worth nothing without the deployment's own secret.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from opportune.store.models.base import (
    At,
    Base,
    Count,
    Flag,
    Id,
    Json,
    JsonList,
    MaybeAt,
    MaybeLine,
    MaybePersonal,
    Personal,
    Word,
    to,
)


class User(Base):
    __tablename__ = "user_account"
    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(500), unique=True, info={"pii": True})  # in small letters
    name: Mapped[Personal]
    role: Mapped[Word]  # one of work.access.ROLES
    password_hash: Mapped[MaybeLine]  # None: has not chosen one yet, or signs in elsewhere
    active: Mapped[Flag]
    created_at: Mapped[At]
    operator_id: Mapped[int | None] = to("operator", nullable=True)  # whose calls are theirs
    factor_seed: Mapped[MaybeLine]  # None: no second factor
    factor_step: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")  # a code counts once
    recovery: Mapped[JsonList] = mapped_column(default=list, server_default=text("'[]'"))  # digests of the codes left
    # Who they are at the identity provider.
    subject: Mapped[str | None] = mapped_column(String(500), unique=True, info={"pii": True})


class LoginSession(Base):
    """One browser that is signed in."""

    __tablename__ = "login_session"
    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = to("user_account")
    since: Mapped[At]
    seen_at: Mapped[At]
    ip: Mapped[MaybePersonal]


class LoginTicket(Base):
    """A secret that is worth something once, for a while. `kind`: first (an admin, while there is nobody) | password (a
    link to choose one) | second (the password was right) | away (asked at the identity provider)."""

    __tablename__ = "login_ticket"
    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[Word]
    user_id: Mapped[int | None] = to("user_account", nullable=True)
    data: Mapped[Json]
    ends_at: Mapped[int] = mapped_column(BigInteger, index=True)
    used_at: Mapped[MaybeAt]


class LoginBrake(Base):
    """How often somebody tried and failed: of one account, known or not, from one address, or a second factor. `key` is
    a keyed digest: nobody reads from it who tried, or whom."""

    __tablename__ = "login_brake"
    __table_args__ = (Index("ix_login_brake_last_at", "last_at"),)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[Count]
    last_at: Mapped[At]
    closed_until: Mapped[At]
