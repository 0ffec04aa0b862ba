"""Which day or hour further ahead do a person's words name: "in two weeks", "next Thursday", "12 марта", "peste o oră"?

Read from `markers.phrases.plain` text. What names a time that is not understood is answered as such: nobody is called
in ten minutes who said "next month".
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from opportune.rules.markers.phrases import compiled

WEEKDAYS = (
    r"monday|понедельник|luni|lunea",
    r"tuesday|вторник|marti|martea",
    r"wednesday|среду|miercuri|miercurea",
    r"thursday|четверг|joi|joia",
    r"friday|пятницу|vineri|vinerea",
    r"saturday|субботу|sambata",
    r"sunday|воскресенье|duminica",
)
MAI = r"mai(?! (?:bine|multe?|putin|usor|simplu|comod|tarziu|devreme|repede)\b)"  # else it is "more": mai târziu
MONTHS = (
    r"january|jan|января|ianuarie",
    r"february|feb|февраля|februarie",
    r"march|mar|марта|martie",
    r"april|apr|апреля|aprilie",
    r"may(?! (?:be|work|suit|i|we|you)\b)|мая|" + MAI,
    r"june|jun|июня|iunie",
    r"july|jul|июля|iulie",
    r"august|aug|августа",
    r"september|sept?|сентября|septembrie",
    r"october|oct|октября|octombrie",
    r"november|nov|ноября|noiembrie",
    r"december|dec|декабря|decembrie",
)
LONE = (  # said without a day; the short forms are names too: "from Jan"
    r"january|february|march|april|may|june|july|august|september|october|november|december|ianuarie|februarie|martie"
    rf"|aprilie|{MAI}|iunie|iulie|septembrie|octombrie|noiembrie|decembrie"
)
IN_MONTH = r"(?:январ|феврал|март|апрел|июн|июл|август|сентябр|октябр|ноябр|декабр)[а-я]{0,2}\b|ма[йяюе]\b"
NUMBERS: dict[str, float] = {
    "": 1, "a": 1, "an": 1, "one": 1, "один": 1, "одну": 1, "o": 1, "un": 1, "half an": 0.5, "half a": 0.5,
    "jumatate de": 0.5, "o jumatate de": 0.5, "a quarter of an": 0.25, "un sfert de": 0.25, "четверть": 0.25,
    "полтора": 1.5, "полторы": 1.5, "a couple of": 2, "couple of": 2, "пару": 2, "two": 2, "два": 2, "две": 2, "doi": 2,
    "doua": 2, "three": 3, "три": 3, "trei": 3, "four": 4, "четыре": 4, "patru": 4, "five": 5, "пять": 5, "cinci": 5,
    "six": 6, "шесть": 6, "sase": 6, "seven": 7, "семь": 7, "sapte": 7, "eight": 8, "восемь": 8, "opt": 8, "nine": 9,
    "девять": 9, "noua": 9, "ten": 10, "десять": 10, "zece": 10,
}  # fmt: skip
ABOUT = {"about", "around", "roughly", "примерно", "где-то", "около", "vreo", "cam", "aproximativ", "circa"}
VAGUE = (
    r"the|next|few|several|some|or|to|and|at|least|more|another|business|working|несколько|или|рабочих|рабочие|какое-то"
    r"|некоторое|cateva|sau|cel|putin|de"
)
COUNT = rf"(?:{'|'.join(sorted({*' '.join(NUMBERS).split(), *ABOUT}))}|{VAGUE}|\d{{1,3}}(?:[.,/-]\d{{1,3}})?)"
#: in seconds; None: longer than anybody should wait for a machine to remember, or no length at all
UNITS: tuple[tuple[int | None, str], ...] = (
    (60, r"minutes?|mins?|минут[аыку]{0,2}|мин"),
    (1800, r"полчас(?:а|ика)"),
    (3600, r"hours?|hrs?|h|час(?:а|ов|ик|ика)?|ч|ora|ore"),
    (86400, r"days?|день|дня|дней|zi|zile"),
    (7 * 86400, r"weeks?|недел(?:ю|и|ь|ьку|ьки)|saptaman[ai]"),
    (None, r"months?|quarters?|years?|time|while|месяц(?:а|ев)?|квартал|год|года|лет|время|luna|luni|ani?|timp|vreme"),
)
UNIT = "|".join(forms for _, forms in UNITS)
AHEAD = compiled(
    rf"\b(?:(?:in|after|peste|dupa|через|спустя) |intr-)(?P<many>(?:{COUNT}(?: |(?<=\d))){{0,4}})(?P<unit>{UNIT})\b"
    r"(?P<half> and a half| si jumatate| с половиной)?(?! (?:ago|back)\b)"
)
ON = (
    r"(?:\b(?:(?:on|pe) (?:the |data de )?"
    r"|(?P<but>not|except|after|until|till|before|by|не|кроме|после|до|nu|dupa|pana|inainte) "
    r"(?:(?:on|in|the|la|de|pe|на|в) ){0,2}))?"
)
_DAY = "|".join(WEEKDAYS)
NEXT = compiled(
    rf"{ON}\b(?:(?:next|following) (?:week|{_DAY})|(?:следующ|будущ)[а-я]{{2}} (?:недел[а-я]{{1,4}}|{_DAY})"
    rf"|(?:saptamana|{_DAY}) (?:viitoare|urmatoare|care vine))\b"
)
_MONTH = "|".join(MONTHS)
DATE = compiled(
    rf"{ON}(?<![\d.:/-])(?:\b(?P<day>[0-3]?\d)(?:st|nd|rd|th|-?го|-?е)?(?: of)? (?P<month>{_MONTH})\b"
    rf"|\b(?P<month_>{_MONTH}) (?:the )?(?P<day_>[0-3]?\d)(?:st|nd|rd|th)?\b(?![:.]\d| ?[ap]\.?m\b| ?%))"
    r"(?:,? (?P<year>20\d\d)\b(?! ?[:.]))?"
)
#: What names a time and is not read above, or more of it than is read: whoever is at the desk reads it.
UNREAD = compiled(
    r"\b(?:next|following) (?:months?|years?|quarter|weekend|days?|few|couple|several|spring|summer|autumn|winter)\b",
    r"\bnext (?:\d|two|three|four)",
    r"\blate(?:r)? (?:in )?(?:the |this |next )?(?:week|month|year)\b",
    r"(?<!no\s)(?<!not\s)\blater\b(?! than)",
    r"\bweek after\b|\bday week\b|\b(?:days?|weeks?|months?) from\b|\b(?:a|one) week on\b",
    r"\b(?:end|beginning|start|middle) of (?:the |this |next )?(?:day|week|month|quarter|year)\b",
    r"\b(?:at|on|over|after) (?:the |my )?(?:weekend|holidays?|vacation|christmas|easter|new year)\b",
    r"\bin (?:the )?(?:spring|summer|autumn|winter|new year)\b",
    r"\bwhen (?:i am|i'm|we are|we're) back\b|\bwhen (?:i|we) return\b",
    r"\b(?:on|by|until|after) the \d{1,2}(?:st|nd|rd|th)\b(?! (?:floor|street|avenue))",
    rf"\b(?:in|early|late|mid|from|until|till|after|before|by|din|prin|dupa|luna)[ -](?:{LONE})\b",
    rf"\d (?:{_MONTH})\b",
    r"\b(?:следующ|будущ)[а-я]{2,3} (?:месяц|год|квартал|выходн)",
    r"\b(?:на той неделе|на днях|попозже|в выходные|на выходных|летом|осенью|зимой|весной)\b",
    r"\b(?:начал|конц|середин)[аеыу] (?:этой |следующей |этого |следующего )?(?:дня|недел|месяц|квартал|год)",
    r"\b(?:час|минут|дн|недел|месяц)[а-я]{0,3} через\b|(?<!не\s)\b(?:позже|позднее)\b",
    r"\bпосле (?:праздников|отпуска)\b|\bкогда вернусь\b",
    r"\b\d{1,2}(?:-?го)? числа\b|\b\d{1,2}-го\b",
    rf"\b(?:в|к|с|до|после|начал[еау]|конц[еау]|середин[еуы]) (?:{IN_MONTH})",
    r"\b(?:luna|anul|trimestrul|vara|toamna|iarna|primavara|weekendul) (?:viito(?:r|are)|urmato(?:r|are)|care vine)\b",
    r"\bzilele (?:urmatoare|viitoare|acestea)\b|\bsaptamana cealalta\b|(?<!nu\s)\bmai tarziu\b|\bin weekend\b",
    r"\b(?:sfarsitul|inceputul|mijlocul) (?:saptamanii|lunii|anului|zilei)\b",
    r"\bdupa (?:sarbatori|concediu|vacanta|paste|craciun)\b|\bcand ma intorc\b|\bla (?:vara|toamna|iarna|primavara)\b",
    r"\bpe (?:data de )?\d{1,2}\b(?![:.]\d)",
    r"\b\d{1,2}[./-]\d{1,2}[./-](?:\d\d){1,2}\b|\b20\d\d-\d\d-\d\d\b|\b(?!24/7)\d{1,2}/\d{1,2}\b(?!/)",
    # 12.03 is a day as often as an hour, unless it is "at 12.10"
    r"(?<![\d.:])(?<!\bat\s)(?<!\bв\s)(?<!\bla\s)(?<!\bora\s)\b[0-3]?\d\.(?:0[1-9]|1[0-2])\b(?![:.]\d)",
)  # fmt: skip
_MONTHS = [compiled(forms) for forms in MONTHS]
_UNITS = [(seconds, re.compile(forms)) for seconds, forms in UNITS]


@dataclass(frozen=True, slots=True)
class SaidLater:
    """`said`: where in the text. `seconds` from now, `days` from today, `weeks` on by the calendar, or a `date` (day,
    month, year if said). `clear` is False where a time was named that is not understood."""

    said: tuple[int, int]
    seconds: int | None = None
    days: int | None = None
    weeks: int | None = None
    date: tuple[int, int, int | None] | None = None
    clear: bool = True


def later_in(small: str) -> SaidLater | None:
    """The first that is understood, unless more was said of it."""
    read = next((said for read in (_date, _next, _ahead) if (said := read(small)) is not None), None)
    start, end = read.said if read else (0, 0)
    for hit in UNREAD.finditer(small):
        if not start <= hit.start() <= hit.end() <= end:
            return SaidLater((min(hit.start(), start) if read else hit.start(), max(hit.end(), end)), clear=False)
    return read


def _date(small: str) -> SaidLater | None:
    hit = DATE.search(small)
    if hit is None:
        return None
    name = hit["month"] or hit["month_"]
    month = next(number for number, forms in enumerate(_MONTHS, 1) if forms.fullmatch(name))
    year = int(hit["year"]) if hit["year"] else None
    return SaidLater(hit.span(), date=(int(hit["day"] or hit["day_"]), month, year), clear=not hit["but"])


def _next(small: str) -> SaidLater | None:
    """Next Thursday is next week's, as the later of what it can mean: nobody is called before the time they named."""
    hit = NEXT.search(small)
    return SaidLater(hit.span(), weeks=1, clear=not hit["but"]) if hit else None


def _ahead(small: str) -> SaidLater | None:
    hit = next((each for each in AHEAD.finditer(small) if _is_length(each)), None)
    if hit is None:
        return None
    seconds = next(seconds for seconds, forms in _UNITS if forms.fullmatch(hit["unit"]))
    many = _number(hit["many"])
    if seconds is None or many is None:
        return SaidLater(hit.span(), clear=False)
    ahead = (many + (0.5 if hit["half"] else 0)) * seconds
    if seconds < 86400:
        return SaidLater(hit.span(), seconds=math.ceil(ahead))
    weeks = int(many) if seconds > 86400 else None
    return SaidLater(hit.span(), days=math.ceil(ahead / 86400), weeks=weeks)


def _is_length(hit: re.Match[str]) -> bool:
    """One hour is "через час"; "after hours" is none, nor is "in time", and "after 15h" is an hour of the day."""
    if hit["unit"] == "h" and hit[0].startswith(("after", "dupa")):
        return False
    return bool(hit["many"]) or hit[0].startswith(("через", "спустя"))


def _number(many: str) -> float | None:
    said = " ".join(word for word in many.split() if word not in ABOUT)
    bare = said.removesuffix(" de")  # 20 de minute
    return int(bare) if bare.isdigit() and len(bare) <= 3 else NUMBERS.get(said)
