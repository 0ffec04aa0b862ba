"""What did somebody newly write in a mail?

Mail programs quote in a dozen ways. What is ours in an answer must not count as theirs: "unsubscribe" stands below each
of our own mails.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from email.message import Message

from channels.returned_mime import parts, text_of

# Everything below one of these lines is a signature or somebody else's mail.
FROM = r"\*?(from|от|de la|von|de|da|od|van|fra|från)\*? ?:.*"
SENT = (
    r"\*?(sent|date|to|cc|subject|отправлено|дата|кому|тема|trimis|data|către|gesendet|datum|an|betreff|envoyé|à|objet"
)
SENT += r"|sendt|dato|til|verzonden|aan|wysłano|do|temat|skickat|till|inviato|enviado|para)\*?( le)? ?:.*"
BELOW = (
    r"-- ?",
    r"_{10,}",
    r"-{4,} ?[^\W\d_][^\n-]{3,60} ?-{4,}.*",  # "----- Original Message -----", in any language
    r"-{2,} ?(original|forwarded) message ?-{2,}.*",
    rf"{FROM}\n{SENT}",
    r"(sent|get|gesendet|von meinem|trimis|отправлено|envoyé)\b.{0,30}\b(iphone|ipad|android|samsung|outlook"
    r"|blackberry|mobil\w*|phone|телефона|mail\.ru|telefon\w*)\b.{0,60}",
)
CUT = re.compile(rf"^({'|'.join(BELOW)})$", re.I | re.M)
# "On Monday, Anna wrote:"; Gmail in some languages ends in "<address>:". A first line with a date may come before it.
# A quote must follow, else it is somebody's own sentence.
WROTE = r"wrote|schrieb|написала?|написал\(а\)|пишет|a scris|a écrit|ha scritto|escribió|skrev|schreef|napisał\(a\)"
WROTE += r"|<[^<>\s]+@[^<>\s]+>"
DATED = r"(?:on|am|le|pe|în|в|\w\w,|\d[\d.,/-]{5,}) [^\n]{0,150}\d[^\n]{0,150}\n"
ATTRIBUTION = re.compile(rf"^(?:{DATED})?[^\n>][^\n]{{0,200}}?(?:{WROTE}) ?:[ \t]*$(?=\s*\n>)", re.I | re.M)
# Some programs put no mark before what they quote: then a line with a time or a year, and "wrote:", begins it.
UNMARKED = re.compile(
    r"(?:on|am|le|pe|în|в|il|el|op|den|\w\w,|\w{3,4}\.|\d[\d.,/-]{5,})\s.*(?:\d[:.]\d\d|\b20\d\d)\b", re.I
)
WROTE_ENDS = re.compile(rf"(?:{WROTE}|<[^<>\n]{{0,100}}@[^<>\n]{{0,100}}>)[^\n:]{{0,80}}:\s*$", re.I)
TAG = re.compile(r"\s*(/?)\s*([a-zA-Z][a-zA-Z0-9]*)")
QUOTED = re.compile(r"^>.*$\n?", re.M)


def plain_words(mail: Message) -> str:
    """The words of a mail: its plain part, else its HTML without tags; empty when there is none."""
    for wanted in ("text/plain", "text/html"):
        for part in parts(mail):
            if part.get_content_type() == wanted and part.get_content_disposition() != "attachment":
                text = text_of(part)
                return _Words.of(text) if wanted == "text/html" else text
    return ""


def new_words(text: str) -> str:
    """What is new in an answer: without signature, quoted lines and the lines that announce them."""
    text = text.replace("\r\n", "\n")
    found = CUT.search(text)
    marked = ATTRIBUTION.sub("", text[: found.start()] if found else text)
    own = QUOTED.sub("", marked)
    return re.sub(r"\n{3,}", "\n\n", _above_unmarked(own)).strip()


def _above_unmarked(text: str) -> str:
    """Up to the line, or the two lines, that announce a quote without marks."""
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if UNMARKED.match(line[:300]):
            both = (line, " ".join(lines[place : place + 2]))
            if any(len(each) < 400 and WROTE_ENDS.search(each) for each in both):
                return "\n".join(lines[:place])
    return text


class _Words:
    """The text of an HTML mail: a line where a block begins, quoted blocks marked as in plain mail.

    Walks once through it: the standard library's parser takes minutes over what somebody left unfinished on purpose.
    """

    def __init__(self) -> None:
        self.lines, self.quotes, self.hidden = [""], 0, 0

    @classmethod
    def of(cls, page: str) -> str:
        words = cls()
        for tag, text in _tokens(page):
            words._text(text) if text else words._tag(tag)
        return "\n".join(line.rstrip() for line in words.lines).strip()

    def _text(self, text: str) -> None:
        if not self.hidden:
            self.lines[-1] += re.sub(r"\s+", " ", html.unescape(text))

    def _tag(self, inside: str) -> None:
        found = TAG.match(inside)
        tag, step = (found[2].lower(), -1 if found[1] else 1) if found else ("", 0)
        self.quotes = max(0, self.quotes + step * (tag == "blockquote"))
        self.hidden = max(0, self.hidden + step * (tag in ("style", "script", "title")))
        if tag in ("p", "div", "br", "li", "tr", "blockquote", "h1", "h2", "h3"):
            self.lines.append("> " if self.quotes else "")


def _tokens(page: str) -> Iterator[tuple[str, str]]:
    """(inside of a tag, text); one of the two is empty. What is unfinished ends it."""
    place = 0
    while (start := page.find("<", place)) >= 0:
        yield "", page[place:start]
        closing = "-->" if page.startswith("<!--", start) else ">"
        end = page.find(closing, start)
        if end < 0:
            return
        yield page[start + 1 : min(end, start + 40)], ""
        place = end + len(closing)
    yield "", page[place:]
