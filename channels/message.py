"""What are the bytes of one letter?

The standard library's EmailMessage takes milliseconds a letter; a slot of ten thousand cannot wait for it. So the bytes
are put together by hand, and EmailMessage is the tests' oracle: parsed back, every letter is equal to what went in.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from binascii import b2a_base64, b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate

from channels.attachments import MOST_MB, Attachment, parts

# Strict on purpose: what passes needs no quoting in a header or an SMTP command (no space, bracket, comma, control).
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
# Line breaks of any script, and halves of characters: some mail program would begin a new line there.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")
TOKEN = re.compile(r"[!-~]+")
ENCODED = "=?"  # begins an encoded word: some programs decode it wherever it stands
LINE, FOLD = 100, "\r\n "
ONE_CLICK = "List-Unsubscribe=One-Click"  # RFC 8058, word for word


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter in words. Addresses are ASCII (domains in their xn-- form); empty fields leave their header out.

    `unsubscribe` are the addresses (https: first, then mailto:) behind "unsubscribe"; `references` are the Message-IDs
    of the thread, oldest first (A11: a follow-up stays in its thread); `touch` is the token that finds the touch again.
    """

    sender: str
    recipient: str
    subject: str
    text: str
    message_id: str
    html: str = ""
    sender_name: str = ""
    recipient_name: str = ""
    reply_to: str = ""
    unsubscribe: tuple[str, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    touch: str = ""
    attachments: tuple[Attachment, ...] = ()


def build(letter: Letter, now: int, most_mb: int = MOST_MB) -> bytes:
    """The finished letter, CRLF lines, ASCII only. A value that would break out of its header is a ValueError."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in _headers(letter, now) if value)
    body = _part("text", "plain", letter.text)
    if letter.html:
        body = _multipart("alternative", letter, [body, _part("html", "html", letter.html)])
    if letter.attachments:
        body = _multipart("mixed", letter, [body, *parts(letter.attachments, most_mb)])
    return headers.encode("ascii") + body


def _multipart(kind: str, letter: Letter, inner: Sequence[bytes]) -> bytes:
    # "=_" can stand in neither quoted-printable nor base64, so the boundary never meets the body.
    boundary = f"=_{kind[0]}{hashlib.sha256(letter.message_id.encode()).hexdigest()[:24]}"
    fence = f"--{boundary}".encode()
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(fence + b"\r\n" + each + b"\r\n" for each in inner) + fence + b"--\r\n"


def tagged(address: str, token: str) -> str:
    """`reply@our.example` with a token after the plus sign: what comes back there names its touch by itself."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{token}@{domain}"


def _headers(letter: Letter, now: int) -> list[tuple[str, str]]:
    """Names and finished values; an empty value means that the header is left out."""
    return [
        ("From", _mailbox("sender", letter.sender, letter.sender_name)),
        ("To", _mailbox("recipient", letter.recipient, letter.recipient_name)),
        ("Subject", _words("subject", letter.subject)),
        ("Date", f"{formatdate(now)[:-5]}+0000"),
        ("Message-ID", _checked("message_id", letter.message_id, MESSAGE_ID)),
        ("Reply-To", _checked("reply_to", letter.reply_to, ADDRESS)),
        ("In-Reply-To", _checked("in_reply_to", letter.in_reply_to, MESSAGE_ID)),
        ("References", "\r\n ".join(_checked("references", each, MESSAGE_ID) for each in letter.references)),
        ("List-Unsubscribe", ",\r\n ".join(f"<{_link(each)}>" for each in letter.unsubscribe)),
        ("List-Unsubscribe-Post", ONE_CLICK if any(each.startswith("http") for each in letter.unsubscribe) else ""),
        ("Auto-Submitted", "auto-generated"),
        ("X-Opportune-Touch", _checked("touch", letter.touch, TOKEN)),
        ("MIME-Version", "1.0"),
    ]


def _checked(field: str, value: str, shape: re.Pattern[str]) -> str:
    if value and not (shape.fullmatch(value) and len(value) < 900 and ENCODED not in value):
        raise ValueError(f"letter.{field}: {value!r} cannot stand in a mail header")
    return value


def _link(address: str) -> str:
    if ">" in address or "<" in address:
        raise ValueError(f"letter.unsubscribe: {address!r} must have < and > percent-encoded")
    return _checked("unsubscribe", address, TOKEN)


def _mailbox(field: str, address: str, name: str) -> str:
    if not ADDRESS.fullmatch(address) or ENCODED in address:
        raise ValueError(f"letter.{field}: {address!r} is no plain ASCII address (write the domain in its xn-- form)")
    words = _words(f"{field}_name", name)
    if words == name and name:
        words = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    if not words:
        return address
    return f"{words}{' ' if len(words) + len(address) < LINE else FOLD}<{address}>"


def _words(field: str, text: str) -> str:
    """`text` as it may stand in a header: as it is, or as encoded words (RFC 2047) cut between characters."""
    if CONTROL.search(text):
        raise ValueError(f"letter.{field}: {text!r} has a line break or control character (header injection)")
    if text.isascii() and len(text) <= LINE and ENCODED not in text and text == text.strip():
        return text
    chunks, chunk = [], b""
    for character in text:
        octets = character.encode("utf-8")
        # 39 bytes are 52 characters of base64: with its frame and the header's name below the 76 that RFC 2047 allows.
        if len(chunk) + len(octets) > 39:
            chunks.append(chunk)
            chunk = b""
        chunk += octets
    return FOLD.join(f"=?utf-8?B?{b64encode(each).decode()}?=" for each in [*chunks, chunk] if each)


def _part(field: str, kind: str, text: str) -> bytes:
    """One part with its headers: quoted-printable where most is ASCII, else base64 (shorter for Cyrillic)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")  # a tenth of a regular expression
    try:
        octets = (lines if lines.endswith("\r\n") else lines + "\r\n").encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"letter.{field}: half a character at place {error.start}, write it anew") from error
    mostly_ascii = len(octets) < 1.2 * len(lines) + 2
    encoding = b"quoted-printable" if mostly_ascii else b"base64"
    body = b2a_qp(octets) if mostly_ascii else _base64(octets)
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: ".encode()
    return head + encoding + b"\r\n\r\n" + body


def _base64(octets: bytes) -> bytes:
    flat = b2a_base64(octets, newline=False)
    return b"".join(flat[start : start + 76] + b"\r\n" for start in range(0, len(flat), 76))
