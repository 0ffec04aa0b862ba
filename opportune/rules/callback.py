"""Does a text ask to be called back, on which number, whom, and when (C4)? "Call me back on 8 (499) …, Eugene."

The number is the one next to the request, read as people of that country write it. A number without a request is a
signature, and asks for nothing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberMatcher, format_number

from opportune.rules.markers import is_asked, spoken
from opportune.rules.markers.phrases import SENTENCE_END, Found, found, plain, quote
from opportune.rules.said_time import SaidTime, time_in

NEAR = 150  # characters around a request in which its number and name stand
MOST = 20  # requests looked at: reading numbers is slow, and nobody asks so often
FAX = re.compile(r"\bfax\W{0,3}$|\bфакс\W{0,3}$")
INTRODUCED = re.compile(
    r"\b(?:my name is|this is|it's|ask for|i'm|i am|name:|меня зовут|это|спросите|спросить|имя:|ma numesc|ma cheama"
    r"|numele meu (?:este|e)|intrebati de|cereti cu|sunt|nume:) "
)
CLOSED = re.compile(
    r"\b(?:regards|best|thanks|thank you|sincerely|cheers|yours|с уважением|спасибо|благодарю|cu stima|cu respect"
    r"|multumesc|o zi buna|toate cele bune)\b[\s,.!-]{1,6}"
)
SIGNED = re.compile(r"\s{0,3}\)?[,;:\n-]\s{0,3}|\s{0,3}\(")  # between a number and the name after it
_SPACES = {ord(mark): " " for mark in "\u00a0\u202f\u2009\u200b\u200e\u200f\ufeff"}
DIRECTIONS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
NO_NAMES = """
thanks thank regards best please cheers hi hello dear office mobile cell work home ext extension tel phone fax i we
monday tuesday wednesday thursday friday saturday sunday after before today tomorrow until and or any urgent my our
the is as at in on it he she that
спасибо с после завтра сегодня до моб доб тел раб факс или и срочно пожалуйста это если можно мой мы я он она жду
multumesc dupa maine azi va interior sau si cu pana mobil birou daca eu este
"""


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """`number` in E.164, None where none was given or it cannot exist: the known one is used. `when` as it was said."""

    evidence: str
    number: str | None = None
    extension: str | None = None
    name: str | None = None
    when: str | None = None
    at: SaidTime | None = None


def callback_in(text: str, country: str | None) -> CallbackRequest | None:
    """The request in a text of any length, its quotes taken off; of several the first that names a number."""
    written, small = plain(text)
    asked = [(place, _number(written, small, place, country)) for place in _requests(small)]
    if not asked:
        return None
    place, number = next((each for each in asked if each[1]), asked[0])
    start, end = _sentence(small, place, number)
    line = small[start:end]
    if number:  # its digits are no time of day
        line = line[: number.start - start] + "#" * (number.end - number.start) + line[number.end - start :]
    at = time_in(line)
    ends = [each for each in (number and number.end, at and start + at.said[1]) if each]
    return CallbackRequest(
        evidence=quote(written, place),
        number=format_number(number.number, PhoneNumberFormat.E164) if number else None,
        extension=number.number.extension if number else None,
        name=_name(written, small, place, ends),
        when=" ".join(written[start + at.said[0] : start + at.said[1]].split()) if at else None,
        at=at,
    )


def _requests(small: str) -> list[Found]:
    asked: list[Found] = []
    for said in spoken(small):
        for place in found(said.callback, small):
            if is_asked(place, said):
                asked.append(place)
            if len(asked) >= MOST:
                return asked
    return asked


@dataclass(frozen=True, slots=True)
class _Placed:
    start: int
    end: int
    number: PhoneNumber


def _number(written: str, small: str, place: Found, country: str | None) -> _Placed | None:
    """The first number after the request, else the last before it."""
    start = max(0, place.start - NEAR)
    near = written[start : place.end + NEAR].translate(_SPACES)
    hits = [_Placed(start + hit.start, start + hit.end, hit.number) for hit in PhoneNumberMatcher(near, country)]
    usable = [hit for hit in hits if not FAX.search(small[max(0, hit.start - 10) : hit.start])]
    after = [hit for hit in usable if hit.start >= place.end]
    return next(iter(after or usable[-1:]), None)


def _sentence(small: str, place: Found, number: _Placed | None) -> tuple[int, int]:
    """From where to where a time of day belongs to the request: its sentence, and that of the number after it."""
    end = max(place.end, number.end if number else 0)
    stop = SENTENCE_END.search(small, end, end + NEAR)
    start = place.start - len(place.before)
    return min(start, number.start) if number else start, stop.start() if stop else end + NEAR


def _name(written: str, small: str, place: Found, ends: list[int]) -> str | None:
    """Introduced, or signed right after the number or the time, or below a greeting at the end."""
    start, end = max(0, place.start - NEAR), max([place.end, *ends]) + NEAR
    places = [hit.end() for hit in INTRODUCED.finditer(small, start, end)]
    places += [signed.end() for at in ends if (signed := SIGNED.match(small, at))]
    places += [hit.end() for hit in CLOSED.finditer(small, place.end, end)]
    return next((name for at in places if (name := _name_at(written, at))), None)


def _name_at(written: str, at: int) -> str | None:
    """Up to four words that begin like a name in their script, to the end of the line or clause."""
    line = re.split(r"[,;:!?()\n\"|]|\.(?=\s|$)", written[at : at + 60])[0].translate(DIRECTIONS)
    words: list[str] = []
    for word in line.split()[:4]:
        if not _like_a_name(word):
            break
        words.append(word)
    return " ".join(words) or None


def _like_a_name(word: str) -> bool:
    """Capital letters, scripts that have none, and signs such as an emoji."""
    first = unicodedata.category(word[0])
    fits = first in ("Lu", "Lo", "So")
    return fits and plain(word)[1] not in NO_NAMES.split() and not any(letter.isdigit() for letter in word)
