"""Call or write (A3, A5, A7, A8, A9, A16), and when does a lot decide instead?

A stated preference, then the lot, then the campaign's own steps and rules; where it has none the recommended rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from opportune.rules.cadence import capped_until, mails_left
from opportune.rules.campaign import SERIOUS
from opportune.rules.case import Case
from opportune.rules.dispositions import last_call
from opportune.rules.facts import (
    HOUR,
    MISSED,
    CallResult,
    Channel,
    Interest,
    Kind,
    Preference,
    Reason,
    Status,
)
from opportune.rules.when import by_campaign
from opportune.rules.wording import free_thing

FLOOR = 0.05  # below this chance a channel's result could not be weighed
Wanted = tuple[Channel, tuple[Reason, ...]]


@dataclass(frozen=True, slots=True)
class Choice:
    """A channel, why, and with which chances."""

    channel: Channel
    reasons: tuple[Reason, ...]
    mode: str = "policy"
    propensities: dict[Channel, float] = field(default_factory=dict)


def choose(case: Case) -> Choice:
    """A stated preference, then the comparison sample, then what the campaign says, then goal and status."""
    stated = case.stated
    if stated and stated.channel in case.eligible:
        return Choice(stated.channel, (Reason("preference", "A9", _told(stated)),))
    arm = _kept_arm(case)
    if arm:
        return Choice(arm, (Reason("comparison_kept", "F1", {"channel": arm.value}),), "explore")
    policy = _policy(case)
    share = case.campaign.comparison_sample
    if case.history.touches or len(case.eligible) < 2 or not share or case.window is None:
        return policy
    return _draw(case, policy, share)


def _policy(case: Case) -> Choice:
    step = case.planned
    if step and step.channel:
        return _open(case, step.channel, (Reason("step_channel", "B2", {"channel": step.channel.value}),))
    if Channel.EMAIL in case.eligible and free_thing(case.campaign, case.history, case.cold):
        return Choice(Channel.EMAIL, (Reason("free_first", "A16"),))
    return _write_first(case, _open(case, *(by_campaign(case) or _recommended(case))))


def _open(case: Case, channel: Channel, reasons: tuple[Reason, ...]) -> Choice:
    """The wanted channel, or else the only one there is."""
    if channel in case.eligible:
        return Choice(channel, reasons)
    other = next(iter(case.eligible))
    return Choice(other, (*reasons, Reason("only_way", "A8", {"channel": other.value})))


# ---- the recommended rules


def _recommended(case: Case) -> Wanted:
    """A5, tipped by a leaning (A9) and by what status and history say (A7, A8)."""
    leaning = _leaning(case)
    goal = {"goal": case.campaign.goal.value}
    if case.campaign.goal not in SERIOUS:
        writes = Reason("goal_writes", "A5", goal)
        if leaning and leaning.channel is Channel.CALL and _written(case):
            return Channel.CALL, (writes, Reason("leaning", "A9", _told(leaning)))
        return Channel.EMAIL, (writes,)
    calls = Reason("goal_calls", "A5", goal)
    if leaning and leaning.channel is Channel.EMAIL:
        return Channel.EMAIL, (calls, Reason("leaning", "A9", _told(leaning)))
    call = last_call(case.history)
    last = call.result if call else None
    if case.person.status is Status.STAFF and last in MISSED:
        return Channel.EMAIL, (calls, Reason("staff_missed", "A8"))
    return Channel.CALL, (calls, *_for_a_call(case, last))


def _leaning(case: Case) -> Preference | None:
    """A9, each with its strength: a marker in what they wrote or said tips the goal, a habit only where neither status
    nor warmth asks for a call. Towards the phone both do so only after a mail: trifles are not for it (A6)."""
    leaning = case.person.preference
    if leaning is None or leaning.strength == "stated":
        return None
    called = case.person.status is Status.EXECUTIVE or case.person.interest is Interest.HOT
    return None if leaning.strength == "habit" and leaning.channel is Channel.EMAIL and called else leaning


def _for_a_call(case: Case, last: CallResult | None) -> tuple[Reason, ...]:
    """What else speaks for a call."""
    if last is CallResult.SECRETARY:
        return (Reason("secretary_opening", "A7"),)
    if case.person.interest is Interest.HOT:
        return (Reason("hot", "B1"),)
    return (Reason("status_high", "A7"),) if case.person.status is Status.EXECUTIVE else ()


def _told(preference: Preference) -> dict[str, str]:
    return {"channel": preference.channel.value, "evidence": preference.evidence}


def _written(case: Case) -> bool:
    return any(touch.channel is Channel.EMAIL and touch.kind is Kind.APPROACH for touch in case.history.touches)


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


# ---- the comparison sample


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
