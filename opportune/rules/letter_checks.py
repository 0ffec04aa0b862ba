"""What is wrong with a mail as somebody would get it (A11, B4, and what mailbox providers refuse)?

Looks at finished words only. Each finding says in which part, near which words, and what.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, NamedTuple

MOST_SUBJECT = 78  # characters that a line of a header should not pass (RFC 5322)
MOST_HTML = 102_000  # bytes: Gmail cuts off what is longer, with the address and the way out
ACTIVE = frozenset({"script", "form", "input", "button", "select", "textarea", "iframe", "object", "embed", "video",
                    "audio", "base", "svg"})  # fmt: skip
SAFE_LINKS = ("https:", "mailto:", "tel:", "#")
ADDRESS = re.compile(r"https?://\S+")
QUESTION = re.compile(r"[?？؟]+")
HOLE = re.compile(r"\S* [,.!?;:](?=\s|$)|\(\s*\)", re.MULTILINE)
HREF = re.compile(r'\bhref="([^"]*)"')
FIELD = re.compile(r"\{\{(.*?)\}\}")
#: Fields that may stand in a link as they are: they are addresses themselves.
LINKS = re.compile(r"links\.\w+|sender\.(phone|email)")

Context = Mapping[str, Any]
Finding = tuple[str, str, str, dict[str, Any]]  # part, words near it, code, values


class Letter(NamedTuple):
    """What one of the people that it is tried out with would get."""

    contact: str
    subject: str
    text: str
    html: str
    context: Context


@dataclass
class Page(HTMLParser):
    """What a mail program makes of the HTML."""

    html: str
    words: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    pictures: list[tuple[str, str]] = field(default_factory=list)
    active: list[str] = field(default_factory=list)
    hidden: bool = False

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.hidden = tag in ("style", "title")
        self.active += [tag] if tag in ACTIVE or any(name.startswith("on") for name in given) else []
        self.links += [given["href"]] if tag in ("a", "area") and "href" in given else []
        if tag == "img":
            self.pictures.append((given.get("src", ""), given.get("alt", "").strip()))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - HTMLParser's signature
        self.hidden = False

    def handle_data(self, data: str) -> None:
        self.words += [] if self.hidden else [data]

    @property
    def shown(self) -> str:
        return " ".join(" ".join(self.words).split())


def as_written(subject: str, html: str) -> Iterator[Finding]:
    """What the template itself shows, whoever gets it."""
    if "\n" in subject.strip() or "\r" in subject.strip():
        yield "subject", "", "subject_lines", {}
    for href in HREF.findall(html):
        for name in FIELD.findall(href):
            if not LINKS.fullmatch(name.strip()) and not name.rstrip().endswith("urlencode"):
                yield "html", href, "href_not_encoded", {"wanted": name.strip()}


def as_received(letter: Letter, *, marketing: bool, answers: bool) -> Iterator[Finding]:
    """What this person would see."""
    page = Page(letter.html)
    yield from _subject(letter)
    yield from _questions(letter, page)
    yield from _complete(letter, page, marketing)
    yield from _markup(letter, page)
    earlier = letter.context["earlier"]
    if answers and earlier:
        line = earlier["lines"][0]
        yield from ((part, "", "no_quote", {}) for part, words in _both(letter, page) if line not in words)
    for part, words in (("subject", letter.subject), ("text", ADDRESS.sub("", letter.text))):
        found = HOLE.search(words)
        if found and not letter.context["person"]["name"]:
            yield part, "", "hole", {"words": found[0].strip()}


def _both(letter: Letter, page: Page) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("text", letter.text), ("html", page.shown)


def _subject(letter: Letter) -> Iterator[Finding]:
    if not letter.subject:
        yield "subject", "", "subject_empty", {}
    if len(letter.subject) > MOST_SUBJECT and "<" not in letter.subject:  # a joker's name may be as long as it likes
        yield "subject", "", "subject_long", {"subject": letter.subject, "length": len(letter.subject),
                                              "most": MOST_SUBJECT}  # fmt: skip


def _questions(letter: Letter, page: Page) -> Iterator[Finding]:
    """B4: one clear question. What is quoted was asked before."""
    own = "\n".join(line for line in letter.text.splitlines() if not line.startswith(">"))
    for part, words in (("text", own), ("html", page.shown)):
        count = len(QUESTION.findall(ADDRESS.sub("", words)))
        if count != 1:
            yield part, "?", "questions", {"count": count, "contact": letter.contact}


def _complete(letter: Letter, page: Page, marketing: bool) -> Iterator[Finding]:
    """A11, and what the law wants of marketing mail."""
    sender, out = letter.context["sender"], letter.context["links"]["unsubscribe"]
    if len(letter.text.split()) < 3:
        yield "text", "", "text_empty", {}
    for part, words in _both(letter, page):
        if marketing and sender["postal_address"] not in words:
            yield part, "", "no_postal_address", {}
        if not all(each in words for each in (sender["name"], sender["phone"], sender["email"])):
            yield part, "", "no_signature", {}
    for part, there in (("text", out in letter.text), ("html", out in page.links)):
        if marketing and not there:
            yield part, "", "no_unsubscribe", {}


def _markup(letter: Letter, page: Page) -> Iterator[Finding]:
    size = len(letter.html.encode())
    if size > MOST_HTML:
        yield "html", "", "html_long", {"length": size, "most": MOST_HTML}
    yield from (("html", f"<{tag}", "active_content", {"tag": tag}) for tag in page.active)
    for source, words in page.pictures:
        if not words:
            yield "html", source, "image_without_alt", {"source": source}
    for link in (*page.links, *(source for source, _ in page.pictures)):
        if not link.lower().startswith(SAFE_LINKS):
            yield "html", link, "link_not_https", {"link": link}
