"""What is a campaign made of: whom, when, how often, with which words, and who speaks?

Each part is frozen; an unknown key in it is an error rather than silently ignored.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from opportune.rules.facts import CallKind, Channel, Familiarity, Interest, Shape, Status
from opportune.rules.problems import Wrong

Minutes = tuple[int, int]


class WritingReason(StrEnum):
    """A13."""

    BRING_BACK = "bring_back"
    REMIND = "remind"
    WIN_OVER = "win_over"
    SHARE = "share"
    SELL_AGAIN = "sell_again"


@lru_cache(maxsize=4096)
def minutes(hours: str) -> Minutes:
    """`09:00-18:00` -> (540, 1080), minutes since local midnight."""
    found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", hours)
    if not found:
        raise Wrong("hours_unreadable")
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if max(from_minute, to_minute) > 59 or end > 24 * 60 or start >= end:
        raise Wrong("hours_backwards")
    return start, end


def _checked_hours(hours: str) -> str:
    minutes(hours)
    return hours


LINE = r"^[^\x00-\x1f]+$"
NAME = r"^[a-z0-9][a-z0-9_-]*$"
KEY = r"^[a-z0-9][a-z0-9-]*$"
PHONE = r"^\+[1-9]\d{6,14}$"
COUNTRY = r"^[A-Z]{2}$"
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"

Hours = Annotated[str, AfterValidator(_checked_hours)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=LINE)]
Name = Annotated[str, StringConstraints(pattern=NAME, max_length=63)]
Phone = Annotated[str, StringConstraints(pattern=PHONE)]
Country = Annotated[str, StringConstraints(pattern=COUNTRY)]


class Part(BaseModel):
    """Common to all parts: immutable, and an unknown key is an error rather than silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Audience(Part):
    """Whom: empty means all. `segment`: only people of this one, as it is on the day (E6)."""

    sources: tuple[Line, ...] = ()
    statuses: tuple[Status, ...] = ()
    countries: tuple[Country, ...] = ()
    interests: tuple[Interest, ...] = ()
    segment: Name | None = None


class When(Part):
    """What must hold, all of it, for a rule to apply. `sources`: names or kinds of lists and forms."""

    statuses: tuple[Status, ...] = ()
    interests: tuple[Interest, ...] = ()
    countries: tuple[Country, ...] = ()
    sources: tuple[Line, ...] = ()
    business: bool | None = None
    missed_calls_from: int | None = Field(None, ge=1, le=4)
    prefers: Channel | None = None
    familiarity: tuple[Familiarity, ...] = ()  # C2
    kinds: tuple[CallKind, ...] = ()  # C1
    fit_from: float | None = Field(None, ge=0, le=1)  # B15

    @model_validator(mode="after")
    def _says_something(self) -> When:
        if not self.model_dump(exclude_defaults=True):
            raise Wrong("when_empty")
        return self


def _rule_schema(schema: dict[str, Any]) -> None:
    """In a document the last rule reads `- otherwise: email`."""
    parts = schema.pop("properties")
    otherwise = {"properties": {"otherwise": parts["then"]}, "required": ["otherwise"], "additionalProperties": False}
    schema.pop("required")
    schema["anyOf"] = [
        {"properties": parts, "required": ["when", "then"], "additionalProperties": schema.pop("additionalProperties")},
        otherwise,
    ]


class Rule(Part):
    """When this holds, then call, or write. The last one has no `when`: it reads `otherwise: call` or `email`."""

    model_config = ConfigDict(json_schema_extra=_rule_schema)
    when: When | None = None
    then: Channel

    @model_validator(mode="before")
    @classmethod
    def _otherwise(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "otherwise" not in given:
            return given
        if len(given) > 1:
            raise Wrong("otherwise_alone")
        return {"then": given["otherwise"]}


class Step(Part):
    """One approach of the cadence. No channel: the rules decide. `after_days`: least days since the one before."""

    channel: Channel | None = None
    after_days: int = Field(0, ge=0, le=30)
    email: Name | None = None
    call: Name | None = None


SHAPE = "Who speaks first: a colleague, who is rung before the person is, or words with keys (announce)."
VOICEMAIL = "A message after the beep (A2, B3): announced calls only, with the consent that automated speech needs."


class Calls(Part):
    """Hours are the callee's own. `executives`: their early hour, where the law allows it (B2)."""

    shape: Shape = Field(Shape.OPERATOR_FIRST, description=SHAPE)
    hours: Hours = "09:00-18:00"
    executives: Hours = "07:30-08:20"
    most: int = Field(4, ge=0, le=4)
    within_days: int = Field(12, ge=1, le=12)
    ring_seconds: int = Field(25, ge=15, le=60)
    voicemail: bool = Field(False, description=VOICEMAIL)
    operator_phone: Phone | None = None


class Mails(Part):
    """Hours are the reader's own; within them mail leaves at hh:50 and hh:10 (A4)."""

    hours: Hours = "08:00-18:00"
    most: int = Field(4, ge=0, le=8)
    days_between: int = Field(3, ge=1, le=30)
    track_clicks: bool = Field(False, description="Links lead through us and are counted; the privacy notice says so.")
    per_minute: int | None = Field(None, ge=1, le=60_000, description="Mails of this campaign a minute, at most.")


class Caps(Part):
    """Most touches of one person, counted over all campaigns. Two a day, at most one of them a call: so the mail that
    follows a call may leave the same day (B4). `daily_spend`: what this campaign may cost in one UTC day."""

    per_day: int = Field(2, ge=1, le=4)
    per_week: int = Field(4, ge=1, le=14)
    daily_spend: float | None = Field(None, gt=0, allow_inf_nan=False)


class Words(Part):
    """Names of templates. No `email`: the proposal, or the question of a small goal (A5). `follow_up`: one for whatever
    a call came to; none: one for each (B4)."""

    email: Name | None = None
    follow_up: Name | None = None
    after_talk: Name = "after_talk"
    after_secretary: Name = "after_secretary"
    after_voicemail: Name = "after_voicemail"
    after_missed_call: Name = "after_missed_call"
    reminder: Name = "reminder"
    last_mail: Name = "last_mail"
    nurture: Name = "nurture"  # the new offer for who said "not now" (A17)
    announce: Name = "announce"
    outline: Name = "outline"  # what a colleague looks at while speaking (B16)
    voicemail: Name = "voicemail"


class Sender(Part):
    """Who speaks: every mail and call says it (A10, A11)."""

    name: Line
    company: Line
    email: Annotated[str, StringConstraints(pattern=EMAIL, max_length=254)]
    phone: Phone
    postal_address: Line
