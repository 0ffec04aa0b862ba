"""What do the campaign's own rules say: when this holds, call, or write?"""

from __future__ import annotations

from opportune.rules.case import Case
from opportune.rules.facts import MISSED, Channel, Reason
from opportune.rules.parts import When


def by_campaign(case: Case) -> tuple[Channel, tuple[Reason, ...]] | None:
    """The first of the campaign's rules that matches; the last one always does."""
    for number, rule in enumerate(case.campaign.rules, 1):
        if rule.when is None:
            return rule.then, (Reason("campaign_otherwise", "A5", {"channel": rule.then.value}),)
        if _holds(rule.when, case):
            return rule.then, (Reason("campaign_rule", "A5", {"number": number, "channel": rule.then.value}),)
    return None


def _holds(when: When, case: Case) -> bool:
    """All that it names holds; what it does not name does not matter, and what we do not know holds nothing."""
    person = case.person
    named = (
        (when.statuses, person.status),
        (when.interests, person.interest),
        (when.countries, person.country),
        (when.familiarity, person.familiarity),
        (when.kinds, person.call_kind),
    )
    if any(wanted and value not in wanted for wanted, value in named):
        return False
    if when.sources and not set(when.sources) & set(person.sources):
        return False
    if when.business is not None and when.business != person.business:
        return False
    if when.missed_calls_from and _missed(case) < when.missed_calls_from:
        return False
    leaning = case.stated or person.preference
    if when.prefers and (leaning is None or leaning.channel is not when.prefers):
        return False
    return when.fit_from is None or (person.fit is not None and person.fit >= when.fit_from)


def _missed(case: Case) -> int:
    return sum(touch.result in MISSED for touch in case.history.touches)
