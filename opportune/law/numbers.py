"""Where does a phone number say that its owner lives?

An area code is presumed to mean a resident (Florida and Oklahoma say so, elsewhere it is the careful reading).
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources

import phonenumbers

PREFIX = 5  # "+1305", "+7701", "+3737": so much of a number says which place it belongs to


def place_of(phone: str) -> str | None:
    """`+13055550123` -> `US-FL`, `+49301234` -> `DE`; None for numbers that belong to no place."""
    return _of_prefix(phone[:PREFIX])


@lru_cache(maxsize=8192)
def _of_prefix(prefix: str) -> str | None:
    digits = prefix.removeprefix("+")
    if digits.startswith("1"):
        return _area_codes().get(digits[1:])
    if digits.startswith("7"):  # one plan for two countries
        return "KZ" if digits[1:2] in ("6", "7") else "RU"
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    found = next((codes[int(digits[:n])] for n in (1, 2, 3) if digits[:n].isdigit() and int(digits[:n]) in codes), ())
    return found[0] if found and found[0] != "001" else None


@lru_cache
def _area_codes() -> dict[str, str]:
    text = resources.files("opportune.law").joinpath("area_codes.toml").read_text("utf-8")
    return {str(code): place for place, codes in tomllib.loads(text).items() for code in codes}
