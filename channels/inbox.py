"""Which mails lie in a mailbox that we have not read yet?

Over IMAP; nothing is changed there, so that people and other programs may read the same mailbox. `returned.read`
understands a mail; what to do about it is decided elsewhere.
"""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

from imap_tools import MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from channels.base import Incoming
from channels.returned import Returned, read
from channels.returned_mime import LONGEST_MAIL
from channels.stop import wants_to_stop

__all__ = ["Incoming", "Returned", "Unreadable", "fetch", "has_copy", "read", "wants_to_stop"]


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
) -> list[Incoming]:
    """The mails after the cursor, oldest first, at most `limit`; the last one's uid is the next cursor.

    A new UIDVALIDITY means that the server numbered its mails anew: then all are read again, and whoever stores them
    knows them by their Message-ID.
    """
    with _open(host, port, user, password, security) as box:
        return _newer(box, after_uid or "", limit)


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
        raise Unreadable(
            f"mailbox {user}@{host}:{port} cannot be read ({trouble}): check OPPORTUNE_IMAP_…"
        ) from trouble


def _newer(box: MailBox | MailBoxUnencrypted, cursor: str, limit: int) -> list[Incoming]:
    box.folder.set("INBOX", readonly=True)
    validity = int(box.client.response("UIDVALIDITY")[1][0])
    known, _, last = cursor.partition(":")
    seen = int(last) if known == str(validity) else 0
    # "n:*" always names at least the newest mail (RFC 3501), therefore the second look at the number.
    uids = sorted(uid for uid in map(int, box.uids(f"UID {seen + 1}:*")) if uid > seen)
    return [Incoming(f"{validity}:{uid}", raw) for uid in uids[:limit] if (raw := _one(box, uid)) is not None]


def _one(box: MailBox | MailBoxUnencrypted, uid: int) -> bytes | None:
    """As much of a mail as is ever looked at; the whole of it stays in the mailbox. None: it was deleted just now.

    What the server will not hand out is taken for empty: it must hold up nothing that comes after it.
    """
    answer, data = box.client.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LONGEST_MAIL}>)")
    found = [part[1] for part in data if isinstance(part, tuple)]
    return found[0] if found else None if answer == "OK" else b""
