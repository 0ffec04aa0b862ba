"""What does a row of a list claim of somebody's interest? A sign among others, never the label itself (B1)."""

from __future__ import annotations

from collections.abc import Mapping

from opportune.rules.facts import Interest
from opportune.work import people
from opportune.work.places import key

YES = {"yes", "y", "true", "1", "x", "ja", "j", "да", "д", "da", "oui", "granted", "optin"}
NO = {"no", "n", "false", "0", "nein", "нет", "н", "nu", "non", "refused", "optout"}
#: Columns of yes and no, and columns that name somebody or something: which signal they are.
KNOWN = {"customer": "bought_before", "asked_before": "asked_before", "knows_us": "knows_us", "we_know": "we_know_them"}
NAMED = {"referred_by": "referral", "event": "event"}


class BadRow(ValueError):
    """This row goes to the reject file; the message is its reason."""


def signals(cells: Mapping[str, str]) -> dict[str, str]:
    """Kind of signal -> the list's words for it."""
    found = {kind: "yes" for column, kind in KNOWN.items() if yes_no(column, cells.get(column, ""))}
    found |= {kind: cells[column] for column, kind in NAMED.items() if cells.get(column)}
    said = people.interest_of(cells.get("interest", ""))
    return found | ({f"list_says_{said.value}": said.value} if said and said is not Interest.COLD else {})


def yes_no(column: str, text: str) -> bool | None:
    if not text:
        return None
    if key(text) in YES | NO:
        return key(text) in YES
    raise BadRow(f"{column}: {text!r} is neither yes nor no")
