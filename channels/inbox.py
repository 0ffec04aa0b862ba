"""Which mails lie in a mailbox that we have not read yet?

Over IMAP; nothing is changed there, so that people and other programs may read the same mailbox. `returned.read`
understands a mail; what to do about it is decided elsewhere.
"""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from typing import Literal

from imap_tools import MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxLoginError

from channels.base import Incoming
from channels.returned import Returned, read, refused
from channels.returned_mime import LONGEST_MAIL
from channels.stop import wants_to_stop

__all__ = [
    "Incoming",
    "Returned",
    "Unreadable",
    "fetch",
    "has_copy",
    "read",
    "refused",
    "wants_to_stop",
]


MONTHS = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]


class Unreadable(Exception):
    """The mailbox cannot be read now; the sentence says what to look at."""


def fetch(
    host: str,
    port: int,
    user: str,
    password: str,
    security: Literal["tls", "none"],
    after_uid: str | None,
    limit: int = 500,
    since: date | None = None,
) -> list[Incoming]:
    """The mails after the cursor, oldest first, at most `limit`; the last one's uid is the next cursor.

    A new UIDVALIDITY means that the server numbered its mails anew: then all are read again (those that came `since`
    that day), and whoever stores them knows them by their Message-ID.
    """
    with _open(host, port, user, password, security) as box:
        return _newer(box, after_uid or "", limit, since)


def has_copy(
    host: str,
    port: int,
    user: str,
    password: str,
    security: Literal["tls", "none"],
    folder: str,
    message_id: str,
) -> bool:
    """Does the folder where the mail server keeps what it took from us hold this mail? No copy proves nothing."""
    with _open(host, port, user, password, security) as box:
        box.folder.set(folder, readonly=True)
        return bool(box.uids(f'HEADER Message-ID "{message_id}"'))


@contextmanager
def _open(
    host: str, port: int, user: str, password: str, security: Literal["tls", "none"]
) -> Iterator[MailBox | MailBoxUnencrypted]:
    try:
        box = (
            MailBox(host, port, timeout=60, ssl_context=ssl.create_default_context())
            if security == "tls"
            else MailBoxUnencrypted(host, port, timeout=60)
        )
        try:
            box.login(user, password, initial_folder=None)
            yield box
            box.logout()
        finally:
            with suppress(OSError):  # closed already, after a logout
                box.client.shutdown()
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as trouble:
        raise Unreadable(f"mailbox {user}@{host}:{port} cannot be read ({_why(trouble)})") from trouble


def _why(trouble: Exception) -> str:
    """What went wrong and which setting to look at."""
    if isinstance(trouble, MailboxLoginError):
        return f"the login is refused: {trouble}; check OPPORTUNE_IMAP_USER and OPPORTUNE_IMAP_PASSWORD (or _ALSO)"
    if isinstance(trouble, ssl.SSLError):
        return f"no encrypted connection: {trouble}; check OPPORTUNE_IMAP_SECURITY and the server's certificate"
    if isinstance(trouble, OSError):
        return f"the server is not reached: {trouble}; check OPPORTUNE_IMAP_HOST and OPPORTUNE_IMAP_PORT (or _ALSO)"
    return f"the server answers strangely: {trouble}; check OPPORTUNE_IMAP_HOST, OPPORTUNE_IMAP_PORT"


def _newer(box: MailBox | MailBoxUnencrypted, cursor: str, limit: int, since: date | None) -> list[Incoming]:
    box.folder.set("INBOX", readonly=True)
    validity = int(box.client.response("UIDVALIDITY")[1][0])
    known, _, last = cursor.partition(":")
    seen = int(last) if known == str(validity) else 0
    # "n:*" always names at least the newest mail (RFC 3501), therefore the second look at the number.
    recent = f" SINCE {since.day}-{MONTHS[since.month - 1]}-{since.year}" if since and cursor and not seen else ""
    uids = sorted(uid for uid in map(int, box.uids(f"UID {seen + 1}:*{recent}")) if uid > seen)
    return [Incoming(f"{validity}:{uid}", raw) for uid in uids[:limit] if (raw := _one(box, uid)) is not None]


def _one(box: MailBox | MailBoxUnencrypted, uid: int) -> bytes | None:
    """As much of a mail as is ever looked at; the whole of it stays in the mailbox. None: it was deleted just now.

    What the server will not hand out is taken for empty: it must hold up nothing that comes after it.
    """
    answer, data = box.client.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LONGEST_MAIL}>)")
    found = [part[1] for part in data if isinstance(part, tuple)]
    return found[0] if found else None if answer == "OK" else b""
