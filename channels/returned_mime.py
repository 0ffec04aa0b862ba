"""How is a mail that anybody may have sent taken apart without harm?

The lean parser of the standard library, with bounds: the modern one reads a header of a megabyte for minutes, and a
mail within a mail within a mail … exhausts the stack. What lies beyond a bound is not read; the mail is kept whole.
"""

from __future__ import annotations

import codecs
import email
import re
from collections.abc import Iterator
from contextlib import suppress
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr

LONGEST_MAIL = 2 * 1024 * 1024  # bytes: whatever matters to us stands before the attachments
LONGEST_PART = 100_000  # bytes: nobody answers at such length, and no mail may keep us busy
LONGEST_HEADER = 10_000
MOST_PARTS = 200
MOST_BOUNDARIES = 5_000  # lines that may be one
NUL = "\0"  # anybody can send one, PostgreSQL cannot store it
# Python knows these as charsets: they warn, take minutes, or make signs that are none.
NO_CHARSETS = (
    "idna",
    "punycode",
    "unicode_escape",
    "unicode-escape",
    "raw_unicode_escape",
    "raw-unicode-escape",
    "undefined",
)
FOLDED = re.compile(r"\s+")
NESTED = re.compile(rb"boundary\s*=|message/rfc822", re.I)


def parsed(raw: bytes) -> Message:
    """The mail; of one that is nested beyond all sense only the headers count, and its body is one text."""
    raw = raw[:LONGEST_MAIL]
    if len(NESTED.findall(raw)) <= MOST_PARTS and raw.count(b"\n--") <= MOST_BOUNDARIES:
        with suppress(Exception):  # whatever breaks the parser is no reason to lose the headers
            return email.message_from_bytes(raw)
    return BytesParser().parsebytes(raw, headersonly=True)


def header(mail: Message, name: str) -> str:
    """One header as a line of text, decoded; empty when there is none, or none that can be read."""
    with suppress(Exception):  # the standard library raises a dozen things over broken headers
        raw = next(
            (str(value) for key, value in mail.raw_items() if key.lower() == name.lower()),
            "",
        )
        return FOLDED.sub(" ", _decoded_words(raw[:LONGEST_HEADER]).replace(NUL, "")).strip()
    return ""


def address(mail: Message, name: str) -> tuple[str, str]:
    """(name, address) of a header; empty where there is none."""
    with suppress(Exception):  # brackets within brackets exhaust the stack
        return parseaddr(header(mail, name)[:1_000])
    return "", ""


def _decoded_words(value: str) -> str:
    value = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if "=?" not in value:
        return value
    try:
        found = decode_header(value)
    except HeaderParseError:
        return value
    return "".join(decoded(each, charset or "utf-8") if isinstance(each, bytes) else each for each, charset in found)


def parts(mail: Message) -> Iterator[Message]:
    """The mail and its parts, never what stands inside another mail that it carries."""
    waiting, seen = [mail], 0
    while waiting and seen < MOST_PARTS:
        part, seen = waiting.pop(), seen + 1
        yield part
        inside = part.get_payload() if part.get_content_maintype() == "multipart" else None
        waiting += [each for each in reversed(inside) if isinstance(each, Message)] if isinstance(inside, list) else []


def text_of(part: Message) -> str:
    """The words of one part; lines end in one way only."""
    octets = b""
    with suppress(Exception):  # an encoding that is none
        found = part.get_payload(decode=True)
        octets = found if isinstance(found, bytes) else b""
    charset = "utf-8"
    with suppress(Exception):  # RFC 2231 gone wrong
        charset = str(part.get_content_charset("utf-8"))
    return decoded(octets[:LONGEST_PART], charset).replace(NUL, "").replace("\r\n", "\n").replace("\r", "\n")


def decoded(octets: bytes, charset: str) -> str:
    """In that charset, else in UTF-8; only what every database can store."""
    text = None
    with suppress(LookupError, ValueError):  # a charset nobody knows
        if codecs.lookup(charset).name not in NO_CHARSETS:
            text = octets.decode(charset, "replace")
    text = octets.decode("utf-8", "replace") if text is None else text
    return text.encode("utf-8", "replace").decode("utf-8")
