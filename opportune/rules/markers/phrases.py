"""In which shape does a language module list what people say about being called or written to?

Written for reading: a space stands for any white space, "…" for up to four words in between. All repeats are bounded,
so a text of any length is read in one pass.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

GAP = r"(?:[\w'-]{1,25},?\s{1,3}){0,4}"
BEFORE, AFTER = 80, 60  # how far around a phrase its sentence is read
SENTENCE_END = re.compile(r"[.!?;](?=\s)|\n\s{0,3}\n")


def compiled(*forms: str) -> re.Pattern[str]:
    spaced = (
        form.replace(" ?", r"\s{0,3}").replace(" …", r",? …").replace(" ", r"\s{1,3}").replace("…", GAP)
        for form in forms
    )
    return re.compile("|".join(spaced))


@dataclass(frozen=True, slots=True)
class Phrases:
    """What is said in one language. `stems`: without one of these none of the rest can match.

    wants: channel -> wishes; refuses: channel -> what only a person says who does not want it; away: work that leaves
    no time to talk (A9); callback: the wishes for a call that ask for one now (C4).
    negation and not_theirs end where a wish begins, not_meant where a refusal begins; only_now and if_need_be begin
    where it ends. rather: makes a wish the stronger of two. will_call: "I'll call you back".
    """

    stems: re.Pattern[str]
    wants: dict[str, re.Pattern[str]]
    refuses: dict[str, re.Pattern[str]]
    away: re.Pattern[str]
    callback: re.Pattern[str]
    will_call: re.Pattern[str]
    negation: re.Pattern[str]
    not_theirs: re.Pattern[str]
    only_now: re.Pattern[str]
    not_meant: re.Pattern[str]
    if_need_be: re.Pattern[str]
    rather: re.Pattern[str]


def letters() -> dict[int, str]:
    """Which sign is read as which."""
    latin = [*range(0xC0, 0x250), *range(0x1E00, 0x1F00)]
    bare = {code: unicodedata.normalize("NFD", chr(code))[0] for code in latin}
    table = {code: letter for code, letter in bare.items() if letter.isascii()} | {ord("ё"): "е", ord("Ё"): "е"}
    table |= {ord(mark): "'" for mark in "’‘ʼ`´"} | {ord(mark): '"' for mark in "“”„«»"}
    table |= {ord(mark): "-" for mark in "‐‑‒–—"} | {ord("…"): "."}
    return table | {ord(mark): " " for mark in "\u00a0\u202f\u2009\u200b\u200e\u200f\ufeff\t\r"}


_PLAIN = letters()


def plain(text: str) -> tuple[str, str]:
    """The text as it was written, and letter for letter without case, accents and typographic quotes."""
    written = unicodedata.normalize("NFC", text)
    return written, written.translate(_PLAIN).lower()


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase in its place, with the rest of its sentence on either side."""

    start: int
    end: int
    before: str
    after: str


def found(pattern: re.Pattern[str], text: str) -> Iterator[Found]:
    for hit in pattern.finditer(text):
        start, end = hit.span()
        before = text[max(0, start - BEFORE) : start]
        for stop in SENTENCE_END.finditer(before):
            before = text[max(0, start - BEFORE) + stop.end() : start]
        after = text[end : end + AFTER]
        stop_after = SENTENCE_END.search(after)
        yield Found(start, end, before.lstrip(), after[: stop_after.start()] if stop_after else after)


def quote(written: str, place: Found, most: int = 200) -> str:
    """The person's own words: the sentence of a phrase, as far as it was read."""
    start, end = place.start - len(place.before), place.end + len(place.after)
    words = written[start:end] if end - start <= most else written[place.start : place.start + most]
    return " ".join(words.split())
