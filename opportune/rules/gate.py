"""May this touch leave at this very moment?

The ledger asks in the transaction that moves a touch to `sending`: everything that may have changed since the decision
is looked at again. What a person just asked for waits for nothing but an opt-out.
"""

from __future__ import annotations

from dataclasses import dataclass

from opportune.rules.cadence import announces, calls_left, capped_until, law_capped_until, mails_left, next_part, spread
from opportune.rules.campaign import Campaign
from opportune.rules.case import address_missing, unwanted_way
from opportune.rules.consent import LawRow, may
from opportune.rules.dispositions import lost
from opportune.rules.facts import Channel, History, Instant, Kind, Person, Reason
from opportune.rules.hours import in_slot, may_call_at, next_call, next_slot, reachable
from opportune.rules.running import not_running
from opportune.rules.timetables import calendar_of
from opportune.rules.zones import day_part, is_holiday, local_day

OWED = (Kind.CALLBACK, Kind.CORRECTION)
OURS = (Kind.APPROACH, Kind.NURTURE)  # bound to the days of the campaign; what follows a call is part of it


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
    if refused is None and kind is Kind.REQUESTED:
        return Verdict(True)
    refused = refused or _no_longer(person, campaign, history, channel, kind, automated, now)
    if refused:
        return Verdict(False, reason=refused)
    contact = "call_auto" if automated else channel.value
    allowed = may(person, contact, campaign, law, now)
    if isinstance(allowed, Reason):
        return Verdict(False, reason=allowed)
    closed = not_running(person.zones, campaign, now) if kind in OURS else None
    if closed:
        return Verdict(False, *closed)
    owed = kind in OWED  # a promise keeps the law's caps, not ours
    caps = law_capped_until(history, law, channel, now) if owed else capped_until(history, campaign, law, channel, now)
    if caps:
        return Verdict(False, *caps)
    if channel is Channel.CALL:
        late = _call_later(person, campaign, history, law, now, cold, kind, automated)
    else:
        late = _mail_later(person, campaign, law, now)
    return late or Verdict(True, consent_id=allowed.consent_id)


def _refused(person: Person, history: History, channel: Channel, kind: Kind) -> Reason | None:
    if person.suppressed:
        return Reason("suppressed", "E1", {"why": person.suppressed})
    missing = address_missing(person, history, channel)
    if missing or kind is Kind.REQUESTED:
        return missing
    if history.stopped and kind is not Kind.CORRECTION:
        return Reason("stopped", "B7", {"why": history.stopped})
    return None if reachable(person.zones) else Reason("needs_zone", "A4")


def _no_longer(
    person: Person, campaign: Campaign, history: History, channel: Channel, kind: Kind, automated: bool, now: Instant
) -> Reason | None:
    """Decided in other circumstances; a promised callback is kept whatever else became of the campaign (C4), and who
    got something wrong gets the correction."""
    if kind in OWED:
        return None
    if lost(history) and kind is not Kind.NURTURE:
        return Reason("not_interested", "A17")
    if automated and not announces(person, campaign, history):
        return Reason("colleague_calls", "B12")
    unwanted = unwanted_way(person, campaign, history, channel)
    left = calls_left(history, campaign, now) if channel is Channel.CALL else mails_left(history, campaign)
    used_up = Reason("cadence_over", "B7") if kind is Kind.APPROACH and not left else None
    return unwanted or used_up


def _call_later(
    person: Person,
    campaign: Campaign,
    history: History,
    law: LawRow,
    now: Instant,
    cold: bool,
    kind: Kind,
    automated: bool,
) -> Verdict | None:
    """What waited for a cap may have come into the part of the day of the last call (B2)."""
    promised = kind is Kind.CALLBACK
    avoid = None if promised else next_part(history, person)
    open_now = may_call_at(person, campaign, law, now, cold=cold, promised=promised, automated=automated)
    if open_now and day_part(person.zones[0], now) != avoid:
        return None
    share = spread(person, len(history.touches) + 1)
    window = next_call(
        person,
        campaign,
        law,
        now,
        cold=cold,
        avoid_part=avoid,
        spread=share,
        promised=promised,
        automated=automated,
    )
    why = Reason("same_part", "B2") if open_now else Reason("outside_window", "E1")
    return Verdict(False, window and window.moment, why)


def _mail_later(person: Person, campaign: Campaign, law: LawRow, now: Instant) -> Verdict | None:
    today = local_day(person.zones[0], now)
    if in_slot(person.zones, campaign.mails.hours, now) and not is_holiday(calendar_of(law), today):
        return None
    slot = next_slot(person.zones, campaign.mails.hours, now, law, 0.0)
    return Verdict(False, slot and slot.start, Reason("outside_slot", "A4"))
