"""How does the reader's language write numbers, money and days? Babel knows; nothing is glued together by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_timedelta, get_day_names
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal

from dashboards.kit.language import language
from opportune.rules.facts import Instant

NOTHING = "–"
TAGS = {"en": "en_GB", "ru": "ru", "ro": "ro"}  # days before months, as everywhere but in America


@lru_cache
def _locale(of: str) -> Locale:
    return Locale.parse(TAGS[of])


def locale() -> Locale:
    return _locale(language())


def count(n: float | None) -> str:
    """1,234 · 1 234 · 1.234; a missing number is a dash."""
    return NOTHING if n is None else _written(n, "#,##0", language())


def decimal(x: float | None, places: int = 1) -> str:
    """12.5 · 12,5; a minus is a minus."""
    return NOTHING if x is None else _written(x, _zeros(places), language()).replace("-", "−")


@lru_cache(maxsize=10_000)
def _written(x: float, pattern: str, of: str) -> str:
    """The same few thousand numbers come up page after page."""
    return format_decimal(x, pattern, locale=_locale(of))


def percent(share: float | None, places: int = 1) -> str:
    """A share of one: 7.5% · 7,5 %."""
    if share is None:
        return NOTHING
    gap = "" if language() == "en" else "\N{NO-BREAK SPACE}"
    return f"{decimal(100 * share, places)}{gap}%"


def points(difference: float | None, places: int = 1) -> str:
    """A difference of two shares, in percentage points, with its sign: +2.1 · −0.4 · 0.0."""
    if difference is None:
        return NOTHING
    rounded = round(100 * difference, places)
    return decimal(0.0, places) if rounded == 0 else ("+" if rounded > 0 else "") + decimal(rounded, places)


def span(low: float | None, high: float | None, places: int = 1) -> str:
    """An interval of shares, in percent: 4.0–13.6."""
    if low is None or high is None:
        return NOTHING
    return f"{decimal(100 * low, places)}–{decimal(100 * high, places)}"


def size(n: int) -> str:
    """How many a share speaks of; never broken over two lines."""
    return f"n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{count(n)}"


def money(x: float | None, currency: str = "EUR", places: int = 2) -> str:
    return NOTHING if x is None else _paid(x, currency, places, language())


@lru_cache(maxsize=10_000)
def _paid(x: float, currency: str, places: int, of: str) -> str:
    pattern = _locale(of).currency_formats["standard"].pattern.replace("0.00", _zeros(places)[4:])
    return format_currency(x, currency, pattern, locale=_locale(of), currency_digits=False)


def day(at: Instant) -> str:
    """18 Nov 2026 (UTC)."""
    return format_skeleton("yMMMd", _utc(at), locale=locale())


def date_short(at: Instant) -> str:
    """18 Nov, for the marks of an axis (UTC)."""
    return format_skeleton("MMMd", _utc(at), locale=locale())


def month(at: Instant) -> str:
    """November 2026."""
    return format_date(_utc(at).date(), "LLLL y", locale=locale())


def stamp(at: Instant) -> str:
    """Wed, 18 Nov 2026, 09:46 UTC."""
    return f"{format_skeleton('yMMMEd', _utc(at), locale=locale())}, {_utc(at):%H:%M} UTC"


def weekday(number: int, width: str = "abbreviated") -> str:
    """0 is Monday."""
    return str(get_day_names(width, "stand-alone", locale())[number])


def clock(half_hour: int) -> str:
    """0..47: 28 is 14:00."""
    return f"{half_hour // 2:02d}:{30 * (half_hour % 2):02d}"


def duration(seconds: float | None) -> str:
    """A length of time in its largest fitting unit: 3 hours."""
    return NOTHING if seconds is None else format_timedelta(seconds, threshold=2, locale=locale())


def listed(names: Sequence[str]) -> str:
    """a, b and c."""
    return format_list(list(names), locale=locale()) if names else ""


def there(at: Instant, zone: str) -> datetime:
    return datetime.fromtimestamp(at, ZoneInfo(zone))


def _utc(at: Instant) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _zeros(places: int) -> str:
    return f"#,##0.{'0' * places}" if places else "#,##0"
