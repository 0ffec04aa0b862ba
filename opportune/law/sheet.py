"""What does a row say? One value per line, each with where it comes from, how sure we are, and from when it holds.

`jurisdictions.toml` and files of one's own are checked against this; an unknown key is refused.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from opportune.rules.campaign import Hours

Basis = Literal["opt_in", "opt_out", "forbidden"]
Confidence = Literal["H", "M", "L"]
EPOCH = datetime.date(1970, 1, 1).toordinal()


class Value(BaseModel):
    """`effective_to` is the last day on which it holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    source: str = Field(min_length=1)
    source_seen: str = Field(min_length=1)
    confidence: Confidence
    effective_from: datetime.date | None = None
    effective_to: datetime.date | None = None

    @property
    def since(self) -> int:
        """The first day, since 1970."""
        return self.effective_from.toordinal() - EPOCH if self.effective_from else 0


class Consent(Value):
    """`sole_traders` "b2c": the place counts them as consumers here, so they are imported as such."""

    b2b: Basis
    b2c: Basis
    sole_traders: Literal["b2b", "b2c"] = "b2b"


class CallHours(Value):
    """Local hours in which calls are lawful; `weekdays` is Monday to Friday, an empty list is closed."""

    weekdays: tuple[Hours, ...]
    saturday: tuple[Hours, ...] = ()
    sunday: tuple[Hours, ...] = ()

    @property
    def week(self) -> tuple[tuple[Hours, ...], ...]:
        return (self.weekdays,) * 5 + (self.saturday, self.sunday)


class Holidays(Value):
    """Which public holidays are closed for calls: the country's, or those of the region too."""

    closed: Literal["none", "national", "regional"]


class Caps(Value):
    """`calls`: [[3, 1], [4, 30]] is at most 3 in 24 hours and 4 in 30 days."""

    calls: tuple[tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]], ...] = ()


class Refusal(Value):
    """Silence of so many days after a "not interested"."""

    days: int = Field(ge=0)


class DoNotCall(Value):
    """A do-not-call register; lists are compared with it at most `scrub_days` before a call."""

    name: str = Field(min_length=1)
    scrub_days: int | None = Field(None, ge=1)


class Say(Value):
    """What has to be said or shown."""

    points: tuple[str, ...]


class OptOut(Value):
    """By when a no has to be heeded by law; ours takes effect at once."""

    days: int = Field(ge=0)
    working: bool = False


class Recording(Value):
    """Who has to agree before a call is recorded: one side, or all of them."""

    consent: Literal["one", "all"]


class Records(Value):
    """What has to be kept, and for how long where the law says so."""

    keep: str
    years: int | None = Field(None, ge=1)


V = TypeVar("V", bound=Value)


def _listed(given: Any) -> Any:
    return given if isinstance(given, list) else [given]


def _in_order(versions: tuple[V, ...]) -> tuple[V, ...]:
    """Each version begins on the day after the one before ends; the first was always there, the last stays."""
    if not versions:
        raise ValueError("state one value, or a list of values that follow each other")
    for before, after in pairwise(versions):
        if not before.effective_to or before.effective_to + datetime.timedelta(days=1) != after.effective_from:
            raise ValueError(
                "a list of values needs an effective_to, and on the next day the effective_from of the next"
            )
    if versions[-1].effective_to:
        raise ValueError("add the value that holds after its effective_to")
    return versions


Versions = Annotated[tuple[V, ...], BeforeValidator(_listed), AfterValidator(_in_order)]


class Sheet(BaseModel):
    """A row as it is written, complete: what a subdivision does not state is its country's."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(min_length=1)
    verified_by: str = ""
    verified_on: str = ""
    notes: str = ""
    blocked: bool = False
    call: Versions[Consent]
    call_auto: Versions[Consent]
    voicemail: Versions[Consent]
    email: Versions[Consent]
    hours: Versions[CallHours]
    auto_hours: Versions[CallHours] | None = None
    holidays: Versions[Holidays]
    caps: Versions[Caps]
    refusal: Versions[Refusal]
    do_not_call: Versions[DoNotCall] | None = None
    say: Versions[Say] | None = None
    opt_out: Versions[OptOut] | None = None
    recording: Versions[Recording] | None = None
    records: Versions[Records] | None = None

    @property
    def values(self) -> dict[str, Sequence[Value]]:
        """Every stated value with its versions."""
        return {key: getattr(self, key) for key in VALUES if getattr(self, key) is not None}

    @cached_property
    def changes(self) -> tuple[int, ...]:
        """The days (since 1970) on which some value changes."""
        return tuple(sorted({later.since for versions in self.values.values() for later in versions[1:]}))

    @cached_property
    def digest(self) -> str:
        """Of everything a signature is given for; other words, sources or values are another digest."""
        content = self.model_dump(mode="json", exclude={"verified_by", "verified_on"})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


VALUES = tuple(
    name for name in Sheet.model_fields if name not in {"name", "verified_by", "verified_on", "notes", "blocked"}
)


def on(versions: Iterable[V], day: int) -> V:
    """The version that holds on this day; before the first one, the first."""
    first, *later = versions
    return next((version for version in reversed(later) if version.since <= day), first)
