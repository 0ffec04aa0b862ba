"""What does a marketer decide when setting up a campaign?

One frozen model is validator, JSON Schema and form. A campaign can only narrow what the law of the place allows.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from opportune.rules.facts import Channel, Goal
from opportune.rules.parts import (
    KEY,
    Audience,
    Calls,
    Caps,
    Hours,
    Line,
    Mails,
    Minutes,
    Name,
    Part,
    Rule,
    Sender,
    Step,
    When,
    Words,
    WritingReason,
    minutes,
)
from opportune.rules.plan_checks import MOST, check_rules, check_steps
from opportune.rules.problems import Wrong

__all__ = ["SERIOUS", "Campaign", "Hours", "Minutes", "Rule", "Sender", "Step", "When", "minutes"]

SERIOUS = frozenset({Goal.MEETING, Goal.CONFERENCE, Goal.TRIAL})  # A5: what one calls about
BOTH = (Channel.CALL, Channel.EMAIL)
RULES = "When ... then call or email: the first that matches wins, `otherwise` is last; empty: the recommended rules."
STEPS = "The k-th approach follows step k, and after the last the cadence ends; empty: as often as calls and mails say."


class Campaign(Part):
    """One campaign."""

    key: Annotated[str, StringConstraints(pattern=KEY, max_length=63)]
    name: Line
    goal: Goal
    reason: WritingReason
    purpose: Literal["marketing", "service"] = "marketing"
    advertiser: Line
    offer: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    audience: Audience = Audience()
    channels: Annotated[tuple[Channel, ...], Field(min_length=1, max_length=2)] = BOTH
    comparison_sample: float = Field(0.0, ge=0, le=0.5)
    hold_out: float = Field(0.0, ge=0, le=0.2)
    canary: int = Field(0, ge=0, le=100_000, description="First so many people, then ask; 0: all at once (B17).")
    far_call_hours: int = Field(24, ge=1, le=240)
    calls: Calls = Calls()
    mails: Mails = Mails()
    caps: Caps = Caps()
    rules: Annotated[tuple[Rule, ...], Field(description=RULES, json_schema_extra={"maxItems": MOST})] = ()
    steps: Annotated[tuple[Step, ...], Field(description=STEPS, json_schema_extra={"maxItems": MOST})] = ()
    words: Words = Words()
    sender: Sender
    outcome_days: int = Field(14, ge=1, le=90)
    starts: datetime.date | None = None
    ends: datetime.date | None = None
    stop_colleagues: bool = False
    free_first: Name | None = Field(None, description="Template of a free thing that cold people are offered (A16).")
    retry_lost_days: Annotated[tuple[Annotated[int, Field(ge=1, le=365)], ...], Field(max_length=8)] = (1, 7, 30)
    bought_per_day: int = Field(20, ge=1, le=1000, description="People of bought lists approached in one day (A14).")

    @field_validator("channels")
    @classmethod
    def _each_channel_once(cls, channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
        if len(set(channels)) < len(channels):
            raise Wrong("channel_twice")
        return channels

    @field_validator("comparison_sample")
    @classmethod
    def _sample_can_compare(cls, share: float, info: ValidationInfo) -> float:
        if 0 < share < 0.10:
            raise Wrong("sample_too_small")
        if share and len(info.data.get("channels", BOTH)) < 2:
            raise Wrong("sample_of_one_channel")
        return share

    @field_validator("ends")
    @classmethod
    def _ends_after_start(cls, ends: datetime.date | None, info: ValidationInfo) -> datetime.date | None:
        starts = info.data.get("starts")
        if ends and starts and ends < starts:
            raise Wrong("ends_before_start", starts=starts)
        return ends

    @field_validator("calls")
    @classmethod
    def _calls_need_the_channel(cls, calls: Calls, info: ValidationInfo) -> Calls:
        if calls.most == 0 and info.data.get("channels") == (Channel.CALL,):
            raise Wrong("only_channel_call_off")
        return calls

    @field_validator("mails")
    @classmethod
    def _mails_need_the_channel(cls, mails: Mails, info: ValidationInfo) -> Mails:
        if mails.most == 0 and info.data.get("channels") == (Channel.EMAIL,):
            raise Wrong("only_channel_email_off")
        return mails

    @field_validator("rules")
    @classmethod
    def _rules_end_in_otherwise(cls, rules: tuple[Rule, ...], info: ValidationInfo) -> tuple[Rule, ...]:
        check_rules(rules, info.data.get("channels", BOTH))
        return rules

    @field_validator("steps")
    @classmethod
    def _steps_can_be_gone(cls, steps: tuple[Step, ...], info: ValidationInfo) -> tuple[Step, ...]:
        known = info.data
        if "calls" in known and "mails" in known:
            check_steps(steps, known.get("channels", BOTH), known["calls"], known["mails"])
        return steps

    @field_validator("retry_lost_days")
    @classmethod
    def _days_grow(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if list(days) != sorted(set(days)):
            raise Wrong("days_not_growing")
        return days
