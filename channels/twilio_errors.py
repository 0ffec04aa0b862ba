"""What does an error of Twilio's mean for us, and what is to be done?

`scope` as in `channels.base.Refused`: the *address* (this number), the *sender* (our account, caller id or pace: the
person is not to blame, so never permanent), or the *message* (our bug: the same order would fail again).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row: what the refusal is about, whether for ever, and what to do in a sentence."""

    scope: str
    permanent: bool
    remedy: str


_GEO = Meaning("sender", False, "Allow this country in Twilio's voice geo permissions, or leave the segment out.")
_BUSY = Meaning("sender", False, "Too many calls at once: lower calls_per_second; the attempt may be made again.")
_INVALID = Meaning("address", True, "The number is invalid: write to this person instead.")
_UNREACHABLE = Meaning("address", False, "The number cannot be reached: one more try on another day, then write.")
_CALLER = Meaning("sender", False, "Own or verify the caller id at Twilio, then set OPPORTUNE_TWILIO_CALLER to it.")
_TRIAL = Meaning("sender", False, "A trial account calls verified numbers only: upgrade the account.")
_BUG = Meaning("message", True, "The order is incomplete or malformed: report it as a bug, with the code.")

ERRORS: dict[int, Meaning] = {
    20003: Meaning("sender", False, "Check OPPORTUNE_TWILIO_ACCOUNT and OPPORTUNE_TWILIO_TOKEN; calls stop till then."),
    20404: Meaning("message", True, "Twilio knows no such call or account: check the account SID, then reconcile."),
    429: _BUSY,
    20429: _BUSY,
    10004: _BUSY,
    86008: _BUSY,
    22005: _BUSY,
    21201: _BUG,  # To is missing
    21205: _BUG,  # the address of the words is not valid
    21213: _BUG,  # From is missing
    21210: _CALLER,
    21212: _CALLER,
    21211: _INVALID,
    21217: _INVALID,
    21214: _UNREACHABLE,
    13224: _UNREACHABLE,
    13223: Meaning("sender", False, "The operator's number is invalid: correct OPPORTUNE_OPERATOR_PHONE."),
    13225: _CALLER,
    13226: _GEO,
    13227: _GEO,
    21215: _GEO,
    21216: Meaning("address", True, "Twilio blocks this number: not again; when it happens often, ask Twilio why."),
    21219: _TRIAL,
    21608: _TRIAL,
}


def meaning(code: int) -> Meaning:
    """An error we have no row for was still a refusal (4xx): nothing was placed, and repeating it would not help."""
    return ERRORS.get(code, Meaning("message", True, f"Unknown to us: see https://www.twilio.com/docs/errors/{code}"))
