"""When does the chosen channel act, and what if it cannot now (A1, A2, A4, B2, B7)?"""

from __future__ import annotations

from dataclasses import replace

from opportune.rules.cadence import (
    calls_left,
    calls_made,
    capped_until,
    mail_gap_until,
    mails_left,
    step_until,
    steps_done,
)
from opportune.rules.campaign import SERIOUS
from opportune.rules.case import Case
from opportune.rules.consent import Allowed, may
from opportune.rules.facts import DAY, CallKind, Channel, Decision, Familiarity, Interest, Kind, Reason, Status
from opportune.rules.hours import Window, local, next_slot
from opportune.rules.timetables import common_for_calls, common_for_mails
from opportune.rules.zones import offset

EVENING_HOUR = 16  # from here on a voicemail is found before going home (A2)

NEEDS_ZONE = "needs a time zone"


def approach(case: Case, channel: Channel, reasons: tuple[Reason, ...]) -> Decision:
    """The next approach, once its step is due."""
    if steps_done(case.history, case.campaign):
        return case.answer(*reasons, Reason("cadence_over", "B7"))
    gap = step_until(case.history, case.campaign, case.now)
    if gap:
        return case.wait(gap[0], *reasons, gap[1])
    return call(case, reasons) if channel is Channel.CALL else email(case, Kind.APPROACH, reasons)


def call(case: Case, reasons: tuple[Reason, ...]) -> Decision:
    """The call, or else a mail, or the end."""
    if not calls_left(case.history, case.campaign, case.now):
        return _instead_of_call(case, (*reasons, _no_more_calls(case)))
    capped = capped_until(case.history, case.campaign, case.law, Channel.CALL, case.now)
    if capped:
        return case.wait(capped[0], *reasons, capped[1])
    window = case.window
    if window is None:
        common = common_for_calls(case.person, case.campaign, case.law, case.now, case.cold, case.automated)
        return _instead_of_call(case, (*reasons, _why_never(case, common, Reason("no_window", "B2"))))
    if not calls_left(case.history, case.campaign, window.end - 1):
        return _instead_of_call(case, (*reasons, _no_more_calls(case)))
    answer = call_at(case, window, Kind.APPROACH, (*reasons, *_aim(case), _why_then(case, window)))
    if not _voicemail(case, window):
        return answer
    return replace(answer, voicemail=True, reasons=(*answer.reasons, Reason("voicemail", "A2")))


def call_at(case: Case, window: Window, kind: Kind, reasons: tuple[Reason, ...]) -> Decision:
    """A promised call is neither cold nor left to a recorded voice (C4)."""
    approach = kind is Kind.APPROACH
    facts = {"automated": approach and case.automated, "cold": approach and case.cold}
    return case.act(Channel.CALL, kind, *reasons, moment=window.moment, not_after=window.end, **facts)


def _no_more_calls(case: Case) -> Reason:
    calls = case.campaign.calls
    if len(calls_made(case.history)) >= calls.most:
        return Reason("calls_used_up", "B2", {"most": calls.most})
    return Reason("call_days_over", "B2", {"days": calls.within_days})


def _instead_of_call(case: Case, reasons: tuple[Reason, ...]) -> Decision:
    """A mail, unless the person told us to call: our caps do not overrule that (A9)."""
    wants_calls = case.stated is not None and case.stated.channel is Channel.CALL
    if Channel.EMAIL in case.eligible and mails_left(case.history, case.campaign) and not wants_calls:
        return email(case, Kind.APPROACH, reasons)
    if reasons[-1].code in ("no_window", "needs_one_zone") and not calls_made(case.history):
        return case.answer(*reasons, held=NEEDS_ZONE)
    return case.answer(*reasons, Reason("cadence_over", "B7"))


def _aim(case: Case) -> tuple[Reason, ...]:
    """What the talk is for, so that nobody sells too early: interest, then a meeting, then the terms (B12, B13)."""
    person = case.person
    if case.campaign.goal not in SERIOUS or case.campaign.purpose == "service":
        return ()
    if person.interest is Interest.HOT:
        return (Reason("aim_terms", "B13"),)
    familiar = person.familiarity is not Familiarity.COLD or person.call_kind is not CallKind.FIRST_TIME
    if not case.cold or familiar:
        return (Reason("aim_meeting", "B13"),)
    return (Reason("aim_interest", "E3"),)


def _why_then(case: Case, window: Window) -> Reason:
    if case.person.status is Status.EXECUTIVE and window.part in ("early", "morning"):
        return Reason("executive_hour", "B2", case.clock(window.moment))
    if calls_made(case.history):
        return Reason("other_part", "B2", case.clock(window.moment))
    return Reason("cold_hour" if case.cold else "call_hour", "A1", case.clock(window.moment))


def _why_never(case: Case, common: int | None, otherwise: Reason) -> Reason:
    """The possible zones leave too little of the day in common (I4): which ones, and how much."""
    if common is None:
        return otherwise
    ordered = sorted(case.person.zones, key=lambda zone: offset(zone, case.now))
    return Reason("needs_one_zone", "A4", {"first": ordered[0], "last": ordered[-1], "minutes": common})


def _voicemail(case: Case, window: Window) -> bool:
    """A2: useful in the evening, and on the late attempts. Where a colleague was rung first, it is they who hear the
    machine: nothing speaks by itself."""
    late = local(case.person.zones[0], window.moment).hour >= EVENING_HOUR
    third = len(calls_made(case.history)) >= 2
    last = calls_left(case.history, case.campaign, case.now) == 1
    if not case.automated or not case.campaign.calls.voicemail or not (late or third or last):
        return False
    return isinstance(may(case.person, "voicemail", case.campaign, case.law, case.now), Allowed)


def email(case: Case, kind: Kind, reasons: tuple[Reason, ...]) -> Decision:
    """A mail at hh:50 or hh:10 (A4); what follows a call takes the next slot, an approach any of that day's."""
    if kind is Kind.APPROACH and not mails_left(case.history, case.campaign):
        return case.answer(*reasons, Reason("cadence_over", "B7"))
    planned = kind is not Kind.FOLLOW_UP
    gap = mail_gap_until(case.history, case.campaign, case.now) if planned else None
    capped = capped_until(case.history, case.campaign, case.law, Channel.EMAIL, case.now)
    if gap or capped:
        until, why = max((found for found in (gap, capped) if found), key=lambda found: found[0])
        return case.wait(until, *reasons, why)
    spread = case.spread if planned else 0.0
    slot = next_slot(case.person.zones, case.campaign.mails.hours, case.now, case.law, spread)
    if slot is None:
        common = common_for_mails(case.person.zones, case.campaign.mails.hours, case.now, case.law)
        return case.answer(*reasons, _why_never(case, common, Reason("no_slot", "A4")), held=NEEDS_ZONE)
    when = Reason("mail_slot", "A4", case.clock(slot.start))
    return case.act(Channel.EMAIL, kind, *reasons, when, moment=slot.start, not_after=slot.end)


def at_once(case: Case, reason: Reason) -> Decision:
    """What somebody just asked for waits for no slot and no cap (A4), nor for another yes than this (E1)."""
    answer = case.act(Channel.EMAIL, Kind.REQUESTED, reason, moment=case.now, not_after=case.now + DAY)
    others = {channel: why for channel, why in case.ruled_out.items() if channel != Channel.EMAIL}
    return replace(answer, ruled_out=others)
