"""What is unwise in a campaign for the people it is meant for: their places, their number, who they are?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from math import ceil
from statistics import NormalDist
from typing import Any

from opportune.rules.campaign import Campaign, minutes
from opportune.rules.consent import LawRow
from opportune.rules.facts import Channel, Shape, Status
from opportune.rules.openings import common
from opportune.rules.parts import Audience, When

AUDIENCES = ("b2b", "b2c")
Warnings = Iterator[tuple[str, str, dict[str, Any]]]

#: What a comparison is planned for: a goal rate of 6 % (dated benchmarks: meetings per call 3.4 %, leads 5 %), told
#: apart from one 3 points away, missed one time in five, believed by chance one time in twenty.
USUAL_RATE, WORTH_KNOWING, POWER, CHANCE = 0.06, 0.03, 0.80, 0.05


def warnings(campaign: Campaign, places: Sequence[LawRow], size: int | None) -> Warnings:
    yield from _no_hours(campaign, places)
    yield from _no_announcing(campaign, places)
    yield from _nobody(campaign)
    if size is not None:
        yield from _too_small(campaign, size)


def _no_hours(campaign: Campaign, places: Sequence[LawRow]) -> Warnings:
    """A campaign can only narrow the law's hours: what is left may be nothing."""
    if Channel.CALL not in campaign.channels:
        return
    closed = [place.name for place in places if not _ever_open(campaign, place)]
    if closed and len(closed) == len(places):
        yield "calls.hours", "no_hours_anywhere", {"hours": campaign.calls.hours}
    elif closed:
        yield "calls.hours", "no_hours_in", {"hours": campaign.calls.hours, "places": ", ".join(sorted(closed))}


def _ever_open(campaign: Campaign, place: LawRow) -> bool:
    """Is there a minute in the week in which somebody there may be called?"""
    wanted = [minutes(campaign.calls.hours)]
    return any(common(list(day), wanted) for day in place.hours(campaign.calls.shape is Shape.ANNOUNCE))


def _no_announcing(campaign: Campaign, places: Sequence[LawRow]) -> Warnings:
    """Where no call may speak by itself, whoever says yes: a colleague may still call."""
    if Channel.CALL not in campaign.channels or campaign.calls.shape is not Shape.ANNOUNCE:
        return
    closed = sorted(place.name for place in places if "forbidden" in map(partial(place.needs, "call_auto"), AUDIENCES))
    if closed:
        yield "calls.shape", "announce_forbidden_in", {"places": ", ".join(closed)}


def _nobody(campaign: Campaign) -> Warnings:
    """A rule that the audience itself rules out."""
    for number, rule in enumerate(campaign.rules):
        for field in ("statuses", "countries", "interests", "sources"):
            if rule.when and _apart(campaign.audience, rule.when, field):
                yield f"rules.{number}.when.{field}", "rule_for_nobody", {"rule": number + 1, "field": field}


def _apart(audience: Audience, when: When, field: str) -> bool:
    theirs, asked = set(getattr(audience, field)), set(getattr(when, field))
    if field == "statuses":
        theirs -= {Status.UNKNOWN}  # it may become known
    return bool(theirs and asked) and not theirs & asked


def _too_small(campaign: Campaign, size: int) -> Warnings:
    share = campaign.comparison_sample
    needed = people_needed(share) if share else 0
    if size < needed:
        yield "comparison_sample", "comparison_too_small", {"size": size, "needed": needed, "share": f"{share:.0%}"}


def people_needed(share: float) -> int:
    """How large must an audience be so that a comparison sample of this share can answer?

    Two shares by the normal approximation: n of each channel = 2 p (1 - p) ((z of 1 - a/2 + z of power) / d)^2
    (Fleiss, Statistical Methods for Rates and Proportions, without continuity correction).
    """
    z = NormalDist().inv_cdf(1 - CHANCE / 2) + NormalDist().inv_cdf(POWER)
    each = 2 * USUAL_RATE * (1 - USUAL_RATE) * (z / WORTH_KNOWING) ** 2
    return ceil(2 * each / share)
