"""Do the rules and steps of a campaign fit together, and can each of them ever apply?

Each contradiction names its exact place, so that the file's line is known.
"""

from __future__ import annotations

from opportune.rules.facts import Channel
from opportune.rules.parts import Calls, Mails, Rule, Step
from opportune.rules.problems import Wrong

MOST = 8  # more than this nobody keeps in mind
BEYOND = {Channel.CALL: "step_beyond_calls", Channel.EMAIL: "step_beyond_mails"}


def check_rules(rules: tuple[Rule, ...], channels: tuple[Channel, ...]) -> None:
    """First match wins, so `otherwise` stands last, and nothing may stand behind it."""
    if len(rules) > MOST:
        raise Wrong("rules_too_many", at=(MOST,), most=MOST)
    for index, rule in enumerate(rules):
        if rule.then not in channels:
            raise Wrong("rule_without_channel", at=(index,), channel=rule.then.value)
        if rule.when is None and index < len(rules) - 1:
            raise Wrong("otherwise_not_last", at=(index,))
        if rule.when is not None and rule.when in [earlier.when for earlier in rules[:index]]:
            raise Wrong("rule_never_reached", at=(index,))
    if rules and rules[-1].when is not None:
        raise Wrong("otherwise_missing", at=(len(rules) - 1,))


def check_steps(steps: tuple[Step, ...], channels: tuple[Channel, ...], calls: Calls, mails: Mails) -> None:
    """A step must have its channel, its words, a day within the cadence and a place below the caps."""
    if len(steps) > MOST:
        raise Wrong("steps_too_many", at=(MOST,), most=MOST)
    made = {Channel.CALL: 0, Channel.EMAIL: 0}
    most = {Channel.CALL: calls.most, Channel.EMAIL: mails.most}
    day: int | None = None  # since the first step that is surely a call: there the days of calls.within_days begin
    for index, step in enumerate(steps):
        check_channel(index, step, channels)
        if day is not None:
            day += step.after_days
        elif step.channel is Channel.CALL:
            day = 0
        if step.channel is Channel.CALL and day and day >= calls.within_days:
            raise Wrong("step_too_late", at=(index, "after_days"), day=day, days=calls.within_days)
        if step.channel:
            made[step.channel] += 1
            if made[step.channel] > most[step.channel]:
                raise Wrong(BEYOND[step.channel], at=(index,), most=most[step.channel])


def check_channel(index: int, step: Step, channels: tuple[Channel, ...]) -> None:
    """Its channel is one of the campaign's, and its words are for that channel."""
    possible = (step.channel,) if step.channel else channels
    if not set(possible) <= set(channels):
        raise Wrong("step_without_channel", at=(index,), channel=step.channel)
    for channel, words in ((Channel.CALL, step.call), (Channel.EMAIL, step.email)):
        if words and channel not in possible:
            raise Wrong("step_words_unused", at=(index, channel.value), template=words, channel=channel.value)
