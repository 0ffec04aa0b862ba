"""When does a person want to be called, going by their own words: "tomorrow after 5pm", "завтра утром", "mâine la 15"?

Read from `markers.phrases.plain` text: small letters, no accents. What could be morning or evening stays unread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from opportune.rules.facts import DAY, Instant
from opportune.rules.said_later import WEEKDAYS, SaidLater, later_in
from opportune.rules.zones import local

SOON = 600  # seconds; C4: a callback is promised within ten minutes where nothing else was said
OPENS = 9  # "tomorrow" alone means from this hour on
FAR = 92  # days; further ahead a day named is as likely gone: "my order of 12 March"

DAYS = (
    (2, r"day after tomorrow|послезавтра|poimaine"),
    (1, r"tomorrow|завтра|maine"),
    (0, r"today|tonight|this (?:morning|afternoon|evening)|сегодня|azi|astazi|diseara"),
)
PARTS = (
    (14, r"afternoon|after lunch|после обеда|днем|dupa[ -](?:amiaza|masa|pranz)"),
    (9, r"morning|утром|с утра|dimineata"),
    (12, r"noon|midday|lunch ?time|полдень|в обед|pranz"),
    (17, r"evening|tonight|вечером|seara|diseara"),
)
ABOUT = r"after|from|past|between|после|с|между|dupa|de la|intre"  # from then on
EXACT = r"at|around|about|в|около|к|la|pe la|in jur de"
UNTIL = r"before|by|until|till|later than|до|не позже|не позднее|inainte de|pana la|mai tarziu de"
MORNING, EVENING = r"a\.?m\b|утра|dimineata", r"p\.?m\b|дня|вечера|seara|dupa[ -](?:amiaza|masa)"
CLOCK = re.compile(
    rf"(?:\b(?P<how>{ABOUT}|{EXACT}|{UNTIL})\s{{1,3}}(?:(?:ora|orele)\s{{1,3}})?)?\b(?P<hour>[01]?\d|2[0-3])"
    rf"(?:[:.](?P<minute>[0-5]\d))?(?![\d:/])(?:\s{{0,3}}(?:h\b|hours|o'clock|часов|часа|час|ч\b))?"
    rf"(?:\s{{0,3}}(?:(?P<am>{MORNING})|(?P<pm>{EVENING})))?"
)
NO_CLOCK = re.compile(r"\s{0,3}(?:minutes?|min\b|days?|weeks?|%|минут|дней|дня|недел|minute|zile|euro|eur|€|\$)")


def _words(forms: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{forms})\b")


_DAYS = [(ahead, _words(forms)) for ahead, forms in DAYS]
_WEEKDAYS = [(day, _words(forms)) for day, forms in enumerate(WEEKDAYS)]
_PARTS = [(hour, _words(forms)) for hour, forms in PARTS]


@dataclass(frozen=True, slots=True)
class SaidTime:
    """`said`: where in the text. `seconds` ahead; or `days` ahead, a `date` (day, month, year if said) or a `weekday`
    (0 is Monday), `weeks` on by the calendar; the local `hour` and `minute`, and whether any time `onwards` is meant.
    `clear` is False where what was named could be two, or is not understood."""

    said: tuple[int, int]
    days: int | None = None
    weekday: int | None = None
    hour: int | None = None
    minute: int = 0
    onwards: bool = True
    clear: bool = True
    seconds: int | None = None
    weeks: int | None = None
    date: tuple[int, int, int | None] | None = None


def time_in(small: str) -> SaidTime | None:
    """The moment that a short text names, if any."""
    later = later_in(small)
    if later is None:
        return _time_in(small)
    start, end = later.said
    rest = _time_in(small[:start] + re.sub(r"\d", "#", small[start:end]) + small[end:])  # those are no time of day
    return _both(later, rest) if rest else _both(later, SaidTime(later.said))


def _both(later: SaidLater, rest: SaidTime) -> SaidTime:
    """In an hour at five, tomorrow in two weeks: which of them, a person asks."""
    said = (min(later.said[0], rest.said[0]), max(later.said[1], rest.said[1]))
    other = rest.weekday is not None or rest.hour is not None
    two = bool(rest.days) or (later.seconds is not None and other)
    if not later.clear or two:
        return SaidTime(said, clear=False)
    both = replace(rest, said=said, seconds=later.seconds, date=later.date, days=later.days)
    if later.weeks is None:
        return both
    if later.days is None or rest.weekday is not None:
        return replace(both, weeks=later.weeks, weekday=rest.weekday or 0, days=None)  # "next week" begins on Monday
    return both


def _time_in(small: str) -> SaidTime | None:
    days, weekday, part = _first(_DAYS, small), _first(_WEEKDAYS, small), _first(_PARTS, small)
    clock = next((hit for hit in CLOCK.finditer(small) if _is_clock(hit, small)), None)
    spans = [each[1] for each in (days, weekday, part) if each] + ([clock.span()] if clock else [])
    if not spans:
        return None
    said = (min(start for start, _ in spans), max(end for _, end in spans))
    hour, clear = _hour(clock, part[0] if part else None)
    return SaidTime(
        said,
        days=days[0] if days else None,
        weekday=weekday[0] if weekday else None,
        hour=hour,
        minute=int(clock["minute"] or 0) if clock and hour is not None else 0,
        onwards=clock is None or clock["how"] is None or not re.fullmatch(EXACT, clock["how"]),
        clear=clear,
    )


def moment_of(when: SaidTime | None, zones: tuple[str, ...], now: Instant) -> Instant | None:
    """When to call: in ten minutes unless another time was said; None: said, but not clear enough to act on by itself.
    Of several clocks that may be the person's the latest counts: nobody is called before the time they named."""
    if when is None:
        return now + SOON
    if not when.clear:
        return None
    if when.seconds is not None:
        return _near(now + max(when.seconds, SOON), now)
    if not zones:  # "tomorrow" is held by whoever decides until a zone is known; what is further off, a person keeps
        return now + SOON if when.weeks is None and when.date is None and (when.days or 0) <= 2 else None
    return _near(max(_moment(when, zone, now) for zone in zones), now)


def _near(at: Instant, now: Instant) -> Instant | None:
    return at if at <= now + FAR * DAY else None


def _ahead(when: SaidTime, today: date) -> int | None:
    """In how many days, if a day was named."""
    if when.date:
        return _until(when.date, today)
    if when.days is not None or when.weekday is None:
        return when.days
    ahead = when.weekday - today.weekday()
    return ahead % 7 if when.weeks is None else ahead + 7 * when.weeks


def _until(said: tuple[int, int, int | None], today: date) -> int:
    """Days to the next such date; too many where there is none, as of 30 February or of a year gone by."""
    day, month, year = said
    dates = [_day(each, month, day) for each in ([year] if year else [today.year, today.year + 1])]
    return next(((each - today).days for each in dates if each and each >= today), FAR + 2)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _moment(when: SaidTime, zone: str, now: Instant) -> Instant:
    here = local(zone, now)
    ahead = _ahead(when, here.date())
    if when.hour is None and not ahead:
        return now + SOON
    at = _at(here.date() + timedelta(days=ahead or 0), when, zone)
    if at >= now:
        return at
    if when.weekday is not None and when.days is None and when.date is None and not when.onwards:
        return _at(here.date() + timedelta(days=7), when, zone)
    return now + SOON if when.onwards or ahead is not None else _at(here.date() + timedelta(days=1), when, zone)


def _at(day: date, when: SaidTime, zone: str) -> Instant:
    clock = time(OPENS if when.hour is None else when.hour, when.minute)
    return int(datetime.combine(day, clock, ZoneInfo(zone)).timestamp())


def _first(table: list[tuple[int, re.Pattern[str]]], small: str) -> tuple[int, tuple[int, int]] | None:
    return next(((value, hit.span()) for value, words in table if (hit := words.search(small))), None)


def _is_clock(hit: re.Match[str], small: str) -> bool:
    """A bare number is no time of day."""
    named = hit["how"] or hit["am"] or hit["pm"] or hit["minute"]
    return bool(named) and not NO_CLOCK.match(small, hit.end())


def _hour(clock: re.Match[str] | None, part: int | None) -> tuple[int | None, bool]:
    """(local hour, is it clear). Before nine and after eight nobody asks to be called, so 3 is the afternoon and 10 the
    morning; 7 and 8 could be either."""
    if clock is None or re.fullmatch(UNTIL, clock["how"] or ""):
        return part, True
    hour = int(clock["hour"])
    if clock["pm"] or (part and part > 9):
        return (hour + 12 if hour < 12 else hour), True
    if clock["am"] or part == 9 or hour >= 9 or (clock["minute"] and len(clock["hour"]) == 2):
        return hour, True
    return (hour + 12, True) if 0 < hour < 7 else (None, False)
