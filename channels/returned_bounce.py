"""Did a mail come back, is it only late, and is its reader, our domain or neither to blame?

A delivery status (RFC 3464) says so itself. Older and stranger servers write prose: `flufl.bounce` knows many of them,
but it is only asked about what a machine sent, so that somebody who quotes a bounce is not taken for one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from typing import Literal

from flufl.bounce import all_failures

from channels.returned_mime import address, header, parts, text_of
from channels.returned_words import AGAIN, COPY, DAEMON, FAILED, GONE, LATE, NO_REPLY, TO_BOUNCES, TOLD
from channels.smtp_codes import refusal

Blame = Literal["", "hard", "soft", "policy"]  # the address, nobody for good, our own domain
WAITS = ("delayed", "delivered", "relayed", "expanded")

CODED = re.compile(r"(?<![\d.-])([45]\d\d)(?:[- ]+#?([45]\.\d\.\d{1,3})(?![.\d]))?(?=[\s:-])")
STATUS = re.compile(r"(?<![\d.])([45]\.[0-7]\.\d{1,3})(?!\.?\d)")
VAGUE = re.compile(r"(5\.[05]\.\d+)?")
OUR_ADDRESS = re.compile(r"5\.1\.[78]")  # it is the sender's that is wrong (RFC 3463)
ADDRESS = re.compile(r"[^\s<>,;:\"]+@[^\s<>,;:\"]+")


# Its detectors stumble over garbage, and it writes a traceback for each.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Bounce:
    """`status` is the enhanced code, as far as it was said; `reader` the address that it is about."""

    status: str
    blame: Blame
    reader: str


def bounce(mail: Message, words: str) -> Bounce | Literal["late"] | None:
    """What a delivery report says; "late": it goes on being tried, or has arrived. None: this is no report."""
    blocks = list(_blocks(mail))
    if blocks and (mail.get_content_type() == "multipart/report" or from_a_machine(mail)):
        return _by_status(blocks, words)
    exim = header(mail, "X-Failed-Recipients")
    again = AGAIN.match(header(mail, "Subject")) and not _nobody(mail)
    own = _own(words)
    if again or not (exim or from_a_machine(mail) or _answers_the_envelope(mail, own)):
        return None
    late, gone = _known(mail)
    if not (exim or gone) and (late or LATE.search(header(mail, "Subject"))):
        return "late"
    told = FAILED.search(header(mail, "Subject")) or (
        _daemon(mail) and (_nobody(mail) or TOLD.search(own) or CODED.search(own))
    )
    if not (exim or gone or told):
        return None
    return _bounce("", own, exim or next(iter(gone), "") or _first_address(own))


def delivered(mail: Message) -> bool:
    """A delivery status says so of every reader it names; "relayed" says that nobody will tell."""
    actions = [header(each, "Action").lower() for each in _blocks(mail) if each.get("Action")]
    return bool(actions) and all(action.startswith("delivered") for action in actions)


def from_a_machine(mail: Message) -> bool:
    automatic = header(mail, "Auto-Submitted").partition(";")[0].strip().lower() not in ("", "no")
    return _daemon(mail) or _nobody(mail) or automatic or bool(NO_REPLY.match(address(mail, "From")[1]))


def _answers_the_envelope(mail: Message, own: str) -> bool:
    """Mail scanners report under names of their own, but to where only mail servers write, and say that it failed."""
    told = FAILED.search(header(mail, "Subject")) and TOLD.search(own)
    return bool(told and any(TO_BOUNCES.match(address(mail, name)[1]) for name in ("To", "Delivered-To")))


def _daemon(mail: Message) -> bool:
    name, sender = address(mail, "From")
    return (
        not (name or sender)
        or "<>" in header(mail, "From")
        or bool(DAEMON.match(sender) or (DAEMON.match(name) and "@" not in sender))
    )


def _nobody(mail: Message) -> bool:
    return header(mail, "Return-Path") == "<>"


def _blocks(mail: Message) -> Iterator[Message]:
    """The blocks of the delivery status: one for the report, then one for each reader."""
    for part in parts(mail):
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            inside = part.get_payload()
            yield from (each for each in inside if isinstance(each, Message)) if isinstance(inside, list) else ()


def _own(words: str) -> str:
    """Without the mail that the report quotes."""
    found = COPY.search(words, 40)
    return words[: found.start()] if found else words


def _by_status(blocks: Sequence[Message], words: str) -> Bounce | Literal["late"]:
    readers = [each for each in blocks if each.get("Action") or each.get("Status") or each.get("Final-Recipient")]
    actions = [header(each, "Action").lower() for each in readers]
    lost = [each for each, action in zip(readers, actions, strict=True) if not action.startswith(WAITS)]
    if readers and not lost:
        return "late"
    block = lost[0] if lost else blocks[0]
    reader = header(block, "Original-Recipient") or header(block, "Final-Recipient")
    said = header(block, "Diagnostic-Code")
    own = _own(words)
    status = STATUS.search(header(block, "Status"))
    return _bounce(status.group() if status else "", said, reader.rpartition(";")[2].strip(), own)


def _bounce(status: str, said: str, reader: str, prose: str = "") -> Bounce:
    """The reader's server is believed before the one that reports: that one often just says 5.0.0."""
    code, own = _reply(said)
    if not (code or own):
        code, own = _reply(prose)
    status = own or status
    kind = status[:1] or code[:1] or "5"
    number = int(code if code.startswith(kind) else f"{kind}50")
    return Bounce(status, _blame(number, status, said or prose, prose), _first_address(reader) or reader[:200])


def _blame(code: int, status: str, said: str, prose: str) -> Blame:
    if OUR_ADDRESS.fullmatch(status):
        return "policy"
    meaning = refusal(code, f"{status} {' '.join(said.split())[:4000]}".strip(), "").meaning
    vague = VAGUE.fullmatch(status) and meaning in ("refused", "later")
    if meaning == "no_such_address" or (code >= 500 and vague and GONE.search(f"{said}\n{prose}")):
        return "hard"
    return "policy" if meaning in ("blocked", "cool") else "soft"


def _reply(said: str) -> tuple[str, str]:
    """(550, 5.1.1) of a reply as a server gave it, as far as it is there."""
    found = CODED.search(said)
    status = STATUS.search(said)
    code = found.group(1) if found else ""
    return code, (found.group(2) if found and found.group(2) else status.group(1) if status else "")


def _known(mail: Message) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who waits and who failed, as `flufl.bounce` finds them; it may break over what it does not know."""
    with suppress(Exception):
        late, gone = all_failures(mail)
        return tuple(map(_text, late)), tuple(map(_text, gone))
    return (), ()


def _text(address: bytes | str) -> str:
    return address.decode("utf-8", "replace") if isinstance(address, bytes) else address


def _first_address(words: str) -> str:
    found = ADDRESS.search(words)
    return found.group()[:200].strip("()[]'.") if found else ""


def words_of(mail: Message) -> str:
    """All that a report says in prose, its status included."""
    said = [text_of(part) for part in parts(mail) if part.get_content_maintype() == "text"]
    return "\n".join(said)[:100_000]
