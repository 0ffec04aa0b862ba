"""May this touch leave at this very moment?

The ledger asks in the transaction that moves a touch to `sending`: everything that may have changed since the decision
is looked at again. What a person just asked for waits for nothing but an opt-out.
"""

from __future__ import annotations

from dataclasses import dataclass

from opportune.rules.cadence import capped_until, law_capped_until, spread
from opportune.rules.campaign import Campaign
from opportune.rules.consent import LawRow, may
from opportune.rules.facts import Channel, History, Instant, Kind, Person, Reason
from opportune.rules.hours import calendar_of, in_slot, may_call_at, next_call, next_slot, reachable
from opportune.rules.zones import is_holiday, local_day


@dataclass(frozen=True, slots=True)
class Verdict:
    """Go; or later (`again_at`); or never."""

    go: bool
    again_at: Instant | None = None
    reason: Reason | None = None
    consent_id: int | None = None


def recheck(
    person: Person,
    campaign: Campaign,
    history: History,
    law: LawRow,
    *,
    channel: Channel,
    kind: Kind,
    automated: bool,
    cold: bool,
    now: Instant,
) -> Verdict:
    """Opt-out, address, law, caps, time, in this order. `history` is without the touch in hand."""
    refused = _refused(person, history, channel, kind)
    if refused:
        return Verdict(False, reason=refused)
    if kind is Kind.REQUESTED:
        return Verdict(True)
    contact = "call_auto" if automated else channel.value
    allowed = may(person, contact, campaign, law, now)
    if isinstance(allowed, Reason):
        return Verdict(False, reason=allowed)
    promised = kind is Kind.CALLBACK
    caps = law_capped_until(history, law, channel, now) if promised else None
    caps = caps or (None if promised else capped_until(history, campaign, law, channel, now))
    if caps:
        return Verdict(False, *caps)
    if channel is Channel.CALL:
        late = _call_later(person, campaign, history, law, now, cold, promised)
    else:
        late = _mail_later(person, campaign, law, now)
    return late or Verdict(True, consent_id=allowed.consent_id)


def _refused(person: Person, history: History, channel: Channel, kind: Kind) -> Reason | None:
    if person.suppressed:
        return Reason("suppressed", "E1", {"why": person.suppressed})
    if not (person.phone if channel is Channel.CALL else person.email):
        return Reason("no_phone" if channel is Channel.CALL else "no_email", "E7")
    if kind is Kind.REQUESTED:
        return None
    if history.stopped:
        return Reason("stopped", "B7", {"why": history.stopped})
    return None if reachable(person.zones) else Reason("needs_zone", "A4")


def _call_later(
    person: Person, campaign: Campaign, history: History, law: LawRow, now: Instant, cold: bool, promised: bool
) -> Verdict | None:
    if may_call_at(person, campaign, law, now, cold=cold, promised=promised):
        return None
    share = 0.0 if promised else spread(person, len(history.touches) + 1)
    window = next_call(person, campaign, law, now, cold=cold, avoid_part=None, spread=share, promised=promised)
    return Verdict(False, window and window.moment, Reason("outside_window", "E1"))


def _mail_later(person: Person, campaign: Campaign, law: LawRow, now: Instant) -> Verdict | None:
    today = local_day(person.zones[0], now)
    if in_slot(person.zones, campaign.mails.hours, now) and not is_holiday(calendar_of(law), today):
        return None
    slot = next_slot(person.zones, campaign.mails.hours, now, law, 0.0)
    return Verdict(False, slot and slot.start, Reason("outside_slot", "A4"))
