"""What does this campaign say, in words that its author would use?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from opportune.rules.campaign import Campaign
from opportune.rules.facts import Channel, Goal, Shape
from opportune.rules.parts import Audience, Calls, Rule, Step, When, WritingReason

GOALS = {
    Goal.MEETING: "for a meeting",
    Goal.CONFERENCE: "for a conference call",
    Goal.TRIAL: "to try the product",
    Goal.CLARIFICATION: "to clarify something",
    Goal.FEEDBACK: "for feedback",
    Goal.RECOMMENDATION: "for a recommendation",
    Goal.INFORM: "to take note of something",
}
BECAUSE = {  # A13
    WritingReason.BRING_BACK: "we want readers back on the site",
    WritingReason.REMIND: "we remind them of us",
    WritingReason.WIN_OVER: "they asked once and did not buy",
    WritingReason.SHARE: "we have something useful to share",
    WritingReason.SELL_AGAIN: "they bought before and may again",
}
VERB = {Channel.CALL: "call", Channel.EMAIL: "write"}
NOUN = {Channel.CALL: "a call", Channel.EMAIL: "an email", None: "call or email, as the rules decide"}


def describe(campaign: Campaign) -> str:
    """The whole document, a sentence or two for each part."""
    return "\n".join((goal(campaign), *_how(campaign), *_when(campaign), *_steps(campaign), *_brakes(campaign)))


def goal(campaign: Campaign) -> str:
    """The campaign in one sentence."""
    asked, because = GOALS[campaign.goal], BECAUSE[campaign.reason]
    return f"{campaign.advertiser} asks {whom(campaign.audience)} {asked}, because {because}."


def whom(audience: Audience) -> str:
    people = f"{either(f'{status}s' for status in audience.statuses)}" if audience.statuses else "everybody"
    people = people.replace("unknowns", "people of unknown status").replace("staffs", "staff")
    interest = f" whose interest is {either(audience.interests)}" if audience.interests else ""
    place = f" in {either(audience.countries)}" if audience.countries else ""
    source = f" from {either(audience.sources)}" if audience.sources else ""
    segment = f" of the segment {audience.segment}" if audience.segment else ""
    return people + interest + place + source + segment


def _how(campaign: Campaign) -> Iterator[str]:
    if len(campaign.channels) == 1:
        yield f"We only {VERB[campaign.channels[0]]}."
    elif campaign.rules:
        yield "We " + "; ".join(rule(each) for each in campaign.rules) + "."
    else:
        yield "The recommended rules decide whom we call and whom we write to."
    if campaign.comparison_sample:
        yield f"For {campaign.comparison_sample:.0%} a coin decides, so that call and email can be compared."
    if campaign.hold_out:
        yield f"{campaign.hold_out:.0%} receive nothing, so that we see what contacting people is worth."
    if campaign.free_first:
        yield f"Cold people are first offered something free: {campaign.free_first}."


def rule(each: Rule) -> str:
    return f"{VERB[each.then]} if {condition(each.when)}" if each.when else f"otherwise {VERB[each.then]}"


def condition(when: When) -> str:
    """All that must hold."""
    lists: dict[str, Iterable[Any]] = {
        "the status is": when.statuses,
        "the interest is": when.interests,
        "the country is": when.countries,
        "they come from": when.sources,
        "the familiarity is": when.familiarity,
        "the kind of call is": when.kinds,
    }
    said = [f"{words} {either(values)}" for words, values in lists.items() if values]
    if when.business is not None:
        said.append("it is a business contact" if when.business else "it is a private person")
    if when.missed_calls_from is not None:
        said.append(f"{when.missed_calls_from} or more calls were missed")
    if when.prefers is not None:
        said.append(f"they prefer {when.prefers}")
    if when.fit_from is not None:
        said.append(f"the fit is {when.fit_from:g} or more")
    return " and ".join(said)


def _when(campaign: Campaign) -> Iterator[str]:
    calls, mails = campaign.calls, campaign.mails
    if Channel.CALL in campaign.channels:
        yield f"Calls {calls.hours}, executives {calls.executives}: {calls.most} in {calls.within_days} days at most."
        yield _shape(calls)
    if Channel.EMAIL in campaign.channels:
        yield f"Mail {mails.hours}, {mails.days_between} days apart: {mails.most} at most, besides those after a call."
        if mails.track_clicks:
            yield "Links in the mails lead through us, and who follows them is counted."
    if campaign.starts or campaign.ends:
        yield f"It runs from {campaign.starts or 'its activation'} to {campaign.ends or 'its end'}."


def _shape(calls: Calls) -> str:
    if calls.shape is Shape.OPERATOR_FIRST:
        return "A colleague is rung first and hears whom it is about; then the person is called."
    left = "a voicemail may be left" if calls.voicemail else "no voicemail is left"
    return f"Calls speak by themselves and offer keys; {left}. Promised calls are made by a colleague."


def _steps(campaign: Campaign) -> Iterator[str]:
    if campaign.steps:
        yield ("Steps: " + "; ".join(f"{n}. {step(each)}" for n, each in enumerate(campaign.steps, 1)) + ".")
    if campaign.retry_lost_days:
        days = ", ".join(map(str, campaign.retry_lost_days))
        yield f"Who is lost for now is asked again with a new offer after {days} days."


def step(each: Step) -> str:
    days = "1 day" if each.after_days == 1 else f"{each.after_days} days"
    wait = f", {days} later" if each.after_days else ""
    words = "".join(f" ({name})" for name in (each.call, each.email) if name)
    return f"{NOUN[each.channel]}{words}{wait}"


def _brakes(campaign: Campaign) -> Iterator[str]:
    caps = campaign.caps
    yield f"Nobody hears from us more than {caps.per_day} times a day and {caps.per_week} times a week."
    if caps.daily_spend is not None:
        yield f"It stops for the day when {caps.daily_spend:g} are spent."
    if campaign.canary:
        yield f"First {campaign.canary} people, then it asks before it goes on."


def either(values: Iterable[Any]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *first, last = [str(value).replace("_", " ") for value in values]
    return f"{', '.join(first)} or {last}" if first else last
