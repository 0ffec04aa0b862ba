"""Which mailboxes do we read, how far did we come, and which of them cannot be read?

A cursor moves in the transaction that keeps the mail, so that nothing is lost or taken twice whenever we die.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.settings import SettingError, Settings
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work.world import World

SCHEMES: dict[str, tuple[int, Literal["tls", "none"]]] = {"imaps": (993, "tls"), "imap": (143, "none")}


class Login(NamedTuple):
    """In the order of `channels.inbox.fetch`."""

    host: str
    port: int
    user: str
    password: str
    security: Literal["tls", "none"]

    @property
    def key(self) -> str:
        return f"{self.user}@{self.host}:{self.port}"[:300]


def logins(settings: Settings) -> list[Login]:
    """The mailbox of the replies and whichever others are named."""
    s = settings
    first = Login(s.imap_host, s.imap_port, s.imap_user, s.imap_password.get_secret_value(), s.imap_security)
    others = [_login(place, url) for place, url in enumerate(s.imap_also, 1)]
    return list({each.key: each for each in ([first] if s.imap_host else []) + others}.values())


def _login(place: int, url: SecretStr) -> Login:
    """Of an address like imaps://USER:PASSWORD@HOST:PORT. What is wrong is told without the password."""
    try:
        given = urlsplit(url.get_secret_value())
        port, security = SCHEMES[given.scheme]
        user, password = unquote(given.username or ""), unquote(given.password or "")
        if given.hostname and user:
            return Login(given.hostname, given.port or port, user, password, security)
    except (KeyError, ValueError):
        pass
    raise SettingError(
        f"OPPORTUNE_IMAP_ALSO: entry {place} is no mailbox; write imaps://USER:PASSWORD@HOST (or imap:// without TLS), "
        "with %40 for @ and %3A for : in user and password"
    )


def cursor(world: World, login: Login) -> str | None:
    """As `channels.inbox.fetch` wants it; None: nothing of it was read yet."""
    with world.db.read() as session:
        rows = Bulk(session).rows("SELECT validity, uid FROM mailbox WHERE key = ?", login.key)
        return next((f"{validity}:{uid}" for validity, uid in rows if uid), None)


def move(session: Session, key: str, to: str, now: Instant) -> None:
    """This mail, `validity:uid`, is kept."""
    row = _row(session, key)
    validity, _, uid = to.partition(":")
    row.validity, row.uid = int(validity), int(uid)
    row.read_at, row.failed_at, row.failed_why = now, None, None


def readable(world: World, login: Login) -> None:
    now = world.clock.now()
    with world.db.write() as session:
        row = _row(session, login.key)
        row.read_at, row.failed_at, row.failed_why = now, None, None


def unreadable(world: World, login: Login, why: str) -> None:
    """Told by `opportune status`, /health and the failed run, since when and what to do."""
    now = world.clock.now()
    with world.db.write() as session:
        row = _row(session, login.key)
        row.failed_at, row.failed_why = row.failed_at or now, why[:500].replace("\0", "")


def _row(session: Session, key: str) -> m.Mailbox:
    row = session.get(m.Mailbox, key)
    if row is None:
        row = m.Mailbox(key=key, validity=0, uid=0)
        session.add(row)
    return row


def troubles(world: World) -> list[dict[str, Any]]:
    """The mailboxes that cannot be read now, of those that the settings name."""
    named = [login.key for login in logins(world.settings)]
    failed = select(m.Mailbox).where(m.Mailbox.failed_at.is_not(None), m.Mailbox.key.in_(named)).order_by(m.Mailbox.key)
    with world.db.read() as session:
        return [
            {"mailbox": row.key, "since": row.failed_at, "last_read": row.read_at, "why": row.failed_why}
            for row in session.scalars(failed)
        ]
