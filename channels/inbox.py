"""What came back to us, and what is it: a bounce, an automatic reply, a complaint, or a person's answer?

`fetch` reads a mailbox over IMAP and changes nothing in it; `read` understands one mail. What to do about it (stop the
cadence, suppress the address, wait for somebody's return) is decided elsewhere.
"""

from __future__ import annotations

import email
import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import getaddresses, parseaddr
from typing import Literal

from imap_tools import MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from channels.base import Incoming
from channels.stop import wants_to_stop
from channels.written import new_words, plain_words, return_date

__all__ = ["Incoming", "Returned", "Unreadable", "fetch", "read", "wants_to_stop"]

Kind = Literal["bounce", "auto_reply", "complaint", "reply"]
NUL = "\0"  # anybody can send one, PostgreSQL cannot store it
ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
TOKEN = re.compile(r"[^+@\s]+\+([^@\s]+)@")
STATUS = re.compile(r"\b([45]\.\d{1,3}\.\d{1,3})\b")
MESSAGE_ID = re.compile(r"<[^<>\s]+@[^<>\s]+>")
DAEMON = re.compile(r"(mailer-daemon|postmaster)@", re.I)
FAILED = re.compile(r"undeliver|delivery (status|failure|has failed)|returned mail|failure notice|не доставлено", re.I)
AUTOMATIC = re.compile(
    r"^\W*(auto(matic|mated)?[- ]?(reply|response)|out of (the )?office|автоответ|автоматический ответ|вне офиса"
    r"|в отпуске|răspuns automat|raspuns automat|abwesenheit|automatische antwort|réponse automatique)",
    re.I,
)


class Unreadable(Exception):
    """The mailbox cannot be read now; the sentence says what to look at."""


@dataclass(frozen=True, slots=True)
class Returned:
    """One mail that came back. `token` names the touch: from the plus address it was sent to, else from our own header
    in the mail it returns. `text` is what is new in it, quotes taken off. `status` and `hard` belong to a bounce (hard:
    this address will never work); `return_date` to an out-of-office reply that states it plainly."""

    kind: Kind
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    token: str
    sender: str
    subject: str
    text: str
    status: str = ""
    hard: bool = False
    return_date: date | None = None


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
    found = []
    for uid in uids[:limit]:
        _, data = box.client.uid("FETCH", str(uid), "(BODY.PEEK[])")
        found += [Incoming(f"{validity}:{uid}", part[1]) for part in data if isinstance(part, tuple)]
    return found


def read(raw: bytes) -> Returned:
    """Understands one mail. Never fails for a mail's sake: what cannot be read is empty."""
    mail = email.message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    words = plain_words(mail)
    kind = _kind(mail)
    status = _status(mail, words) if kind == "bounce" else ""
    hard = status.startswith("5") and not status.startswith("5.7") and status != "5.2.2"
    away = kind == "auto_reply"
    return Returned(
        kind=kind,
        message_id=_ids(mail, "Message-ID")[0],
        in_reply_to=_ids(mail, "In-Reply-To")[0],
        references=tuple(filter(None, _ids(mail, "References"))),
        token=_token(mail) or _header(_original(mail), "X-Opportune-Touch"),
        sender=parseaddr(_header(mail, "From"))[1],
        subject=_header(mail, "Subject"),
        text=new_words(words).replace(NUL, ""),
        status=status,
        hard=hard,
        return_date=return_date(words, _header(mail, "Date")) if away else None,
    )


def _kind(mail: EmailMessage) -> Kind:
    """By structure first, then by the headers of RFC 3834, by the subject only at last."""
    types = {part.get_content_type() for part in mail.walk()}
    if "message/feedback-report" in types:
        return "complaint"
    if "message/delivery-status" in types:  # "delivered" and "delayed" are reports too, but nothing bounced
        return "bounce" if _delivery(mail, "Action").lower() in ("failed", "") else "auto_reply"
    nobody = _header(mail, "Return-Path").strip() == "<>"
    if DAEMON.search(_header(mail, "From")) and (nobody or FAILED.search(_header(mail, "Subject"))):
        return "bounce"
    machine = (
        _header(mail, "Auto-Submitted").partition(";")[0].strip().lower() not in ("", "no"),
        _header(mail, "X-Autoreply") or _header(mail, "X-Autorespond"),
        _header(mail, "Precedence").strip().lower() in ("auto_reply", "bulk", "junk"),
        nobody,
        AUTOMATIC.search(_header(mail, "Subject")),
    )
    return "auto_reply" if any(machine) else "reply"


def _status(mail: EmailMessage, words: str) -> str:
    """The enhanced status of the first failed reader; older servers only write it into the text."""
    found = STATUS.search(_delivery(mail, "Status")) or STATUS.search(_delivery(mail, "Diagnostic-Code"))
    found = found or STATUS.search(words)
    return found.group(1) if found else ""


def _delivery(mail: EmailMessage, name: str) -> str:
    """A field of the delivery status (RFC 3464): one block for the report, then one for each reader."""
    for part in mail.walk():
        blocks = part.get_payload() if part.get_content_type() == "message/delivery-status" else ""
        for block in blocks if isinstance(blocks, list) else []:
            if isinstance(block, Message) and block.get(name):
                return str(block[name])
    return ""


def _original(mail: EmailMessage) -> Message:
    """The mail, or its headers, that a bounce or complaint brings back; an empty one when there is none."""
    for part in mail.walk():
        if part.get_content_type() == "text/rfc822-headers":
            return email.message_from_string(_text(part), policy=default)
        if part.get_content_type() == "message/rfc822" and part is not mail:
            inner = part.get_payload()
            return inner[0] if isinstance(inner, list) and isinstance(inner[0], Message) else EmailMessage()
    return EmailMessage()


def _token(mail: EmailMessage) -> str:
    """What stands after the plus sign of the address that this mail was sent to: `reply+TOKEN@`, `bounce+TOKEN@`."""
    for name in ADDRESSED:
        for _, address in getaddresses([_header(mail, name)]):
            if found := TOKEN.match(address):
                return found.group(1)
    return ""


def _ids(mail: Message, name: str) -> tuple[str, ...]:
    return tuple(MESSAGE_ID.findall(_header(mail, name))) or ("",)


def _header(mail: Message, name: str) -> str:
    with suppress(ValueError, IndexError, AttributeError):  # some broken headers break the standard library's parser
        return " ".join(str(mail.get(name, "")).replace(NUL, "").split())
    return ""


def _text(part: Message) -> str:
    octets = part.get_payload(decode=True)
    return octets.decode("utf-8", "replace") if isinstance(octets, bytes) else ""
