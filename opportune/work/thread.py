"""What did we write to this person before? A follow-up answers it: same subject, a few of its lines (A11)."""

from __future__ import annotations

import email
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from opportune.store import sealed
from opportune.store.bulk import Bulk

MOST_LINES, MOST_LINE = 3, 200
AGAIN = "Re: "
_LAST = """
  SELECT t.enrolment_id, t.sent_at, p.subject, p.content FROM touch t JOIN prepared_message p ON p.touch_id = t.id
  WHERE t.enrolment_id = ANY(?) AND t.channel = 'email' AND t.sent_at IS NOT NULL ORDER BY t.sent_at, t.id"""


class Earlier(NamedTuple):
    """Our last mail in this campaign, as long as its words are kept."""

    subject: str
    date: str
    lines: tuple[str, ...]

    @property
    def answered(self) -> str:
        """The subject of a mail that answers it, so that mail programs show the two together."""
        return AGAIN + self.subject.removeprefix(AGAIN)


def last_mails(bulk: Bulk, enrolments: Sequence[int]) -> dict[int | None, Earlier]:
    found: dict[int | None, Earlier] = {}
    for enrolment, sent_at, subject, content in bulk.rows(_LAST, list(enrolments)) if enrolments else ():
        if lines := tuple(excerpt(_text(sealed.opened(content)))):
            day = datetime.fromtimestamp(sent_at, UTC).date().isoformat()
            found[enrolment] = Earlier(sealed.opened(subject) or "", day, lines)
    return found


def excerpt(text: str) -> Iterator[str]:
    """The first lines that say something: no greeting, link, quote or signature, nor what was asked then (B4)."""
    body = text.replace("\r\n", "\n").partition("\n--\n")[0]
    paragraphs = [part.strip() for part in body.split("\n\n") if part.strip() and "\n>" not in f"\n{part}"]
    lines = [line.strip() for part in paragraphs[:-1] for line in part.split("\n")]  # the last one is the signature
    said = [line for line in lines if line and "://" not in line and not line.endswith((",", "?", ":"))]
    for line in said[:MOST_LINES]:
        yield line if len(line) <= MOST_LINE else f"{line[:MOST_LINE].rsplit(' ', 1)[0]} …"


def _text(content: bytes) -> str:
    for part in email.message_from_bytes(content).walk():
        if part.get_content_type() == "text/plain":
            octets = part.get_payload(decode=True)
            return octets.decode("utf-8", "replace") if isinstance(octets, bytes) else ""
    return ""
