"""When does an automatic reply say that somebody is back?

Read in English, German, Russian, Romanian and French, and only where it is plain: 01/02 is February or January.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, timedelta
from email.utils import parsedate_to_datetime

MONTHS = (
    "january jan января ianuarie januar jän jänner janvier",
    "february feb февраля februarie februar février",
    "march mar марта martie märz mär mars",
    "april apr апреля aprilie avril",
    "may мая mai",
    "june jun июня iunie juni juin",
    "july jul июля iulie juli juillet",
    "august aug августа août",
    "september sept sep сентября septembrie septembre",
    "october oct октября octombrie oktober okt octobre",
    "november nov ноября noiembrie novembre",
    "december dec декабря decembrie dezember dez décembre",
)
DAYS = (
    "monday montag понедельник понедельника luni lundi",
    "tuesday dienstag вторник вторника marți marti mardi",
    "wednesday mittwoch среду среды miercuri mercredi",
    "thursday donnerstag четверг четверга joi jeudi",
    "friday freitag пятницу пятницы vineri vendredi",
    "saturday samstag sonnabend субботу субботы sâmbătă sambata samedi",
    "sunday sonntag воскресенье воскресенья duminică duminica dimanche",
)


def _names(of: tuple[str, ...]) -> dict[str, int]:
    return {name: number for number, names in enumerate(of, 1) for name in names.split()}


def _one_of(names: dict[str, int]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


MONTH, WEEKDAY = _names(MONTHS), _names(DAYS)
DAY = re.compile(
    r"(?P<iso>\d{4}-\d\d-\d\d)"
    r"|(?<![\d.])(?P<dotted>\d{1,2}\.\d{1,2}\.(?:\d{4}|\d\d)?)(?!\.?\d)"
    r"|(?<![\d/])(?P<slashed>\d{1,2}/\d{1,2}/\d{4})(?![/\d])"
    rf"|(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|er)? (?:of )?(?P<month>{_one_of(MONTH)})\b\.?(?:,? (?P<year>\d{{4}}))?"
    rf"|\b(?P<month2>{_one_of(MONTH)})\.? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<year2>\d{{4}}))?"
    rf"|\b(?P<weekday>{_one_of(WEEKDAY)})\b(?!,? (?:the )?\d)",
    re.I,
)
BACK = re.compile(
    r"\b(until|till|til|through|thru|to|back|return\w*|resume|reachable|available again|from|до|по|вернусь|выйду|выхожу"
    r"|буду|возвраща\w*|pân[aă]|revin\w*|întorc|intorc|reîntorc|bis|zurück|wieder|ab|jusqu\w*|retour)\b",
    re.I,
)
NEAR = 32  # characters before a date in which a word must say that it is one of return


def return_date(text: str, sent: str) -> date | None:
    """The day on which somebody is back, where an automatic reply states it plainly; the latest one named.

    A day without a year is the next such day after the mail was `sent` (its Date header).
    """
    text = " ".join(text[:5_000].split())
    today = None
    with suppress(ValueError, TypeError, OverflowError):
        today = parsedate_to_datetime(sent).date()
    named = [each for each in DAY.finditer(text) if BACK.search(text[max(0, each.start() - NEAR) : each.start()])]
    return max((day for each in named if (day := _day(each, today))), default=None)


def _day(found: re.Match[str], today: date | None) -> date | None:
    with suppress(ValueError, TypeError, OverflowError):
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        if found["weekday"]:
            return today and today + timedelta((WEEKDAY[found["weekday"].lower()] - today.isoweekday() - 1) % 7 + 1)
        day, month, year = _numbers(found)
        if year:
            return date(int(year) + (2000 if int(year) < 100 else 0), month, day)
        return min(each for each in _both(today, month, day) if today and each >= today)
    return None


def _numbers(found: re.Match[str]) -> tuple[int, int, str]:
    if found["dotted"]:
        day, month, year = found["dotted"].split(".")
        return int(day), int(month), year
    if found["slashed"]:
        first, second, year = found["slashed"].split("/")
        if int(first) <= 12 and int(second) <= 12 and first != second:
            raise ValueError("the first or the second may be the month")
        return (int(first), int(second), year) if int(first) > 12 else (int(second), int(first), year)
    month = MONTH[(found["month"] or found["month2"]).lower()]
    return int(found["day"] or found["day2"]), month, found["year"] or found["year2"] or ""


def _both(today: date | None, month: int, day: int) -> list[date]:
    """This year's and the next; 29 February is not in every one."""
    found = []
    for year in (today.year, today.year + 1) if today else ():
        with suppress(ValueError):
            found.append(date(year, month, day))
    return found
