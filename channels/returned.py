"""What came back: a bounce, a complaint, an automatic reply, a mere notice, or a person's answer?

By structure first, then by the headers of RFC 3834, by the subject only at last. What to do about it (stop the cadence,
clean the address, wait for somebody's return) is decided elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from email.message import Message
from typing import Literal

from channels.returned_bounce import Blame, Bounce, bounce, delivered, words_of
from channels.returned_mime import LONGEST_MAIL, address, header, parsed, parts, text_of
from channels.returned_when import return_date
from channels.returned_words import AGAIN, AUTOMATIC, GO_AWAY
from channels.stop import Refusal, refusal
from channels.written import new_words, plain_words

Kind = Literal["bounce", "auto_reply", "complaint", "reply", "notice"]
ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
TOKEN = re.compile(r"[^+@\s<>,]+\+([^@\s<>,]+)@")
MESSAGE_ID = re.compile(r"<[^<>\s]+@[^<>\s]+>")
OURS = re.compile(rb"^[>\s]*X-Opportune-Touch:[ \t]*([\w.~=-]{1,100})", re.M | re.I)
THEIR_MAIL = re.compile(rb"^[>\s]*Message-ID:\s*(<[^<>\s]+@[^<>\s]+>)", re.M | re.I)
OUTLOOK = "X-HmXmrOriginalRecipient"
NO_COMPLAINT = ("not-spam", "auth-failure", "dkim", "virus", "auth")


@dataclass(frozen=True, slots=True)
class Returned:
    """One mail that came back. `token` names the touch: from the plus address it was sent to, else from our own header
    in the mail it returns. `text` is what is new in it, quotes taken off. `status`, `blame` and `reader` (the address
    that failed, or who complained) belong to a bounce; `return_date` to an automatic reply that states it; `delivered`
    to a notice."""

    kind: Kind
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    token: str
    sender: str
    subject: str
    text: str
    status: str = ""
    blame: Blame = ""
    reader: str = ""
    return_date: date | None = None
    delivered: bool = False

    @property
    def hard(self) -> bool:
        """This address will never work."""
        return self.blame == "hard"


def read(raw: bytes) -> Returned:
    """Understands one mail. Never fails for a mail's sake: what cannot be read is empty."""
    mail = parsed(raw)
    words = plain_words(mail)
    kind, failed = _kind(mail)
    about = raw[:LONGEST_MAIL] if kind in ("bounce", "complaint") else b""
    thread = [
        *_ids(mail, "References"),
        *(found.decode("utf-8", "replace") for found in THEIR_MAIL.findall(about)[:20]),
    ]
    away = return_date(f"{header(mail, 'Subject')}\n{words}", header(mail, "Date")) if kind == "auto_reply" else None
    return Returned(
        kind=kind,
        message_id=next(iter(_ids(mail, "Message-ID")), ""),
        in_reply_to=next(iter(_ids(mail, "In-Reply-To")), ""),
        references=tuple(thread),
        token=_token(mail) or _ours(about),
        sender=address(mail, "From")[1],
        subject=header(mail, "Subject"),
        text=new_words(words),
        status=failed.status if failed else "",
        blame=failed.blame if failed else "",
        reader=failed.reader.lower() if failed else _complainer(mail) if kind == "complaint" else "",
        return_date=away,
        delivered=kind == "notice" and delivered(mail),
    )


def refused(back: Returned) -> Refusal | None:
    """What a person asks us to stop. In the subject too, where it is theirs and not ours quoted back."""
    if GO_AWAY.match(back.subject):
        return "everything"
    theirs = not (AGAIN.match(back.subject) or back.in_reply_to)
    return refusal(back.text) or (refusal(back.subject) if theirs else None)


def _kind(mail: Message) -> tuple[Kind, Bounce | None]:
    types = {part.get_content_type() for part in parts(mail)}
    if "message/feedback-report" in types:
        return ("notice" if _feedback(mail, "Feedback-Type").lower() in NO_COMPLAINT else "complaint"), None
    if _from_outlook(mail) is not None:
        return "complaint", None
    if GO_AWAY.match(header(mail, "Subject")):  # mail programs send it by themselves, and mean it
        return "reply", None
    if "message/disposition-notification" in types:
        return "notice", None
    found = bounce(mail, words_of(mail))
    if found == "late":
        return "notice", None
    if found is not None:
        return "bounce", found
    return ("auto_reply" if _automatic(mail) else "notice" if _to_many(mail) else "reply"), None


def _automatic(mail: Message) -> bool:
    signs = (
        header(mail, "Auto-Submitted").partition(";")[0].strip().lower() not in ("", "no"),
        header(mail, "X-Autoreply") or header(mail, "X-Autorespond") or header(mail, "X-Autoresponder"),
        header(mail, "X-Auto-Response-Suppress") and header(mail, "X-MS-Exchange-Inbox-Rules-Loop"),
        header(mail, "Precedence").lower() in ("auto_reply", "auto-reply", "bulk", "junk"),
        header(mail, "Return-Path") == "<>",
        AUTOMATIC.search(header(mail, "Subject")),
    )
    return any(signs)


def _to_many(mail: Message) -> bool:
    """A newsletter; who answers us through a list still answers."""
    listed = header(mail, "List-Unsubscribe") or header(mail, "List-Id")
    return bool(listed) and not (header(mail, "In-Reply-To") or header(mail, "References"))


def _feedback(mail: Message, name: str) -> str:
    """A field of a feedback report (RFC 5965)."""
    for part in parts(mail):
        if part.get_content_type() == "message/feedback-report":
            inside = part.get_payload()
            block = inside[0] if isinstance(inside, list) and inside else None
            return header(block, name) if isinstance(block, Message) else _line(text_of(part), name)
    return ""


def _line(text: str, name: str) -> str:
    found = re.search(rf"^{name}:[ \t]*(.*)$", text, re.I | re.M)
    return found.group(1).strip() if found else ""


def _from_outlook(mail: Message) -> str | None:
    """Microsoft's complaints are no report: the mail itself, with a header on top that names its reader."""
    inside = (
        each for part in parts(mail) if part.get_content_type() == "message/rfc822" for each in part.get_payload()
    )
    ours = (each for each in inside if isinstance(each, Message) and each.get(OUTLOOK) is not None)
    return next((header(each, OUTLOOK) for each in ours), None)


def _complainer(mail: Message) -> str:
    named = _feedback(mail, "Original-Rcpt-To") or _from_outlook(mail) or ""
    return named.rpartition(";")[2].strip(" <>").lower()[:300]


def _ours(about: bytes) -> str:
    """Our own header in the mail, or the headers, that a bounce or complaint brings back."""
    found = OURS.search(about)
    return found.group(1).decode("ascii", "replace") if found else ""


def _token(mail: Message) -> str:
    """What stands after the plus sign of the address that this mail was sent to: `reply+TOKEN@`, `bounce+TOKEN@`."""
    found = (TOKEN.search(header(mail, name)) for name in ADDRESSED)
    return next((each.group(1) for each in found if each), "")


def _ids(mail: Message, name: str) -> tuple[str, ...]:
    return tuple(MESSAGE_ID.findall(header(mail, name)))
