"""Which words does a touch use: those of the campaign, of its step, or a free thing first (A16)?"""

from __future__ import annotations

from opportune.rules.cadence import mails_left, planned_step
from opportune.rules.campaign import SERIOUS, Campaign
from opportune.rules.dispositions import TALKED, last_call
from opportune.rules.facts import MISSED, CallResult, Channel, Goal, History, Kind, Shape

#: A5: what one writes about needs no proposal, only the question.
SMALL = frozenset(Goal) - SERIOUS - {Goal.INFORM}
UNKNOWN = "follow_up"  # nobody noted what came of the call


def template_for(
    campaign: Campaign,
    history: History,
    channel: Channel,
    kind: Kind,
    cold: bool,
    more_calls: bool,
    automated: bool = False,
) -> str:
    """A call announces itself, or a colleague has an outline (B16); a mail opens, follows up on a call (B4), reminds,
    makes a new offer (A17), takes leave.

    `more_calls`: this person may still be called, and then no mail may say that it is the last.
    """
    words = campaign.words
    step = planned_step(history, campaign) if kind is Kind.APPROACH else None
    if channel is Channel.CALL:
        own = step.call if step and automated is (campaign.calls.shape is Shape.ANNOUNCE) else None
        return own or (words.announce if automated else words.outline)
    if kind in (Kind.FOLLOW_UP, Kind.REQUESTED):
        return words.follow_up or after_call(campaign, history)
    if kind is Kind.NURTURE:
        return words.nurture
    if step and step.email:
        return step.email
    free = free_thing(campaign, history, cold)
    if free:
        return free
    written = [t for t in history.touches if t.channel is Channel.EMAIL and t.template != campaign.free_first]
    if not written:
        return first_mail(campaign)
    return words.last_mail if _last(campaign, history, more_calls) else words.reminder


def first_mail(campaign: Campaign) -> str:
    """The proposal, or the question where the goal is a small one (A5)."""
    return campaign.words.email or ("clarification" if campaign.goal in SMALL else "first_proposal")


def after_call(campaign: Campaign, history: History) -> str:
    """B4: what the voicemail promised (B3), who rang (A8), the proposal that went by the secretary (A7), thanks."""
    words, call = campaign.words, last_call(history)
    result = call.result if call else None
    if result is CallResult.VOICEMAIL:
        return words.after_voicemail
    if result is CallResult.SECRETARY:
        return words.after_secretary
    if result in MISSED:
        return words.after_missed_call
    return words.after_talk if result in TALKED | {CallResult.EMAIL_PLEASE} else UNKNOWN


def _last(campaign: Campaign, history: History, more_calls: bool) -> bool:
    """B7: the last word says that it is, and only if no call and no mail after a call can follow."""
    if campaign.steps:
        return planned_step(history, campaign) is campaign.steps[-1]
    return not more_calls and mails_left(history, campaign) == 1


def free_thing(campaign: Campaign, history: History, cold: bool) -> str | None:
    """A16: consent to something free or cheap is easier to get than a sale, so cold people are offered it at first."""
    first = cold and not any(touch.kind is Kind.APPROACH for touch in history.touches)
    return campaign.free_first if first else None
