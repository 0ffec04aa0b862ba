"""Whose number is it that a carrier tells us, in whichever way it is written?"""

from __future__ import annotations

import phonenumbers

from opportune.work import places

#: What carriers write for a number that is withheld, some of them as if it were one.
WITHHELD = frozenset({"", "anonymous", "restricted", "unavailable", "unknown", "private", "blocked",
                      "+266696687", "+7378742833", "+2562533", "+8566", "+86282452253", "+8656696"})  # fmt: skip


def number_of(told: str, country: str | None) -> str | None:
    """E.164, read as people of that country write it; None where it is withheld or no number that can be called."""
    told = told.partition("@")[0].removeprefix("sip:").strip()[:40]
    if told.lower() in WITHHELD:
        return None
    try:
        number = phonenumbers.parse(told, country)
    except phonenumbers.NumberParseException:
        return None
    valid = phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if valid else None


def country_of(told: str) -> str | None:
    """The country of an international number, None of anything else."""
    number = number_of(told, None)
    return places.country_of_number(number) if number else None
