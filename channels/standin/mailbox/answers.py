"""What does an answer to a practice mail look like when it comes back?

Five kinds, each built as real mail programs build it: a person's answer (to Reply-To, in the thread, quoting), an
automatic one (RFC 3834), a bounce (RFC 3464, from MAILER-DAEMON), a complaint (RFC 5965, from a feedback loop) and the
mail behind the button "unsubscribe" (RFC 2369: to the mailto: address of List-Unsubscribe, with the subject it names).
"""

from __future__ import annotations

import email
import hashlib
import re
import sqlite3
from collections.abc import Sequence
from email.message import EmailMessage, Message, MIMEPart
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from urllib.parse import unquote

from channels.standin.mailbox.store import Store

HEADER_END = b"\r\n\r\n"
MAILTO = re.compile(r"<mailto:([^?>]+)(?:\?subject=([^>&]*))?[^>]*>", re.I)
FROM_READER, BY_HAND = ("human", "auto", "unsubscribe"), ("human", "unsubscribe")
STATUS = re.compile(r"\b([45]\d\d) ([45]\.\d+\.\d+)")


def answer(mail: sqlite3.Row, kind: str, text: str, now: int, ordinal: int) -> bytes:
    """The bytes of an answer. Its Message-ID depends on the mail, never on the order in which answers are made."""
    original = email.message_from_bytes(mail["raw"], policy=SMTP)
    assert isinstance(original, EmailMessage)
    reader, machine = mail["recipient"], f"MAILER-DAEMON@{mail['recipient'].rpartition('@')[2]}"
    made = BUILDERS[kind](mail, original, text)
    made["From"] = reader if kind in FROM_READER else machine
    made["To"], made["Subject"] = _where(mail, original, kind)
    made["Date"] = formatdate(now)
    digest = hashlib.sha256(f"{mail['message_id']} {mail['touch']} {kind} {ordinal}".encode()).hexdigest()[:20]
    made["Message-ID"] = f"<{digest}@practice.test>"
    if made.is_multipart():
        made.set_boundary(f"=_{digest}")  # else it would be a random one
    if kind in ("human", "auto") and mail["message_id"]:
        made["In-Reply-To"] = mail["message_id"]
        made["References"] = f"{original['References'] or ''} {mail['message_id']}".strip()
    on_top = f"Return-Path: <{reader if kind in BY_HAND else ''}>\r\nDelivered-To: {parseaddr(made['To'])[1]}\r\n"
    return on_top.encode() + made.as_bytes(policy=SMTP)


def _where(mail: sqlite3.Row, original: EmailMessage, kind: str) -> tuple[str, str]:
    """To whom it goes, and under which subject."""
    about = original["Subject"] or ""
    if kind == "human":
        return mail["reply_to"] or mail["sender"], f"Re: {about}"
    if kind == "unsubscribe":
        offered = MAILTO.search(mail["list_unsubscribe"])
        if not offered:
            raise ValueError("its List-Unsubscribe names no mailto: address")
        return offered[1], unquote(offered[2] or "unsubscribe")
    words = {"bounce": "Undelivered Mail Returned to Sender", "complaint": "FW: spam report"}
    return mail["sender"], words.get(kind, f"Automatic reply: {about}")


def answered(store: Store, number: int, kind: str, text: str) -> str:
    """Lays an answer to this mail into the INBOX; its UID, as a mailbox names it.

    Raises:
        ValueError: there is no such kind or no such mail.
    """
    mail = store.mail(number)
    if kind not in BUILDERS:
        raise ValueError(f"kind: {kind!r} is none of {', '.join(BUILDERS)}")
    if mail is None:
        raise ValueError(f"id: there is no mail {number!r}")
    raw = answer(mail, kind, text, store.clock.now(), len(store.answers_to(number)))
    return f"{store.validity}:{store.put(number, kind, raw)}"


def body_of(mail: EmailMessage, kind: str) -> str:
    """The words of a mail's plain or html part; empty when it has none."""
    part = mail.get_body((kind,))
    words = part.get_content() if part is not None else ""
    return words.replace("\r\n", "\n") if isinstance(words, str) else ""


def _human(mail: sqlite3.Row, original: EmailMessage, text: str) -> EmailMessage:
    quoted = "\n".join(f"> {line}".rstrip() for line in body_of(original, "plain").rstrip().split("\n"))
    made = EmailMessage()
    made.set_content(f"{text}\n\nOn {original['Date']}, {mail['sender']} wrote:\n{quoted}\n")
    return made


def _automatic(mail: sqlite3.Row, original: EmailMessage, text: str) -> EmailMessage:  # noqa: ARG001
    made = EmailMessage()
    made["Auto-Submitted"] = "auto-replied"
    made["Precedence"] = "auto_reply"
    made.set_content(f"{text}\n")
    return made


def _unsubscribe(mail: sqlite3.Row, original: EmailMessage, text: str) -> EmailMessage:  # noqa: ARG001
    made = EmailMessage()
    made.set_content(f"{text}\n")
    return made


def _bounce(mail: sqlite3.Row, original: EmailMessage, text: str) -> EmailMessage:  # noqa: ARG001
    found = STATUS.search(text)
    status = found[2] if found else "5.1.1"
    diagnostic = " ".join(text.split()) if found else f"550 5.1.1 {' '.join(text.split()) or 'No such user here'}"
    per_mail = _fields(("Reporting-MTA", "dns; practice.test"))
    per_reader = _fields(
        ("Final-Recipient", f"rfc822; {mail['recipient']}"),
        ("Action", "failed"),
        ("Status", status),
        ("Diagnostic-Code", f"smtp; {diagnostic}"),
    )
    said = f"The mail to <{mail['recipient']}> could not be delivered: {diagnostic}\n"
    return _report("delivery-status", said, [per_mail, per_reader], mail["raw"])


def _complaint(mail: sqlite3.Row, original: EmailMessage, text: str) -> EmailMessage:  # noqa: ARG001
    fields = _fields(
        ("Feedback-Type", "abuse"),
        ("User-Agent", "practice/1"),
        ("Version", "1"),
        ("Original-Rcpt-To", mail["recipient"]),
    )
    return _report("feedback-report", f"{text or 'A reader marked this mail as spam.'}\n", [fields], mail["raw"])


def _report(kind: str, said: str, blocks: Sequence[Message | str], raw: bytes) -> EmailMessage:
    """multipart/report (RFC 6522): words for people, fields for programs, the headers of the mail it is about."""
    made = EmailMessage()
    made["MIME-Version"] = "1.0"
    made.add_header("Content-Type", "multipart/report", report_type=kind)
    made["Auto-Submitted"] = "auto-generated"
    words, fields, about = MIMEPart(), MIMEPart(), MIMEPart()
    words.set_content(said)
    fields["Content-Type"] = f"message/{kind}"
    fields.set_payload(list(blocks))
    head = raw.partition(HEADER_END)[0].decode("ascii", "replace").replace("\r\n", "\n")
    about.set_content(head.replace("\ufffd", "?") + "\n", cte="7bit")
    about.set_type("text/rfc822-headers")
    made.set_payload([words, fields, about])
    return made


def _fields(*pairs: tuple[str, str]) -> EmailMessage:
    block = EmailMessage()
    for name, value in pairs:
        block[name] = value
    return block


BUILDERS = {
    "human": _human,
    "auto": _automatic,
    "bounce": _bounce,
    "complaint": _complaint,
    "unsubscribe": _unsubscribe,
}
