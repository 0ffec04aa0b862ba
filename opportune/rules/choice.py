"""Call or write (A3, A5, A7, A8, A9), and when does a lot decide instead?"""

from __future__ import annotations

from dataclasses import dataclass, field

from opportune.rules.cadence import capped_until, mails_left
from opportune.rules.campaign import SERIOUS
from opportune.rules.case import Case
from opportune.rules.facts import HOUR, MISSED, CallResult, Channel, Preference, Reason, Status

FLOOR = 0.05  # below this chance a channel's result could not be weighed


@dataclass(frozen=True, slots=True)
class Choice:
    """A channel, why, and with which chances."""

    channel: Channel
    reasons: tuple[Reason, ...]
    mode: str = "policy"
    propensities: dict[Channel, float] = field(default_factory=dict)


def choose(case: Case) -> Choice:
    """A stated preference, then the comparison sample, then goal and status."""
    stated = stated_preference(case)
    if stated and stated.channel in case.eligible:
        return Choice(stated.channel, (Reason("preference", "A9", _told(stated)),))
    arm = _kept_arm(case)
    if arm:
        return Choice(arm, (Reason("comparison_kept", "F1", {"channel": arm.value}),), "explore")
    policy = _write_first(case, _by_goal(case))
    share = case.campaign.comparison_sample
    if case.history.touches or len(case.eligible) < 2 or not share or case.window is None:
        return policy
    return _draw(case, policy, share)


def stated_preference(case: Case) -> Preference | None:
    """What the person told us; "send me an email", said on the phone, is as good as any (A9)."""
    if any(touch.result is CallResult.EMAIL_PLEASE for touch in case.history.touches):
        return Preference(Channel.EMAIL, "said so on the phone")
    preference = case.person.preference
    return preference if preference and preference.strength == "stated" else None


def _told(preference: Preference) -> dict[str, str]:
    return {"channel": preference.channel.value, "evidence": preference.evidence}


def _by_goal(case: Case) -> Choice:
    channel, reasons = _wanted(case)
    if channel in case.eligible:
        return Choice(channel, reasons)
    other = next(iter(case.eligible))
    return Choice(other, (*reasons, Reason("only_way", "A8", {"channel": other.value})))


def _wanted(case: Case) -> tuple[Channel, tuple[Reason, ...]]:
    goal = case.campaign.goal
    if goal not in SERIOUS:
        return Channel.EMAIL, (Reason("goal_writes", "A5", {"goal": goal.value}),)
    calls = Reason("goal_calls", "A5", {"goal": goal.value})
    leaning = case.person.preference
    if leaning and leaning.channel is Channel.EMAIL and leaning.strength != "stated":
        return Channel.EMAIL, (calls, Reason("leaning", "A9", _told(leaning)))
    status = case.person.status
    if status is Status.STAFF and any(touch.result in MISSED for touch in case.history.touches):
        return Channel.EMAIL, (calls, Reason("staff_missed", "A8"))
    high = (Reason("status_high", "A7"),) if status is Status.EXECUTIVE else ()
    return Channel.CALL, (calls, *high)


def _write_first(case: Case, choice: Choice) -> Choice:
    """A3: the good moment is far off and nothing was written yet."""
    mailed = any(touch.channel is Channel.EMAIL for touch in case.history.touches)
    may_write = Channel.EMAIL in case.eligible and mails_left(case.history, case.campaign)
    if choice.channel is Channel.EMAIL or mailed or not may_write:
        return choice
    window = case.window
    if window is None or window.start - case.now <= case.campaign.far_call_hours * HOUR:
        return choice
    if capped_until(case.history, case.campaign, case.law, Channel.EMAIL, case.now):
        return choice
    return Choice(Channel.EMAIL, (*choice.reasons, Reason("write_first", "A3", case.clock(window.start))))


def _kept_arm(case: Case) -> Channel | None:
    """Whoever a lot sent one way stays on it, or the comparison would compare nothing."""
    first = case.history.first_channel
    sampled = case.lot < case.campaign.comparison_sample and case.history.touches
    return first if sampled and first in case.eligible else None


def _draw(case: Case, policy: Choice, share: float) -> Choice:
    """The lot below the share tosses a fair coin; the chance of each channel is recorded for everybody."""
    other = Channel.EMAIL if policy.channel is Channel.CALL else Channel.CALL
    low = max(share / 2, FLOOR)
    chances = {policy.channel: 1 - low, other: low}
    if case.lot >= share:
        return Choice(policy.channel, policy.reasons, "policy", chances)
    arm = Channel.CALL if case.lot < share / 2 else Channel.EMAIL
    return Choice(arm, (Reason("comparison", "F1", {"channel": arm.value}),), "explore", chances)
