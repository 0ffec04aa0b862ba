"""Which country and region does this text mean, and which zones may a person there live in?

The zones of a country come from the pinned tzdata tables; those of a region from `places.toml`; those of a number from
phonenumbers, corrected by `prefixes.toml`. Zones whose clocks agree count as one. Several clocks stay several: a moment
must then be good in all of them.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from phonenumbers import timezone

WIDEST = 3 * 3600  # seconds between the clocks of a country: beyond, its name alone tells too little
SAMPLES = [datetime(2026, 11, 1, 12, tzinfo=UTC) + timedelta(days=day) for day in range(3 * 365)]
NO_PLACE = frozenset(
    {
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.VOIP,
        phonenumbers.PhoneNumberType.UAN,
        phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
        phonenumbers.PhoneNumberType.PAGER,
    }
)
#: Whose people often give the country it belongs to: "France" and a number of Réunion.
BELONGS_TO = {
    **dict.fromkeys(("GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF"), "FR"),
    **dict.fromkeys(("PR", "VI", "GU", "AS", "MP"), "US"),
    **dict.fromkeys(("GG", "IM", "JE"), "GB"),
    **dict.fromkeys(("CX", "CC", "NF"), "AU"),
    **dict.fromkeys(("AW", "BQ", "CW", "SX"), "NL"),
    **dict.fromkeys(("FO", "GL"), "DK"),
    **{"AX": "FI", "SJ": "NO"},
}


def key(text: str) -> str:
    """What two spellings have in common: no case, no accent, no punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def country_code(text: str) -> str | None:
    """`Deutschland` -> `DE`."""
    return _countries().get(key(text))


def region_code(country: str | None, text: str) -> str | None:
    """`New South Wales` of AU -> `NSW`; None when the country has no table or the text is not in it."""
    found = _regions(country or "").get(key(text))
    return found[0] if found else None


def zone_name(text: str) -> str | None:
    """A stated zone, when the zone tables know it; the case people write it in does not matter."""
    return _zone_names().get(text.strip().replace(" ", "_").casefold())


def zones_of(country: str | None, region: str | None, city: str | None, phone: str | None) -> tuple[list[str], str]:
    """(zones, evidence): what the address says, else what the number says, else a country whose clocks are close."""
    stated = _zones_of_address(country, region, city)
    by_number = _zones_of_number(phone, country) if phone else []
    if stated:
        abroad = _overseas(phone, country) if phone and not region and not city else []
        return _one_of_each_clock([*stated, *abroad]), "address"
    if by_number:
        return by_number, "number"
    by_country = zones_of_country(country or "")
    return (by_country, "address") if by_country and _spread(tuple(by_country)) <= WIDEST else ([], "")


def country_of_number(phone: str) -> str | None:
    """The country an international number belongs to. British mobiles share their ranges with the islands: British."""
    number = phonenumbers.parse(phone)
    code = phonenumbers.region_code_for_number(number)
    mobile = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    return "GB" if mobile and BELONGS_TO.get(code or "") == "GB" else code


def _overseas(phone: str, country: str | None) -> list[str]:
    """The clocks of a number from overseas, where only the mother country was stated."""
    home = country_of_number(phone)
    return _zones_of_number(phone, home) if home and country and BELONGS_TO.get(home) == country else []


def _zones_of_address(country: str | None, region: str | None, city: str | None) -> list[str]:
    by_country = zones_of_country(country or "")
    if len(by_country) == 1:
        return by_country
    found = _regions(country or "").get(key(region or "")) or _regions(country or "").get(key(city or ""))
    zones = list(found[1]) if found else []
    narrower = _cities(country or "").get(key(city or ""))
    if narrower and (not zones or narrower in zones):
        return [narrower]
    return zones


def _zones_of_number(phone: str, country: str | None) -> list[str]:
    """Nothing when the number is of no place, or of another country than the stated one."""
    number = phonenumbers.parse(phone)
    home = country_of_number(phone)
    if phonenumbers.number_type(number) in NO_PLACE or home is None:
        return []
    if country and country not in (home, BELONGS_TO.get(home)):
        return []
    ours = next((zones for prefix, zones in _prefixes() if phone.startswith(prefix)), None)
    if ours is not None:
        return _one_of_each_clock(ours)
    known = _zone_names()
    clocks = {clock(zone) for zone in timezone.time_zones_for_number(number) if zone.casefold() in known}
    # The prefix table is wider than its country (toll-free: 42 zones), so the country filters it.
    return [zone for zone in zones_of_country(home) if clock(zone) in clocks]


def _one_of_each_clock(zones: Iterable[str]) -> list[str]:
    by_clock: dict[tuple[float, ...], str] = {}
    for zone in zones:
        by_clock.setdefault(clock(zone), zone)
    return list(by_clock.values())


@lru_cache(maxsize=512)
def _spread(zones: tuple[str, ...]) -> float:
    """Seconds between the clocks, at the worst moment."""
    together = zip(*(clock(zone) for zone in zones), strict=True)
    return max((max(offsets) - min(offsets) for offsets in together), default=0.0)


@lru_cache(maxsize=1024)
def clock(zone: str) -> tuple[float, ...]:
    """How the zone's clock runs from now on; two zones with the same answer need no telling apart."""
    info = ZoneInfo(zone)
    return tuple((sample.astimezone(info).utcoffset() or timedelta()).total_seconds() for sample in SAMPLES)


@lru_cache(maxsize=512)
def zones_of_country(country: str) -> list[str]:
    """One zone for each clock that runs in the country: those of our own table, else all that tzdata has."""
    ours = [zone for zones in _data().get(country, {}) if zones != "cities" for zone in zones.split(" + ")]
    return _one_of_each_clock(ours or [line[2] for line in _table("zone.tab") if line[0] == country])


@lru_cache
def _zone_names() -> dict[str, str]:
    return {zone.casefold(): zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")}


@lru_cache
def _countries() -> dict[str, str]:
    names = {key(name): code for code, name in (line[:2] for line in _table("iso3166.tab"))}
    names |= {key(code): code for code in list(names.values())}
    names |= {key(name): code for code, others in _data()["countries"].items() for name in others}
    return names


@lru_cache
def _regions(country: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Spelling -> (code, zones)."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for zones, regions in _data().get(country, {}).items():
        for region in regions if zones != "cities" else ():
            code, names = region.split(" ", 1)
            found |= {key(name): (code, tuple(zones.split(" + "))) for name in [code, *names.split("|")]}
    return found


@lru_cache
def _cities(country: str) -> dict[str, str]:
    by_zone = _data().get(country, {}).get("cities", {})
    return {key(city): zone for zone, cities in by_zone.items() for city in cities}


@lru_cache
def _data() -> dict[str, dict[str, dict[str, list[str]]]]:
    return tomllib.loads(resources.files("opportune.work").joinpath("places.toml").read_text("utf-8"))


@lru_cache
def _prefixes() -> list[tuple[str, list[str]]]:
    """(prefix, its zones), the longest prefix first."""
    rows = tomllib.loads(resources.files("opportune.work").joinpath("prefixes.toml").read_text("utf-8"))
    return [(prefix, rows[prefix].split(" + ")) for prefix in sorted(rows, key=len, reverse=True)]


@lru_cache
def _table(name: str) -> list[list[str]]:
    text = resources.files("tzdata").joinpath("zoneinfo", name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
