"""How must an address be written so that a channel can use it?

One spelling per address: lists, forms, the do-not-contact list and the channels all compare what comes out here.
"""

from __future__ import annotations

import re

import phonenumbers
from email_validator import EmailNotValidError, validate_email

MAILTO = re.compile(r"^(mailto:)?\s*|\s*[;,.]*$", re.IGNORECASE)
ANGLED = re.compile(r"<([^<>]+@[^<>]+)>")
TRUNK_HINT = re.compile(r"\(0\)")  # +44 (0)20 …: the zero is for callers inside the country only
SECOND = re.compile(r"\s/\s|[;,]")  # "one number / another": the first one counts
NUMBER = re.compile(r"[+0-9(][0-9\s().,/\u00a0\u2009\u2010-\u2015-]{4,30}[0-9]")


def normal_email(text: str) -> str | None:
    """`Bob <Bob@Acme.example>` -> `bob@acme.example`; None when no mail server could take it."""
    found = ANGLED.search(text)
    bare = MAILTO.sub("", found[1] if found else text)
    try:
        checked = validate_email(bare, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return checked.ascii_email.lower() if checked.ascii_email else None


def normal_phone(text: str, country: str | None) -> str | None:
    """`020 7946 0123` of GB -> `+442079460123`; None when no such number can exist there."""
    found = NUMBER.search(SECOND.split(TRUNK_HINT.sub("", text), maxsplit=1)[0])
    if not found:
        return None
    bare = re.sub(r"^00(?=[1-9])", "+", found[0].strip())
    try:
        number = phonenumbers.parse(bare, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
