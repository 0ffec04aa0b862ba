"""What does an error of Twilio's mean for us, and what is to be done?

The table is `twilio_errors.toml`. `scope` as in `channels.base.Refused`: the *address* (this number), the *sender* (our
account, caller id or pace: the person is not to blame, so never permanent), or the *message* (our bug: the same order
would fail again).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a refusal is about, whether for ever, what we do ourselves, and what a person should do, in a sentence."""

    name: str
    scope: str
    permanent: bool
    reaction: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Table:
    errors: dict[int, Meaning]
    sip: dict[int, Meaning]
    named: dict[str, Meaning]


@lru_cache
def table() -> Table:
    read: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    named = {name: Meaning(name, **row) for name, row in read["meaning"].items()}
    errors, sip = (
        {code: named[row["meaning"]] for row in read[kind] for code in row["codes"]} for kind in ("error", "sip")
    )
    return Table(errors, sip, named)


def meaning(code: int) -> Meaning:
    """An error we have no row for was still a refusal (4xx): nothing was placed, and repeating it would not help."""
    remedy = f"Unknown to us: see https://www.twilio.com/docs/errors/{code}"
    return table().errors.get(code) or Meaning("unknown", "message", True, "tell", remedy)


def reaction(name: str) -> str:
    """What is done of ourselves about a refusal of this meaning."""
    return table().named[name].reaction if name in table().named else "tell"


def sip(code: int | None) -> Meaning | None:
    """What the far network said; None where it said nothing that we know."""
    return table().sip.get(code or 0)
