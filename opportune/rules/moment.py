"""When does the chosen channel act, and what if it cannot now (A1, A2, A4, B2, B7)?"""

from __future__ import annotations

from dataclasses import replace

from opportune.rules.cadence import calls_left, calls_made, capped_until, mail_gap_until, mails_left
from opportune.rules.case import Case
from opportune.rules.consent import Allowed, may
from opportune.rules.facts import Channel, Decision, Kind, Reason, Status
from opportune.rules.hours import Window, local, next_slot

EVENING_HOUR = 16  # from here on a voicemail is found before going home (A2)

NEEDS_ZONE = "needs a time zone"


def call(case: Case, reasons: tuple[Reason, ...]) -> Decision:
    """The call, or else a mail, or the end."""
    if not calls_left(case.history, case.campaign, case.now):
        return _instead_of_call(case, (*reasons, Reason("calls_used_up", "B2", {"most": case.campaign.calls.most})))
    capped = capped_until(case.history, case.campaign, case.law, Channel.CALL, case.now)
    if capped:
        return case.wait(capped[0], *reasons, capped[1])
    window = case.window
    if window is None:
        return _instead_of_call(case, (*reasons, Reason("no_window", "B2")))
    answer = call_at(case, window, Kind.APPROACH, (*reasons, _why_then(case, window)))
    if not _voicemail(case, window):
        return answer
    return replace(answer, voicemail=True, reasons=(*answer.reasons, Reason("voicemail", "A2")))


def call_at(case: Case, window: Window, kind: Kind, reasons: tuple[Reason, ...]) -> Decision:
    """Every call of this version speaks by itself, so it is an automated one."""
    return case.answer(
        *reasons,
        channel=Channel.CALL,
        kind=kind,
        moment=window.moment,
        not_after=window.end,
        automated=True,
        cold=case.cold and kind is Kind.APPROACH,
        consent_id=case.lawful[Channel.CALL],
    )


def _instead_of_call(case: Case, reasons: tuple[Reason, ...]) -> Decision:
    if Channel.EMAIL in case.eligible and mails_left(case.history, case.campaign):
        return email(case, Kind.APPROACH, reasons)
    if reasons[-1].code == "no_window" and not calls_made(case.history):
        return case.answer(*reasons, held=NEEDS_ZONE)
    return case.answer(*reasons, Reason("cadence_over", "B7"))


def _why_then(case: Case, window: Window) -> Reason:
    if case.person.status is Status.EXECUTIVE and window.part in ("early", "morning"):
        return Reason("executive_hour", "B2", case.clock(window.moment))
    if calls_made(case.history):
        return Reason("other_part", "B2", case.clock(window.moment))
    return Reason("cold_hour" if case.cold else "call_hour", "A1", case.clock(window.moment))


def _voicemail(case: Case, window: Window) -> bool:
    """A2: useful in the evening, and on the late attempts."""
    late = local(case.person.zones[0], window.moment).hour >= EVENING_HOUR
    third = len(calls_made(case.history)) >= 2
    last = calls_left(case.history, case.campaign, case.now) == 1
    if not case.campaign.calls.voicemail or not (late or third or last):
        return False
    return isinstance(may(case.person, "voicemail", case.campaign, case.law, case.now), Allowed)


def email(case: Case, kind: Kind, reasons: tuple[Reason, ...]) -> Decision:
    """A mail at hh:50 or hh:10 (A4); what follows a call takes the next slot, an approach any of that day's."""
    gap = None
    if kind is Kind.APPROACH:
        if not mails_left(case.history, case.campaign):
            return case.answer(*reasons, Reason("cadence_over", "B7"))
        gap = mail_gap_until(case.history, case.campaign, case.now)
    capped = capped_until(case.history, case.campaign, case.law, Channel.EMAIL, case.now)
    if gap or capped:
        until, why = max((found for found in (gap, capped) if found), key=lambda found: found[0])
        return case.wait(until, *reasons, why)
    spread = case.spread if kind is Kind.APPROACH else 0.0
    slot = next_slot(case.person.zones, case.campaign.mails.hours, case.now, case.law, spread)
    if slot is None:
        return case.answer(*reasons, Reason("no_slot", "A4"), held=NEEDS_ZONE)
    return case.answer(
        *reasons,
        Reason("mail_slot", "A4", case.clock(slot.start)),
        channel=Channel.EMAIL,
        kind=kind,
        moment=slot.start,
        not_after=slot.end,
        consent_id=case.lawful[Channel.EMAIL],
    )
