"""Call or write, when, and why: the heart.

Opt-out, law, promise, stated preference, our caps, goal, status: each rule answers or passes on to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from opportune.rules.cadence import law_capped_until
from opportune.rules.campaign import Campaign
from opportune.rules.case import Case, build
from opportune.rules.choice import Choice, choose
from opportune.rules.consent import Allowed, LawRow
from opportune.rules.dispositions import NEXT, Then, after_last_call
from opportune.rules.facts import (
    DAY,
    HOUR,
    MISSED,
    CallResult,
    Channel,
    Decision,
    History,
    Instant,
    Kind,
    PastTouch,
    Person,
    Reason,
    Status,
)
from opportune.rules.flips import apply, candidates
from opportune.rules.hours import next_call, reachable
from opportune.rules.moment import NEEDS_ZONE, approach, at_once, call_at, email
from opportune.rules.running import not_running

NEEDS_ADDRESS = "needs an address"
NEEDS_SIGNATURE = "needs a signed law row"
UNSIGNED = frozenset({"law_unsigned", "law_blocked"})
#: A channel is closed for want of an address, or not used for this person anyway.
ADDRESS_CODES = frozenset({"no_phone", "no_email", "no_such_number", "wrong_person", "email_bounced"})
UNWANTED = frozenset({"channel_off", "only_informs", "service_stranger"})

#: States in which a call is still going on, as long as nobody noted a result.
OPEN = frozenset({"sending", "sent", "uncertain", "ringing", "answered", "cancel_requested", "delivered"})


def decide(person: Person, campaign: Campaign, history: History, law: LawRow, now: Instant, lot: float) -> Decision:
    """The answer for one contact at one moment; the lot in [0, 1) is drawn once per contact and campaign."""
    case = build(person, campaign, history, law, now, lot)
    return without_choice(case) or carried_out(case, choose(case))


def without_choice(case: Case) -> Decision | None:
    """What the rules before the choice of a channel say."""
    return next((answer for rule in RULES if (answer := rule(case)) is not None), None)


def _said_no(case: Case) -> Decision | None:
    if case.person.suppressed:
        return case.answer(Reason("suppressed", "E1", {"why": case.person.suppressed}))
    if case.history.stopped == "disqualified":
        return case.answer(Reason("disqualified", "C3"))
    if case.history.stopped:
        return case.answer(Reason("stopped", "B7", {"why": case.history.stopped}))
    return None


def _needs_data(case: Case) -> Decision | None:
    """Never guessed: somebody has to look it up."""
    if not reachable(case.person.zones):
        return case.answer(Reason("needs_zone", "A4"), held=NEEDS_ZONE)
    if not case.person.phone and not case.person.email:
        return case.answer(Reason("needs_address", "E7"), held=NEEDS_ADDRESS)
    return None


def _call_open(case: Case) -> Decision | None:
    """Its outcome decides what follows."""
    last = _last(case)
    if last is None or last.result or last.state not in OPEN or case.now >= last.at + HOUR:
        return None
    return case.wait(last.at + HOUR, Reason("call_open", "B7"))


def _promise(case: Case) -> Decision | None:
    """C4: a promised callback is kept, within the law's hours, and is never a cold call; a colleague makes it."""
    promised = case.history.promised_at
    if promised is None or not isinstance(case.live, Allowed):
        return None
    if any(touch.kind is Kind.CALLBACK and touch.at >= promised for touch in case.history.touches):
        return None
    capped = law_capped_until(case.history, case.law, Channel.CALL, case.now)
    if capped:
        return case.wait(capped[0], Reason("promised", "C4", case.clock(promised)), capped[1])
    start = max(case.now, promised)
    window = next_call(
        case.person, case.campaign, case.law, start, cold=False, avoid_part=None, spread=0.0, promised=True
    )
    if window is None:
        return case.answer(Reason("no_window", "C4"), held=NEEDS_ZONE)
    return call_at(case, window, Kind.CALLBACK, (Reason("promised", "C4", case.clock(window.moment)),))


def _settled(case: Case) -> Decision | None:
    """E2: the last call met the goal, or lost this person for now."""
    then = after_last_call(case.history)
    if then is Then.MET:
        return case.answer(Reason("stopped", "B7", {"why": CallResult.MEETING.value}))
    return _lost(case) if then is Then.NURTURE else None


def _lost(case: Case) -> Decision:
    """A17: lost is not disqualified. After some days a new offer by mail, never another call, as often as the campaign
    names days."""
    refused = max(touch.at for touch in case.history.touches if touch.result is CallResult.NOT_INTERESTED)
    days = case.campaign.retry_lost_days
    tries = sum(touch.kind is Kind.NURTURE for touch in case.history.touches)
    if Channel.EMAIL not in case.eligible or tries >= len(days):
        return case.answer(Reason("not_interested", "A17"))
    again = refused + days[tries] * DAY
    if case.now < again:
        return case.wait(again, Reason("lost_for_now", "A17", {"days": days[tries]}))
    return _not_running(case) or email(case, Kind.NURTURE, (Reason("lost_again", "A17", {"days": days[tries]}),))


def _asked_for_mail(case: Case) -> Decision | None:
    """A9: "send it by email", said on the phone, is owed at once, whatever the hour (A4) and our caps, and is the yes
    that one mail may want (E1). Where none may go, somebody asks for the address; whoever wants it in writing is
    not called about it again."""
    touches = case.history.touches
    if not any(touch.result is CallResult.EMAIL_PLEASE for touch in touches):
        return None
    never = case.asked_mail_closed
    closed = never or case.ruled_out.get(Channel.EMAIL)
    if never is None and _still_owed(touches):
        return at_once(case, Reason("mail_asked_for", "A9"))
    told = Reason("mail_owed", "A9") if never else Reason("mail_given", "A9")
    return case.answer(told, closed, held=_lacking({closed.code})) if closed else None


def _still_owed(touches: Sequence[PastTouch]) -> bool:
    """No mail left since they asked."""
    last = (
        each for each in reversed(touches) if each.channel is Channel.EMAIL or each.result is CallResult.EMAIL_PLEASE
    )
    return next(last).channel is Channel.CALL


def _nothing_lawful(case: Case) -> Decision | None:
    if case.eligible:
        return None
    # What somebody may still mend comes last: it is what an enrolment closed for is remembered by.
    why = sorted(case.ruled_out.values(), key=lambda reason: reason.code not in UNWANTED)
    return case.answer(*why, held=_lacking({reason.code for reason in why}))


def _lacking(codes: set[str]) -> str | None:
    """What somebody could mend, where these are why nothing follows."""
    if codes & UNSIGNED:
        return NEEDS_SIGNATURE
    return NEEDS_ADDRESS if codes & ADDRESS_CODES and codes <= ADDRESS_CODES | UNWANTED else None


def _held_out(case: Case) -> Decision | None:
    """The group that receives nothing shows what outreach is worth; nobody who asked for contact is put there."""
    chosen = case.lot > 1 - case.campaign.hold_out and not case.history.touches
    exempt = case.person.asked_for_contact or case.campaign.purpose == "service"
    return case.answer(Reason("hold_out", "F1")) if chosen and not exempt else None


def _after_call(case: Case) -> Decision | None:
    """B4: after a talk, a voicemail, and when neither landed, a mail follows."""
    last = _last(case)
    wants_calls = case.stated and case.stated.channel is Channel.CALL and Channel.CALL in case.eligible
    if last is None or Channel.EMAIL not in case.eligible or wants_calls:
        return None
    silent = last.result is not None and not NEXT[last.result].mail
    return None if silent else email(case, Kind.FOLLOW_UP, (_why_follow_up(case, last),))


def _not_running(case: Case) -> Decision | None:
    """Before its first day and after its last a campaign approaches nobody; what is owed or follows a call went
    before."""
    closed = not_running(case.person.zones, case.campaign, case.now)
    return case.answer(closed[1], again_at=closed[0]) if closed else None


def _last(case: Case) -> PastTouch | None:
    """The last touch, if it was a call."""
    touches = case.history.touches
    return touches[-1] if touches and touches[-1].channel is Channel.CALL else None


def _why_follow_up(case: Case, last: PastTouch) -> Reason:
    if last.result is CallResult.SECRETARY or case.person.status is Status.EXECUTIVE:
        return Reason("follow_up_high", "A7")
    if case.person.status is Status.STAFF and last.result in MISSED:
        return Reason("follow_up_staff", "A8")
    return Reason("follow_up", "B4")


def carried_out(case: Case, choice: Choice) -> Decision:
    """The one thing that the person's turn matters to: at which moment."""
    answer = approach(case, choice.channel, choice.reasons)
    if answer.channel is not choice.channel:
        return answer  # it waits or another channel stepped in: no lot was carried out
    chances = {channel.value: chance for channel, chance in choice.propensities.items()}
    return replace(answer, mode=choice.mode, propensities=chances, propensity=chances.get(choice.channel.value))


#: In this order; the first that answers wins.
RULES = (
    _said_no,
    _needs_data,
    _call_open,
    _promise,
    _settled,
    _asked_for_mail,
    _nothing_lawful,
    _held_out,
    _after_call,
    _not_running,
)


def explain(person: Person, campaign: Campaign, history: History, law: LawRow, now: Instant, lot: float) -> Decision:
    """The decision together with the nearest facts that would have led to another channel, found by deciding again."""
    found = decide(person, campaign, history, law, now, lot)
    flips = []
    for change in candidates(found, person, campaign, history):
        channel = decide(*apply(change, person, campaign, history, now), law, now, lot).channel
        if channel is not found.channel:
            flips.append(replace(change, channel=channel))
    return replace(found, changes=tuple(flips))
