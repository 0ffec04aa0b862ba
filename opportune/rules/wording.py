"""Which words does a touch use: those of the campaign, of its step, or a free thing first (A16)?"""

from __future__ import annotations

from opportune.rules.cadence import planned_step
from opportune.rules.campaign import Campaign
from opportune.rules.facts import Channel, History, Kind


def template_for(campaign: Campaign, history: History, channel: Channel, kind: Kind, cold: bool) -> str:
    """A call announces itself; a mail opens, follows up on a call (B4), reminds, or makes a new offer (A17)."""
    words = campaign.words
    step = planned_step(history, campaign) if kind is Kind.APPROACH else None
    if channel is Channel.CALL:
        return (step and step.call) or words.announce
    if kind is Kind.FOLLOW_UP:
        return words.follow_up
    if kind is Kind.NURTURE:
        return words.nurture
    if step and step.email:
        return step.email
    free = free_thing(campaign, history, cold)
    if free:
        return free
    written = [t for t in history.touches if t.channel is Channel.EMAIL and t.template != campaign.free_first]
    return words.reminder if written else words.email


def free_thing(campaign: Campaign, history: History, cold: bool) -> str | None:
    """A16: consent to something free or cheap is easier to get than a sale, so cold people are offered it at first."""
    first = cold and not any(touch.kind is Kind.APPROACH for touch in history.touches)
    return campaign.free_first if first else None
