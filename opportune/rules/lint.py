"""What in this campaign is allowed but unwise (A1, A6, A17, B2, B4, B5, B7)?

Warnings, never errors: the marketer may know better. `lint_audience` asks what only the audience can answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from opportune.rules import lint_audience
from opportune.rules.campaign import SERIOUS, Campaign, minutes
from opportune.rules.consent import LawRow
from opportune.rules.facts import Channel, Shape
from opportune.rules.problems import Problem
from opportune.rules.words import lint_en, lint_ro, lint_ru

NOON = 12 * 60
SPOKEN = 60  # words: at 150 a minute the offer then takes 24 seconds, and B6 wants the value within 15
WORDS: dict[str, Mapping[str, tuple[str, str]]] = {
    "en": lint_en.WARNINGS,
    "ru": lint_ru.WARNINGS,
    "ro": lint_ro.WARNINGS,
}
Warnings = Iterator[tuple[str, str, dict[str, Any]]]  # key, code, values


def lint(
    campaign: Campaign,
    *,
    file: str = "",
    lines: Mapping[str, int] | None = None,
    language: str = "en",
    places: Sequence[LawRow] = (),
    size: int | None = None,
) -> list[Problem]:
    """The warnings, each with the key it is about and what would be wiser.

    Args:
        lines: key, dotted -> its line in the file, as `document.lines` finds them.
        places: the law rows of the places in which the audience lives; empty: not known.
        size: people in the audience; None: not known.
    """
    checks = (_usual_mistake, _monday_morning, _speaking, _unheard, _ending, _cadence_cannot_fit, _steps_cannot_fit)
    found = [warning for check in checks for warning in check(campaign)]
    found += lint_audience.warnings(campaign, places, size)
    words = WORDS.get(language, lint_en.WARNINGS)
    return [_problem(campaign, file, lines or {}, words[code], key, code, values) for key, code, values in found]


def _problem(
    campaign: Campaign,
    file: str,
    lines: Mapping[str, int],
    words: tuple[str, str],
    key: str,
    code: str,
    values: dict[str, Any],
) -> Problem:
    message, remedy = (text.format_map(values) for text in words)
    return Problem(file or campaign.key, _line(lines, key), key, message, remedy, "warning", code)


def _line(lines: Mapping[str, int], key: str) -> int:
    """Of the key, or of the nearest one above it that is written down."""
    while key and key not in lines:
        key = key.rpartition(".")[0]
    return lines.get(key, 0)


def _usual_mistake(campaign: Campaign) -> Warnings:
    """A6: complex matters by email, trifles by phone."""
    said = {rule.then for rule in campaign.rules} or set(campaign.channels)
    key = "rules" if campaign.rules else "channels"
    if campaign.goal in SERIOUS and said == {Channel.EMAIL}:
        yield key, "serious_by_mail", {}
    if campaign.goal not in SERIOUS and said == {Channel.CALL}:
        yield key, "trifle_by_phone", {}


def _monday_morning(campaign: Campaign) -> Warnings:
    """A1."""
    if Channel.CALL not in campaign.channels:
        return
    if campaign.starts and campaign.starts.weekday() == 0:
        yield "starts", "starts_on_monday", {}
    if minutes(campaign.calls.hours)[1] <= NOON:
        yield "calls.hours", "mornings_only", {"hours": campaign.calls.hours}


def _speaking(campaign: Campaign) -> Warnings:
    """B5 and B6: come to the point, and offer to email the rest."""
    if Channel.CALL not in campaign.channels or not campaign.calls.most:
        return
    words = len(campaign.offer.split())
    if words > SPOKEN:
        yield "offer", "offer_too_long_to_say", {"words": words, "most": SPOKEN, "seconds": words * 60 // 150}
    if Channel.EMAIL not in campaign.channels and campaign.goal in SERIOUS:
        yield "channels", "nothing_to_email", {}


def _unheard(campaign: Campaign) -> Warnings:
    """A2: where a colleague is rung first, it is they who hear the machine, so nothing is left by itself."""
    calls = campaign.calls
    if Channel.CALL in campaign.channels and calls.voicemail and calls.shape is Shape.OPERATOR_FIRST:
        yield "calls.voicemail", "voicemail_unheard", {}


def _ending(campaign: Campaign) -> Warnings:
    """B7, A17: every contact ends with a next step or a disqualification; lost is not disqualified."""
    if not campaign.retry_lost_days and campaign.purpose == "marketing":
        yield "retry_lost_days", "lost_for_ever", {}
    lasts = _length(campaign)
    if lasts > campaign.outcome_days:
        yield "outcome_days", "counted_too_early", {"days": campaign.outcome_days, "lasts": lasts}


def _length(campaign: Campaign) -> int:
    """Days from the first approach to the last, at the least."""
    if campaign.steps:
        return sum(step.after_days for step in campaign.steps[1:])
    return (campaign.mails.most - 1) * campaign.mails.days_between if Channel.EMAIL in campaign.channels else 0


def _lasts(campaign: Campaign) -> int:
    """Days in which the campaign is open; a year where no end is set."""
    return (campaign.ends - campaign.starts).days + 1 if campaign.starts and campaign.ends else 366


def _cadence_cannot_fit(campaign: Campaign) -> Warnings:
    calls, mails, lasts = campaign.calls, campaign.mails, _lasts(campaign)
    days = min(calls.within_days, lasts)
    working = max(0, days - 2)  # begun at the worst moment; more than a week has room for all that B2 allows
    if Channel.CALL in campaign.channels and calls.most > working:
        yield "calls", "calls_do_not_fit", {"most": calls.most, "days": days, "working": working}
    if Channel.EMAIL in campaign.channels and (mails.most - 1) * mails.days_between + 1 > lasts:
        yield "mails", "mails_do_not_fit", {"most": mails.most, "between": mails.days_between, "days": lasts}
    if set(campaign.channels) == set(Channel) and campaign.caps.per_day < 2:
        yield "caps.per_day", "no_mail_after_call", {}


def _steps_cannot_fit(campaign: Campaign) -> Warnings:
    """A step that comes after the campaign's end is reached by nobody; nor is one that the week's cap pushes out."""
    day, lasts = 0, _lasts(campaign)
    for number, step in enumerate(campaign.steps):
        day += step.after_days if number else 0  # nothing comes before the first
        if day >= lasts:
            yield f"steps.{number}", "step_after_the_end", {"step": number + 1, "day": day, "days": lasts}
        elif number // campaign.caps.per_week * 7 >= lasts:
            yield f"steps.{number}", "step_beyond_cap", {"step": number + 1, "most": campaign.caps.per_week}
