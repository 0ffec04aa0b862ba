"""Area codes: our table against what phonenumbers knows."""

from __future__ import annotations

import tomllib
from pathlib import Path

import phonenumbers
import pytest
from phonenumbers import geocoder

from opportune import law
from opportune.law.numbers import place_of

PLACES = Path(law.__file__).parents[1] / "work" / "places.toml"
LINES = ("2001234", "2345678", "3214567", "4561234", "5551234", "6021234", "7891234", "9991234")
OTHER_NAMES = {"Washington State": "WA", "Washington D.C.": "DC", "British Colombia": "BC"}


def names_of_regions() -> dict[tuple[str, str], str]:
    """("US", "Florida") -> "FL"."""
    data = tomllib.loads(PLACES.read_text("utf-8"))
    lists = [
        (c, region) for c in ("US", "CA") for zones, each in data[c].items() if zones != "cities" for region in each
    ]
    return {(c, name): line.split(" ", 1)[0] for c, line in lists for name in line.split(" ", 1)[1].split("|")}


def test_every_area_code_of_north_america_is_where_phonenumbers_says():
    regions, wrong, seen = names_of_regions(), [], 0
    for code in range(200, 1000):
        ours = place_of(f"+1{code}5550123") or ""
        for line in LINES:
            number = phonenumbers.parse(f"+1{code}{line}")
            country = phonenumbers.region_code_for_number(number)
            told = geocoder.description_for_number(number, "en")
            if country and told:
                seen += 1
                known = told.rpartition(", ")[2]
                region = OTHER_NAMES.get(known) or regions.get((country, known)) or known
                agree = ours in (country, f"{country}-{region}")
                named = ours.startswith(country) and (country not in ("US", "CA") or "-" in ours or country == "CA")
                wrong += [] if agree and named else [(code, told, country, ours)]
    assert wrong == []
    assert seen > 2000


@pytest.mark.parametrize(
    ("phone", "place"),
    [
        ("+13055550123", "US-FL"),
        ("+19185550123", "US-OK"),  # presumption of residence, as in Florida
        ("+14165550123", "CA-ON"),
        ("+19025550123", "CA"),  # Nova Scotia or Prince Edward Island
        ("+18005550123", None),  # free phone
        ("+18765550123", "JM"),  # +1 is more than two countries
        ("+4930123456", "DE"),
        ("+37369123456", "MD"),
        ("+77011234567", "KZ"),
        ("+79161234567", "RU"),
        ("+78002000600", "RU"),
        ("+80012345678", None),  # of no country
        ("+1", None),
        ("", None),
        ("123", None),
    ],
)
def test_where_a_number_says_that_its_owner_lives(phone, place):
    assert place_of(phone) == place
