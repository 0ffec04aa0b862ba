"""What did somebody newly write in a mail?

Mail programs quote in a dozen ways. What is ours in an answer must not count as theirs: "unsubscribe" stands below each
of our own mails.
"""

from __future__ import annotations

import re
from email.message import Message
from html.parser import HTMLParser

from channels.returned_mime import parts, text_of

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
    own = ATTRIBUTION.sub("", text[: found.start()] if found else text)
    return re.sub(r"\n{3,}", "\n\n", QUOTED.sub("", own)).strip()


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
