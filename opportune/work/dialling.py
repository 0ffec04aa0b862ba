"""Which numbers are never dialled, whoever wrote them down?

Premium and shared-cost numbers, emergency and other short numbers, satellites, voicemail boxes, and our own. Asked when
a list is read, so that email takes over from the start, and once more before each call.
"""

from __future__ import annotations

from collections.abc import Collection

import phonenumbers
from phonenumbers import PhoneNumberType, shortnumberinfo

WHY = {
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.VOICEMAIL: "a voicemail box",
    PhoneNumberType.PAGER: "a pager",
}
SATELLITES = (870, 881, 882, 883)  # Inmarsat, Iridium and Globalstar, international networks
SHORT = 6  # digits after the country's code: shorter ones are services


def never(number: str, ours: Collection[str] = ()) -> str:
    """Why this number (E.164) is never dialled; empty: it may be."""
    kind = _kind(number)
    if number in ours:
        kind = "our own number"
    return f"{kind}: never dialled" if kind else ""


def _kind(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return "no international number"
    if parsed.country_code in SATELLITES:
        return "a satellite phone"
    if _short(parsed):
        return "an emergency or short number"
    return WHY.get(phonenumbers.number_type(parsed), "")


def _short(number: phonenumbers.PhoneNumber) -> bool:
    inside = phonenumbers.national_significant_number(number)
    regions = phonenumbers.region_codes_for_country_code(number.country_code or 0)
    emergency = any(shortnumberinfo.is_emergency_number(inside, region) for region in regions)
    return emergency or (len(inside) < SHORT and not phonenumbers.is_valid_number(number))
