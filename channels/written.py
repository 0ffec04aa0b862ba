"""What did somebody newly write in a mail, and when do they say they are back?

Mail programs quote in a dozen ways. What is ours in an answer must not count as theirs: "unsubscribe" stands below each
of our own mails.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser

LONGEST = 100_000  # bytes: nobody answers at such length, and no mail may keep us busy

# Everything below one of these lines is a signature or somebody else's mail.
BELOW = (
    r"-- ?",
    r"_{10,}",
    r"-{2,} ?(original|forwarded) message ?-{2,}.*",
    r"-{2,} ?(исходное|пересылаемое) сообщение ?-{2,}.*",
    r"-{2,} ?(mesaj original|ursprüngliche nachricht|message d'origine) ?-{2,}.*",
    r"(from|от|de la|von|de): .*\n(sent|date|to|отправлено|дата|кому|trimis|gesendet|envoyé): .*",
)
CUT = re.compile(rf"^({'|'.join(BELOW)})$", re.I | re.M)
# "On Monday, Anna wrote:"; Gmail in some languages ends in "<address>:". A first line with a date may come before it.
# A quote must follow, else it is somebody's own sentence.
WROTE = r"wrote|schrieb|написала?|написал\(а\)|пишет|a scris|a écrit|<[^<>\s]+@[^<>\s]+>"
DATED = r"(?:on|am|le|pe|в|\w\w,) [^\n]{0,150}\d[^\n]{0,150}\n"
ATTRIBUTION = re.compile(rf"^(?:{DATED})?[^\n>][^\n]{{0,200}}?(?:{WROTE}) ?:[ \t]*$(?=\s*\n>)", re.I | re.M)
QUOTED = re.compile(r"^>.*$\n?", re.M)

MONTHS = (
    "january jan января ianuarie januar janvier",
    "february feb февраля februarie februar février",
    "march mar марта martie märz mars",
    "april apr апреля aprilie avril",
    "may мая mai",
    "june jun июня iunie juni juin",
    "july jul июля iulie juli juillet",
    "august aug августа août",
    "september sept sep сентября septembrie septembre",
    "october oct октября octombrie oktober octobre",
    "november nov ноября noiembrie novembre",
    "december dec декабря decembrie dezember décembre",
)
MONTH = {name: number for number, names in enumerate(MONTHS, 1) for name in names.split()}
ONE_OF = "|".join(sorted(MONTH, key=len, reverse=True))
DAY = re.compile(
    r"(?P<iso>\d{4}-\d\d-\d\d)|(?P<dotted>\d{1,2}\.\d{1,2}\.\d{4})"
    rf"|(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)? (?:of )?(?P<month>{ONE_OF})\b\.?(?:,? (?P<year>\d{{4}}))?"
    rf"|\b(?P<month2>{ONE_OF})\.? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<year2>\d{{4}}))?",
    re.I,
)
BACK = re.compile(
    r"\b(until|till|through|to|back|return\w*|до|по|вернусь|выйду|pân[aă]|revin|bis|zurück|jusqu\w*)\b", re.I
)


def plain_words(mail: EmailMessage) -> str:
    """The words of a mail: its plain part, else its HTML without tags; empty when there is none."""
    part = None
    with suppress(KeyError, AttributeError, ValueError):
        part = mail.get_body(("plain", "html"))
    if part is None:
        return ""
    octets = part.get_payload(decode=True)
    text = _decoded(octets[:LONGEST] if isinstance(octets, bytes) else b"", str(part.get_param("charset", "utf-8")))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _Words.of(text) if part.get_content_type() == "text/html" else text


def new_words(text: str) -> str:
    """What is new in an answer: without signature, quoted lines and the lines that announce them."""
    text = text.replace("\r\n", "\n")
    found = CUT.search(text)
    own = ATTRIBUTION.sub("", text[: found.start()] if found else text)
    return re.sub(r"\n{3,}", "\n\n", QUOTED.sub("", own)).strip()


def return_date(text: str, sent: str) -> date | None:
    """The day on which somebody is back, where an automatic reply states it plainly; the latest one named.

    A day without a year is the next such day after the mail was `sent` (its Date header).
    """
    named = DAY.finditer(text)
    days = [_day(found, sent) for found in named if BACK.search(text[max(0, found.start() - 25) : found.start()])]
    return max((day for day in days if day), default=None)


def _day(found: re.Match[str], sent: str) -> date | None:
    with suppress(ValueError, TypeError):
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        if found["dotted"]:
            day, month, year = map(int, found["dotted"].split("."))
            return date(year, month, day)
        day, month = int(found["day"] or found["day2"]), MONTH[(found["month"] or found["month2"]).lower()]
        if written := found["year"] or found["year2"]:
            return date(int(written), month, day)
        today = parsedate_to_datetime(sent).date()
        return min(each for year in (today.year, today.year + 1) if (each := date(year, month, day)) >= today)
    return None


def _decoded(octets: bytes, charset: str) -> str:
    with suppress(LookupError, ValueError):  # a charset nobody knows
        return octets.decode(charset, "replace")
    return octets.decode("utf-8", "replace")


class _Words(HTMLParser):
    """The text of an HTML mail: a line where a block begins, quoted blocks marked as in plain mail."""

    def __init__(self) -> None:
        super().__init__()
        self.lines, self.quotes, self.hidden = [""], 0, 0

    @classmethod
    def of(cls, html: str) -> str:
        parser = cls()
        parser.feed(html)
        parser.close()
        return "\n".join(line.rstrip() for line in parser.lines).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._around(tag, 1)

    def handle_endtag(self, tag: str) -> None:
        self._around(tag, -1)

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.lines[-1] += re.sub(r"\s+", " ", data)

    def _around(self, tag: str, step: int) -> None:
        self.quotes = max(0, self.quotes + step * (tag == "blockquote"))
        self.hidden = max(0, self.hidden + step * (tag in ("style", "script", "title")))
        if tag in ("p", "div", "br", "li", "tr", "blockquote", "h1", "h2", "h3"):
            self.lines.append("> " if self.quotes else "")
