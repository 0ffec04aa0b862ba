"""Which single other fact could have led elsewhere, and what would the case then be?

A counterfactual is data: `apply` carries it out on the facts, and deciding again tells where it leads. So what `why`
names is never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from operator import attrgetter
from typing import Any

from opportune.rules.cadence import announces
from opportune.rules.campaign import SERIOUS, Campaign
from opportune.rules.facts import (
    HOUR,
    MISSED,
    CallResult,
    Change,
    Channel,
    ConsentFact,
    Decision,
    Goal,
    History,
    Instant,
    Interest,
    Kind,
    PastTouch,
    Person,
    Preference,
    Shape,
    Status,
)

Facts = tuple[Person, Campaign, History]

#: After these no single fact would help, or it is not ours to wish for.
SETTLED = frozenset(
    {"suppressed", "stopped", "not_interested", "lost_for_now", "lost_again", "hold_out"}
    | {"starts_on", "campaign_over", "disqualified"}
)
ANY_ZONE, ANY_PHONE, ANY_EMAIL = "UTC", "+10000000", "known@example"  # stand in for what we do not know


_VALUES = attrgetter(*Person.__slots__)


def altered(person: Person, fact: str, value: Any) -> Person:
    """As `dataclasses.replace`, at half its cost: counterfactuals ask for it by the million."""
    values = list(_VALUES(person))
    values[Person.__slots__.index(fact)] = value
    return Person(*values)


def apply(change: Change, person: Person, campaign: Campaign, history: History, now: Instant) -> Facts:
    """The same case with this one fact altered."""
    return ALTER[change.fact](change, person, campaign, history, now)


def _goal(change: Change, person: Person, campaign: Campaign, history: History, _: Instant) -> Facts:
    return person, campaign.model_copy(update={"goal": Goal(change.value)}), history


def _missed_call(_: Change, person: Person, campaign: Campaign, history: History, now: Instant) -> Facts:
    """An hour ago, or right after the last touch."""
    last = history.touches[-1].at if history.touches else 0
    at = max(now - HOUR, last)
    missed = PastTouch(0, Channel.CALL, Kind.APPROACH, 1, 1, at, "no_answer", CallResult.NO_ANSWER)
    elsewhere = (*history.elsewhere, (Channel.CALL, at))
    return person, campaign, replace(history, touches=(*history.touches, missed), elsewhere=elsewhere)


def _shape(change: Change, person: Person, campaign: Campaign, history: History, _: Instant) -> Facts:
    calls = campaign.calls.model_copy(update={"shape": Shape(change.value)})
    return person, campaign.model_copy(update={"calls": calls}), history


def _consent(change: Change, person: Person, campaign: Campaign, history: History, now: Instant) -> Facts:
    yes = ConsentFact(0, change.fact.removeprefix("consent_"), True, now)
    return altered(person, "consents", (*person.consents, yes)), campaign, history


def _person(fact: str, value: Callable[[str], Any]) -> Callable[..., Facts]:
    return lambda change, person, campaign, history, _: (
        altered(person, fact, value(change.value)),
        campaign,
        history,
    )


ALTER: dict[str, Callable[[Change, Person, Campaign, History, Instant], Facts]] = {
    "status": _person("status", Status),
    "interest": _person("interest", Interest),
    "preference": _person("preference", lambda value: Preference(Channel(value), "asked")),
    "zone": _person("zones", lambda value: (value,)),
    "phone": _person("phone", str),
    "email": _person("email", str),
    "goal": _goal,
    "shape": _shape,
    "consent_call": _consent,
    "consent_call_auto": _consent,
    "consent_email": _consent,
    "missed_call": _missed_call,
}


def candidates(found: Decision, person: Person, campaign: Campaign, history: History) -> Iterator[Change]:
    """The nearest other facts, where they can matter; where each leads is for the caller to find out."""
    code = found.reasons[0].code
    if code in SETTLED:
        return
    if code in ("needs_zone", "needs_address"):
        yield from _missing(code, person)
        return
    if campaign.goal in SERIOUS:
        for status in (Status.EXECUTIVE, Status.MANAGER, Status.STAFF):
            if status is not person.status:
                yield Change("status", status.value, None)
    yield Change("goal", (Goal.CLARIFICATION if campaign.goal in SERIOUS else Goal.MEETING).value, None)
    if person.interest is Interest.COLD and any(reason.code == "write_first" for reason in found.reasons):
        yield Change("interest", Interest.WARM.value, None)  # A1 binds cold calls only
    yield from _of_channels(found, announces(person, campaign, history))
    if "call" not in found.ruled_out and not any(touch.result in MISSED for touch in history.touches):
        yield Change("missed_call", "yes", None)


def _missing(code: str, person: Person) -> Iterator[Change]:
    """What somebody would have to look up."""
    if code == "needs_zone":
        yield Change("zone", next(iter(person.zones), ANY_ZONE), None)
    else:
        yield Change("phone", ANY_PHONE, None)
        yield Change("email", ANY_EMAIL, None)


def _of_channels(found: Decision, automated: bool) -> Iterator[Change]:
    for channel in Channel:
        if channel is not found.channel and channel.value not in found.ruled_out:
            yield Change("preference", channel.value, None)
    if automated and "call" in found.ruled_out:
        yield Change("shape", Shape.OPERATOR_FIRST.value, None)
    for channel, kind in ((Channel.CALL, "call_auto" if automated else "call"), (Channel.EMAIL, "email")):
        closed = found.ruled_out.get(channel.value)
        if closed and closed.code != "consent_withdrawn":  # who said no is not asked to unsay it
            yield Change(f"consent_{kind}", "yes", None)
