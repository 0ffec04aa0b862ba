"""What may still follow, and how soon (B2, B7, our caps)?

Caps count every touch that left or may have left, in rolling spans, so no day or month boundary doubles them.
"""

from __future__ import annotations

from collections.abc import Iterable

from opportune.rules.campaign import Campaign
from opportune.rules.consent import LawRow
from opportune.rules.dispositions import TALKED
from opportune.rules.facts import (
    DAY,
    TURNS,
    CallKind,
    CallResult,
    Channel,
    History,
    Instant,
    Interest,
    Kind,
    PastTouch,
    Person,
    Reason,
    Shape,
)
from opportune.rules.parts import Step
from opportune.rules.zones import day_part

CALLS_PER_DAY = 1
UNASKED = (Kind.APPROACH, Kind.FOLLOW_UP, Kind.NURTURE)

Until = tuple[Instant, Reason]


def spread(person: Person, step: int) -> float:
    """A number in [0, 1) that is always the same for this step, so that people of one list do not ring at once.
    Who wants to buy or asked for contact comes first (B8)."""
    if person.interest is Interest.HOT or person.asked_for_contact:
        return 0.0
    return (person.turn + 5 * step) % TURNS / TURNS


def is_cold(person: Person, history: History) -> bool:
    """A1 binds calls to people who neither raised a hand nor ever talked with us here."""
    talked = any(touch.result in TALKED for touch in history.touches)
    return person.interest is Interest.COLD and not person.asked_for_contact and not talked


def announces(person: Person, campaign: Campaign, history: History) -> bool:
    """Whether an approach by phone speaks by itself. In any campaign a colleague calls who was recommended to us, and
    where a secretary answered (A7, B12)."""
    secretary = any(touch.result is CallResult.SECRETARY for touch in history.touches)
    return campaign.calls.shape is Shape.ANNOUNCE and person.call_kind is not CallKind.REFERRAL and not secretary


def calls_made(history: History) -> list[PastTouch]:
    """Calls that count in the cadence; a callback that was asked for does not (C4)."""
    return [touch for touch in history.touches if touch.channel is Channel.CALL and touch.kind in UNASKED]


def next_part(history: History, person: Person) -> str | None:
    """The part of the day that the next call avoids: that of the last one (B2)."""
    calls = [touch for touch in history.touches if touch.channel is Channel.CALL]
    return day_part(person.zones[0], calls[-1].at) if calls else None


def calls_left(history: History, campaign: Campaign, now: Instant) -> int:
    """B2: four calls within twelve days, then none."""
    calls = calls_made(history)
    if calls and now >= calls[0].at + campaign.calls.within_days * DAY:
        return 0
    return max(0, campaign.calls.most - len(calls))


def mails_left(history: History, campaign: Campaign) -> int:
    """Only approaches count: mails that follow a call are bounded by the calls."""
    written = [touch for touch in history.touches if touch.channel is Channel.EMAIL and touch.kind is Kind.APPROACH]
    return max(0, campaign.mails.most - len(written))


def planned_step(history: History, campaign: Campaign) -> Step | None:
    """The campaign's step that the next approach carries out; None where it names none, or all are done."""
    done = sum(touch.kind is Kind.APPROACH for touch in history.touches)
    return campaign.steps[done] if done < len(campaign.steps) else None


def steps_done(history: History, campaign: Campaign) -> bool:
    """After the last step of a campaign the cadence ends (B7)."""
    return bool(campaign.steps) and planned_step(history, campaign) is None


def step_until(history: History, campaign: Campaign, now: Instant) -> Until | None:
    """The days that the campaign wants between two steps."""
    step = planned_step(history, campaign)
    made = [touch.at for touch in history.touches if touch.kind is Kind.APPROACH]
    if step is None or not made:
        return None
    until = made[-1] + step.after_days * DAY
    return (until, Reason("step_gap", "B2", {"days": step.after_days})) if until > now else None


def mail_gap_until(history: History, campaign: Campaign, now: Instant) -> Until | None:
    """Days of quiet after the last mail, follow-ups and what was asked for included: a reader does not tell them
    apart."""
    counted = (*UNASKED, Kind.REQUESTED)
    mails = [touch.at for touch in history.touches if touch.channel is Channel.EMAIL and touch.kind in counted]
    until = mails[-1] + campaign.mails.days_between * DAY if mails else now
    return (until, Reason("mail_gap", "B2", {"days": campaign.mails.days_between})) if until > now else None


def capped_until(history: History, campaign: Campaign, law: LawRow, channel: Channel, now: Instant) -> Until | None:
    """When the last of the caps that bind now lets go: those of the law and ours, over all campaigns."""
    everything = [at for _, at in history.elsewhere]
    calls = [at for done, at in history.elsewhere if done is Channel.CALL]
    ours = [
        _full_until(everything, campaign.caps.per_day, 1, now, "cap_touches", "B2"),
        _full_until(everything, campaign.caps.per_week, 7, now, "cap_touches", "B2"),
        _full_until(calls, CALLS_PER_DAY, 1, now, "cap_calls", "B2") if channel is Channel.CALL else None,
        law_capped_until(history, law, channel, now),
    ]
    return _latest(ours)


def law_capped_until(history: History, law: LawRow, channel: Channel, now: Instant) -> Until | None:
    """The caps that bind even a promised callback: calls in so many days, and silence after a refusal."""
    if channel is not Channel.CALL:
        return None
    calls = [at for done, at in history.elsewhere if done is Channel.CALL]
    found = [_full_until(calls, most, days, now, "law_cap", "E1") for most, days in law.caps]
    if law.refusal_days and history.refused_at is not None:
        until = history.refused_at + law.refusal_days * DAY
        found.append((until, Reason("refusal_rest", "E1", {"days": law.refusal_days})) if until > now else None)
    return _latest(found)


def _latest(found: Iterable[Until | None]) -> Until | None:
    return max((until for until in found if until), key=lambda until: until[0], default=None)


def _full_until(touches: list[Instant], most: int, days: int, now: Instant, code: str, rule: str) -> Until | None:
    recent = sorted(at for at in touches if at > now - days * DAY)
    if len(recent) < most:
        return None
    return recent[len(recent) - most] + days * DAY, Reason(code, rule, {"most": most, "days": days})
