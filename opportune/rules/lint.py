"""What in this campaign is allowed but unwise (A1, A6, B2)?

Warnings, never errors: the marketer may know better.
"""

from __future__ import annotations

from collections.abc import Iterator

from opportune.rules.campaign import SERIOUS, Campaign, minutes
from opportune.rules.document import Problem
from opportune.rules.facts import Channel

NOON = 12 * 60


def lint(campaign: Campaign) -> list[Problem]:
    """The warnings, each with the key it is about and what would be wiser."""
    found = [*_usual_mistake(campaign), *_monday_morning(campaign), *_cadence_cannot_fit(campaign)]
    return [Problem(campaign.key, 0, key, message, remedy, "warning") for key, message, remedy in found]


Warnings = Iterator[tuple[str, str, str]]


def _usual_mistake(campaign: Campaign) -> Warnings:
    if campaign.goal in SERIOUS and campaign.channels == (Channel.EMAIL,):
        message = "A6, the usual mistake: something serious is asked for by email only"
        yield "channels", message, "Add call: people agree to a meeting in a talk (A5)."
    if campaign.goal not in SERIOUS and campaign.channels == (Channel.CALL,):
        message = "A6, the usual mistake: a trifle is asked for by phone only"
        yield "channels", message, "Add email: clarifying, feedback and recommendations are written (A5)."


def _monday_morning(campaign: Campaign) -> Warnings:
    calls = Channel.CALL in campaign.channels
    if calls and campaign.starts and campaign.starts.weekday() == 0:
        yield (
            "starts",
            "A1: the campaign starts on a Monday",
            "Cold calls wait until past lunch: start on Tuesday or later.",
        )
    if calls and minutes(campaign.calls.hours)[1] <= NOON:
        remedy = "Let the hours run into the afternoon."
        yield "calls.hours", "A1: cold calls work best in the afternoon, and these hours end before it", remedy


def _cadence_cannot_fit(campaign: Campaign) -> Warnings:
    calls, mails = campaign.calls, campaign.mails
    lasts = (campaign.ends - campaign.starts).days + 1 if campaign.starts and campaign.ends else 366
    days = min(calls.within_days, lasts)
    working = days // 7 * 5 + max(0, days % 7 - 2)  # at the worst moment to begin
    if Channel.CALL in campaign.channels and calls.most > working:
        message = f"B2: {calls.most} calls, one a day, may not fit into {days} days with {working} working days"
        yield "calls", message, "Make fewer calls or give them more days."
    if Channel.EMAIL in campaign.channels and (mails.most - 1) * mails.days_between + 1 > lasts:
        message = f"{mails.most} mails, {mails.days_between} days apart, do not fit into {lasts} days"
        yield "mails", message, "Write fewer mails, closer together, or end later."
    if set(campaign.channels) == set(Channel) and campaign.caps.per_day < 2:
        message = "B4: the mail after a call cannot leave the same day"
        yield "caps.per_day", message, "Set per_day to 2: one call and the mail that follows it."
