"""Which country and region does this text mean, and which zones may a person there live in?

The zones of a country come from the pinned tzdata tables; those of a region from `places.toml`. Zones whose clocks
agree count as one. Several clocks stay several: a moment must then be good in all of them.
"""

from __future__ import annotations

import tomllib
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from phonenumbers import timezone

WIDEST = 3 * 3600  # seconds between the clocks of one person, at most: beyond, a moment good for all is rarely found
SAMPLES = [datetime(2027, 1, 1, 12, tzinfo=UTC) + timedelta(weeks=week) for week in range(53)]
NO_PLACE = frozenset(
    {
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.VOIP,
        phonenumbers.PhoneNumberType.UAN,
    }
)
#: Prefixes that phonenumbers puts in one zone although people of a second one have them too.
OVERLAY = {"+1850": ("America/Chicago",), "+1448": ("America/Chicago",)}


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
    """(zones, evidence): what the address says, else what the number says, else nothing."""
    stated = _zones_of_address(country, region, city)
    if stated:
        return stated, "address"
    by_number = _zones_of_number(phone, country) if phone else []
    return (by_number, "number") if by_number else ([], "")


def country_of_number(phone: str) -> str | None:
    """The country an international number belongs to."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(phone))


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
    number = phonenumbers.parse(phone)
    if phonenumbers.number_type(number) in NO_PLACE:
        return []
    known = _zone_names()
    by_prefix = [zone for zone in timezone.time_zones_for_number(number) if zone.casefold() in known]
    by_prefix += next((zones for prefix, zones in OVERLAY.items() if phone.startswith(prefix)), ())
    clocks = {clock(zone) for zone in by_prefix}
    # The prefix table is wider than its country (Russian mobiles: 16 zones with Bucharest), so the country filters it.
    there = zones_of_country(country or country_of_number(phone) or "")
    zones = [zone for zone in there if clock(zone) in clocks]
    return zones if _spread(zones) <= WIDEST else []


def _spread(zones: list[str]) -> float:
    """Seconds between the clocks, at the worst moment of the year."""
    together = zip(*(clock(zone) for zone in zones), strict=True)
    return max((max(offsets) - min(offsets) for offsets in together), default=0.0)


@lru_cache(maxsize=1024)
def clock(zone: str) -> tuple[float, ...]:
    """How the zone's clock runs through a year; two zones with the same answer need no telling apart."""
    info = ZoneInfo(zone)
    return tuple((sample.astimezone(info).utcoffset() or timedelta()).total_seconds() for sample in SAMPLES)


@lru_cache(maxsize=512)
def zones_of_country(country: str) -> list[str]:
    """One zone for each clock that runs in the country: those of our own table, else all that tzdata has."""
    ours = [zone for zones in _data().get(country, {}) if zones != "cities" for zone in zones.split(" + ")]
    by_clock: dict[tuple[float, ...], str] = {}
    for zone in ours or [line[2] for line in _table("zone.tab") if line[0] == country]:
        by_clock.setdefault(clock(zone), zone)
    return list(by_clock.values())


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
def _table(name: str) -> list[list[str]]:
    text = resources.files("tzdata").joinpath("zoneinfo", name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
