"""What does a marketer decide when setting up a campaign?

One frozen model is validator, JSON Schema and form. A campaign can only narrow what the law of the place allows.
"""

from __future__ import annotations

import datetime
import re
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

from opportune.rules.facts import Channel, Goal, Interest, Status

Minutes = tuple[int, int]
SERIOUS = frozenset({Goal.MEETING, Goal.CONFERENCE, Goal.TRIAL})  # A5: what one calls about


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
        raise ValueError("write hours as HH:MM-HH:MM, for example 09:00-18:00")
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if max(from_minute, to_minute) > 59 or end > 24 * 60 or start >= end:
        raise ValueError("hours begin before they end, within one day from 00:00 to 24:00")
    return start, end


def _checked_hours(hours: str) -> str:
    minutes(hours)
    return hours


Hours = Annotated[str, AfterValidator(_checked_hours)]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")
]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=63)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{6,14}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Part(BaseModel):
    """Common to all parts: immutable, and an unknown key is an error rather than silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Audience(Part):
    """Whom: empty means all."""

    sources: tuple[Line, ...] = ()
    statuses: tuple[Status, ...] = ()
    countries: tuple[Country, ...] = ()
    interests: tuple[Interest, ...] = ()


class Calls(Part):
    """Hours are the callee's own. `executives`: their early hour, where the law allows it (B2)."""

    hours: Hours = "09:00-18:00"
    executives: Hours = "07:30-08:20"
    most: int = Field(4, ge=0, le=4)
    within_days: int = Field(12, ge=1, le=12)
    ring_seconds: int = Field(25, ge=15, le=60)
    voicemail: bool = True
    operator_phone: Phone | None = None


class Mails(Part):
    """Hours are the reader's own; within them mail leaves at hh:50 and hh:10 (A4)."""

    hours: Hours = "08:00-18:00"
    most: int = Field(4, ge=0, le=8)
    days_between: int = Field(3, ge=1, le=30)


class Caps(Part):
    """Most touches of one person, counted over all campaigns. Two a day, at most one of them a call: so the mail that
    follows a call may leave the same day (B4)."""

    per_day: int = Field(2, ge=1, le=4)
    per_week: int = Field(4, ge=1, le=14)


class Words(Part):
    """Names of templates."""

    email: Name = "meeting"
    follow_up: Name = "follow_up"
    reminder: Name = "reminder"
    announce: Name = "announce"
    voicemail: Name = "voicemail"


class Sender(Part):
    """Who speaks: every mail and call says it (A10, A11)."""

    name: Line
    company: Line
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
    phone: Phone
    postal_address: Line


class Campaign(Part):
    """One campaign."""

    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=63)]
    name: Line
    goal: Goal
    reason: WritingReason
    purpose: Literal["marketing", "service"] = "marketing"
    advertiser: Line
    offer: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    audience: Audience = Audience()
    channels: Annotated[tuple[Channel, ...], Field(min_length=1, max_length=2)] = (Channel.CALL, Channel.EMAIL)
    comparison_sample: float = Field(0.0, ge=0, le=0.5)
    hold_out: float = Field(0.0, ge=0, le=0.2)
    far_call_hours: int = Field(24, ge=1, le=240)
    calls: Calls = Calls()
    mails: Mails = Mails()
    caps: Caps = Caps()
    words: Words = Words()
    sender: Sender
    outcome_days: int = Field(14, ge=1, le=90)
    starts: datetime.date | None = None
    ends: datetime.date | None = None
    stop_colleagues: bool = False

    @field_validator("channels")
    @classmethod
    def _each_channel_once(cls, channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
        if len(set(channels)) < len(channels):
            raise ValueError("name each channel once")
        return channels

    @field_validator("comparison_sample")
    @classmethod
    def _sample_can_compare(cls, share: float, info: ValidationInfo) -> float:
        if 0 < share < 0.10:
            raise ValueError("a comparison sample is 0 or from 0.10 to 0.50: below that no fair coin is left")
        if share and len(info.data.get("channels", (1, 2))) < 2:
            raise ValueError("a comparison needs both channels: list call and email, or set the sample to 0")
        return share

    @field_validator("ends")
    @classmethod
    def _ends_after_start(cls, ends: datetime.date | None, info: ValidationInfo) -> datetime.date | None:
        starts = info.data.get("starts")
        if ends and starts and ends < starts:
            raise ValueError(f"the campaign ends before it starts ({starts}): make ends later or starts earlier")
        return ends

    @field_validator("calls")
    @classmethod
    def _calls_need_the_channel(cls, calls: Calls, info: ValidationInfo) -> Calls:
        if calls.most == 0 and info.data.get("channels") == (Channel.CALL,):
            raise ValueError("the only channel is call, yet no call is allowed: raise most or add email")
        return calls

    @field_validator("mails")
    @classmethod
    def _mails_need_the_channel(cls, mails: Mails, info: ValidationInfo) -> Mails:
        if mails.most == 0 and info.data.get("channels") == (Channel.EMAIL,):
            raise ValueError("the only channel is email, yet no mail is allowed: raise most or add call")
        return mails
