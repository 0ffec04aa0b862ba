"""Does a text ask for a time, or does it only mention one?

"Tomorrow after 5pm, please" is little else than a time. "My fridge broke on Friday" and "We are at 10 Downing Street"
are not, and nobody wants to wait for a call until next Friday because of them. Read from `markers.phrases.plain` text.
"""

from __future__ import annotations

import re
from dataclasses import replace

from opportune.rules.markers.phrases import compiled
from opportune.rules.said_later import AHEAD, DATE, NEXT, UNREAD, WEEKDAYS
from opportune.rules.said_time import CLOCK, DAYS, PARTS, SaidTime, time_in

MOST = 1  # words beside the time that say something: a name, "driving"
_WORDS = "|".join([*(forms for _, forms in (*DAYS, *PARTS)), *WEEKDAYS])
_TIMES = (UNREAD, DATE, NEXT, AHEAD, re.compile(rf"\b(?:{_WORDS})\b"), CLOCK)
_WORD = re.compile(r"[^\W\d_]+")
#: Polite, or they say no more than when somebody can be reached.
_POLITE = """
please thanks thank hi hello dear regards best i am m s is it the a an on at in of or and if to for from be me we us
will would can could may better ideally any anytime time o clock free available reachable back busy until not only
but so by around after before between then ok fine good works call ring phone talk speak again some this next with
office home work lunch meeting
пожалуйста спасибо здравствуйте добрый я мне меня нас можно могу лучше удобно удобнее любое время свободен свободна
буду если только не но и или в во на с со к до по после около примерно звоните звонить звонок позвоните перезвонить
поговорить
va rog multumesc mersi buna ziua salut eu sunt fi pot as puteti mai bine liber libera disponibil disponibila doar nu
e este orice ora orele oricand daca si sau de la pe in cu pentru dupa pana sunati ma ne vorbi vorbim
"""
POLITE = frozenset(_POLITE.split())
_HAPPENED = compiled(
    r"\b(?:last|since|ago|yesterday|got|ordered|bought|paid|sent|received|arrived|delivered|broken?"
    r"|stopped|failed|talked|spoke|spoken|wrote|written|met)\b|(?<!\bbe\s)\bcalled\b",
    r"\b(?:вчера|назад|прошл[а-я]{2,3}|(?:по|до)?говорили|разговаривали|(?:за|по)?звонил[аи]?|писал[аи]?"
    r"|заказ(?:ал|ыва)[а-я]{0,3}|купил[аи]?|оплатил[аи]?|получил[аи]?|[а-я]{3,20}л(?:ся|ась|ось|ись))\b",
    r"\b(?:ieri|acum|trecuta?|comandat|cumparat|platit|trimis|primit|vorbit|sunat|scris|stricat)\b",
)
_NUMBER = compiled(
    r"\b(?:(?:tel|phone|mobile?|cell|number|nr|numar)[a-z]{0,7}|(?:тел|моб|номер)[а-я]{0,8})[.:]? ?\+?\d[\d ().-]{4,20}"
)
_THREE = re.compile(r"(?<![\d.-])(\d\d)-(\d\d)-\d\d(?![\d-])")


def time_alone(small: str) -> SaidTime | None:
    """The moment that a text names which is little else."""
    shown = _without_numbers(small)
    said, most = time_in(shown), 0 if "?" in shown else MOST
    return said if said and not _gone(said, shown) and len(_rest(shown)) <= most else None


def time_meant(small: str) -> SaidTime | None:
    """The moment for which a call is noted; not clear where that day may be long gone: "talked on Monday"."""
    shown = _without_numbers(small)
    said = time_in(shown)
    return replace(said, clear=said.clear and not _gone(said, shown)) if said else None


def _without_numbers(small: str) -> str:
    """Their digits hidden: a number to call is no time, and 22-33-44 is no day of any year."""
    return _THREE.sub(lambda hit: hit[0] if _is_day(hit) else _hidden(hit), _NUMBER.sub(_hidden, small))


def _gone(said: SaidTime, small: str) -> bool:
    """Something happened, and nothing is said of how far ahead."""
    ahead = said.days or said.weeks or said.seconds
    return not ahead and bool(_HAPPENED.search(small))


def _hidden(hit: re.Match[str]) -> str:
    return re.sub(r"\d", "#", hit[0])


def _is_day(hit: re.Match[str]) -> bool:
    return min(int(hit[1]), int(hit[2])) <= 12 and max(int(hit[1]), int(hit[2])) <= 31


def _rest(small: str) -> list[str]:
    for times in _TIMES:
        small = times.sub(" ", small)
    return [word for word in _WORD.findall(small) if word not in POLITE]
