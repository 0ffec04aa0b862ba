"""What follows from what happened: an answer of the provider, a call's event, a reply, a goal, an operator's word?

Every reaction stores the fact, moves the touch and decides the next step in the caller's one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from channels.base import Accepted, Answer, Refused
from opportune.rules.campaign import SERIOUS
from opportune.rules.dispositions import NEXT, Then
from opportune.rules.facts import DAY, CallResult, Instant
from opportune.rules.hours import next_slot
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.bulk import Bulk, one, remembered
from opportune.work import by_mail, cases, costs, noes, outgoing, plan, preferences, promises, signals
from opportune.work.stopping import stop, stop_colleagues
from opportune.work.world import World

MOST_ATTEMPTS = 3
ASKED_ATTEMPTS = 9  # for what a person asked for, each wait twice the last: two and a half days
MOST_TRIES = 6  # refused "for now" this often within a month: the mailbox is full for good (E7)
RETRY_AFTER = 15 * 60  # seconds after a definite temporary refusal; the gate then finds the next slot or window
_DECIDE_AT = """
  UPDATE enrolment SET decide_at = ? WHERE id = ANY(?) AND state = 'active' AND COALESCE(decide_at, 0) < ? AND NOT
    EXISTS (SELECT 1 FROM touch t WHERE t.enrolment_id = enrolment.id AND t.state IN ('planned', 'claimed'))"""


def all_answered(world: World, session: Session, answers: Sequence[tuple[m.Touch, Answer]], now: Instant) -> None:
    """The provider's answers to touches in `sending`, locked. Webhooks may have been faster: those are done already."""
    accepted = [(t, a) for t, a in answers if isinstance(a, Accepted) and t.state == "sending"]
    _accepted(session, accepted, now)
    for touch, answer in answers:
        answered(world, session, touch, answer, now)


def answered(world: World, session: Session, touch: m.Touch, answer: Answer, now: Instant) -> None:
    """One answer; a touch that a webhook has moved already stays where it is."""
    if touch.state not in ("sending", "uncertain"):
        return
    if isinstance(answer, Accepted):
        _accepted(session, [(touch, answer)], now)
    elif isinstance(answer, Refused):
        _refused(world, session, touch, answer, now)
    elif touch.state == "sending":
        ledger.move(session, touch, "uncertain", now=now, who="dispatcher", why=answer.detail)


def _accepted(session: Session, accepted: Sequence[tuple[m.Touch, Accepted]], now: Instant) -> None:
    sent = {"sent_at": now, "settled_at": None}
    moves = [(touch, {**sent, **_provider(touch, answer)}) for touch, answer in accepted]
    mails = [touch for touch, _ in accepted if touch.channel == "email"]
    costs.mails(session, [touch.id for touch in mails])  # before they count as left: one change for the board, not two
    ledger.move_all(session, moves, "sent", now=now, who="dispatcher")
    decide_at(session, [touch.enrolment_id for touch in mails if touch.enrolment_id], now)


def _provider(touch: m.Touch, answer: Accepted) -> dict[str, str]:
    if touch.channel == "call":
        return {"provider": "twilio", "provider_id": answer.provider_id}
    return {"provider": "smtp", "provider_id": f"{touch.token}:{answer.provider_id}"[:200]}


def decide_at(session: Session, enrolments: Sequence[int], at: Instant) -> None:
    """Let the planner decide for these at its next turn after `at`, or later where that stands already: who is away.
    Not where something is planned, say a callback promised while a mail left: that one's end decides again."""
    if enrolments:
        Bulk(session).run(_DECIDE_AT, at, list(enrolments), at)
        for id in enrolments:
            if (there := remembered(session, m.Enrolment, id)) is not None:
                session.expire(there, ["decide_at"])


def _refused(world: World, session: Session, touch: m.Touch, answer: Refused, now: Instant) -> None:
    why, asked = answer.told, touch.kind == "requested"
    ours = asked and answer.scope == "sender"  # our trouble: what was asked for is still owed
    if answer.permanent and not ours:
        to = "failed" if touch.state == "sending" else "not_sent"  # told late, of what was in doubt already
        ledger.move(session, touch, to, now=now, who="dispatcher", why=why, result="refused", result_at=now)
        if answer.scope == "address":
            address_is_wrong(session, touch, why, now)
        if touch.enrolment_id and (answer.scope == "address" or (answer.scope != "sender" and not asked)):
            plan.decide_again(world, session, touch.enrolment_id, now, caused_by=touch.id)
        elif touch.enrolment_id:  # the person is not to blame: once our trouble is mended, they are written to
            decide_at(session, [touch.enrolment_id], now + DAY)
        return
    ledger.move(session, touch, "not_sent", now=now, who="dispatcher", why=why)
    unreached = answer.meaning == "no_route"  # of twilio_errors.toml: once more the next day, then the number is wrong
    most = ASKED_ATTEMPTS if asked else 2 if unreached else MOST_ATTEMPTS
    if touch.attempt < most and not (asked and noes.since(world, session, touch)):
        try_again(world, session, touch, now, now + DAY if unreached else None)
        return
    if answer.scope == "address" and (unreached or _tries(session, touch, now) >= MOST_TRIES):
        address_is_wrong(session, touch, f"refused again and again: {why}", now)
    decide_at(session, [touch.enrolment_id] if touch.enrolment_id else [], now if unreached else now + 3 * DAY)


def _tries(session: Session, touch: m.Touch, now: Instant) -> int:
    """How often this channel was refused for now, in a month."""
    mine = (m.Touch.contact_id == touch.contact_id, m.Touch.channel == touch.channel, m.Touch.state == "not_sent")
    return session.scalar(select(func.count(m.Touch.id)).where(*mine, m.Touch.settled_at > now - 30 * DAY)) or 0


def _next_moment(world: World, session: Session, touch: m.Touch, now: Instant) -> Instant:
    """A mail waits for its next slot (A4); the gate asks about everything else again."""
    if touch.channel == "email" and touch.kind != "requested" and touch.enrolment_id:
        [case] = cases.load(world, session, [touch.enrolment_id], now)
        soonest = now + RETRY_AFTER * 4 ** (touch.attempt - 1)
        slot = next_slot(case.person.zones, case.campaign.mails.hours, soonest, case.law, 0.0)
        return slot.start if slot else soonest
    return now + RETRY_AFTER * (2 ** (touch.attempt - 1) if touch.kind == "requested" else 1)


def try_again(world: World, session: Session, touch: m.Touch, now: Instant, due_at: Instant | None = None) -> m.Touch:
    """Another try is a new row (attempt + 1); the gate asks again whether hours, consent and caps still allow it."""
    due_at = due_at or _next_moment(world, session, touch, now)
    key = f"{touch.key.rsplit(':', 1)[0]}:{touch.attempt + 1}"
    same = ("campaign_id", "contact_id", "enrolment_id", "decision_id", "caused_by", "step", "channel", "kind",
            "template", "automated", "voicemail", "priority", "ahead", "consent_id", "rules_version")  # fmt: skip
    values = {name: getattr(touch, name) for name in same}
    values |= {"key": key, "token": world.signer.touch_token(key), "attempt": touch.attempt + 1}
    values |= {"due_at": due_at, "not_after": due_at + 600}
    [again] = ledger.plan(session, [values], now, "dispatcher", "the last attempt was not sent")
    if touch.kind == "requested":
        _same_words(session, touch, again)
    return again


def _same_words(session: Session, first: m.Touch, again: m.Touch) -> None:
    """The very same bytes under the same Message-ID, so that receivers can fold the two into one."""
    words = session.get(m.PreparedMessage, first.id)
    again.message_id = first.message_id
    if words is not None:
        same = ("sender", "recipient", "subject", "content", "hash", "prepared_at")
        session.add(m.PreparedMessage(touch_id=again.id, **{name: getattr(words, name) for name in same}))


def address_is_wrong(session: Session, touch: m.Touch, why: str, now: Instant) -> None:
    """E7: a number or address that does not exist is cleaned out; the row stays as proof."""
    contact = session.get_one(m.Contact, touch.contact_id)
    kind = "phone" if touch.channel == "call" else "email"
    words = session.get(m.PreparedMessage, touch.id)
    value = words.recipient if words else getattr(contact, kind)
    if getattr(contact, kind) == value:  # they may have told us a better one since
        setattr(contact, kind, None)
        contact.version += 1
    where = (m.Address.contact_id == contact.id, m.Address.kind == kind, m.Address.value == value)
    session.execute(update(m.Address).where(*where).values(invalid_at=now, invalid_why=why[:500]))


def call_over(world: World, session: Session, touch: m.Touch, result: CallResult, now: Instant, seconds: int) -> None:
    """A call ended (E2) after so many seconds: remember how, and decide what follows, usually the mail of B4."""
    ledger.annotate(session, touch, now=now, who="carrier", why=result, result=str(result), result_at=now)
    costs.call(session, touch, seconds)
    if result is CallResult.NO_SUCH_NUMBER:
        address_is_wrong(session, touch, "the number does not exist", now)
    _renew_signals(world, session, touch, result, now)
    if touch.enrolment_id:
        if result is CallResult.CALL_BACK:
            promises.made(world, session, touch.enrolment_id, now)
        preferences.renew_habit(session, one(session, m.Contact, touch.contact_id), now)
        plan.decide_again(world, session, touch.enrolment_id, now, caused_by=touch.id)
    by_mail.call_over(world, session, touch, result, now)


def _renew_signals(world: World, session: Session, touch: m.Touch, result: CallResult, now: Instant) -> None:
    """B11: a talk warms. Before the next step is decided, in the same transaction."""
    if result in signals.TALKS:
        signals.recompute(world, session, [touch.contact_id], now)


def replied(world: World, session: Session, touch: m.Touch, text: str, now: Instant) -> None:
    """A human reply stops every planned touch of the enrolment; where the goal was to hear from them, it is met."""
    if touch.enrolment_id is None:
        signals.recompute(world, session, [touch.contact_id], now)
        return
    enrolment = session.get_one(m.Enrolment, touch.enrolment_id)
    goal = cases.campaign_of(world, session, enrolment.version_id).goal
    _outcome(world, session, enrolment, touch.id, "reply", text, now)
    if goal in SERIOUS:
        signals.recompute(world, session, [touch.contact_id], now)
        stop(session, enrolment, "replied", now)
        stop_colleagues(world, session, enrolment, "replied", now)
    else:
        goal_met(world, session, enrolment, touch.id, f"answered: {goal}", now)


def goal_met(
    world: World, session: Session, enrolment: m.Enrolment, touch_id: int | None, note: str, now: Instant
) -> None:
    """The campaign's goal is reached: count it once, stop everything planned."""
    known = select(m.Outcome.id).where(m.Outcome.enrolment_id == enrolment.id, m.Outcome.kind == "goal_met")
    if session.scalar(known) is None:
        _outcome(world, session, enrolment, touch_id, "goal_met", note, now)
        signals.recompute(world, session, [enrolment.contact_id], now)
    stop(session, enrolment, "goal_met", now)
    stop_colleagues(world, session, enrolment, "goal_met", now)


def _outcome(
    world: World, session: Session, enrolment: m.Enrolment, touch_id: int | None, kind: str, note: str, now: Instant
) -> None:
    first = select(m.Decision.at).where(m.Decision.enrolment_id == enrolment.id, m.Decision.first).limit(1)
    days = cases.campaign_of(world, session, enrolment.version_id).outcome_days
    began = session.scalar(first)
    session.add(
        m.Outcome(
            enrolment_id=enrolment.id,
            campaign_id=enrolment.campaign_id,
            contact_id=enrolment.contact_id,
            touch_id=touch_id,
            kind=kind,
            at=now,
            window_end=None if began is None else began + days * DAY,
            note=note[:500],
        )
    )
    event = outgoing.GOAL if kind == "goal_met" else outgoing.OUTCOME
    outgoing.of_outcome(world, session, event, enrolment, touch_id, kind, now)


def operator_says(world: World, session: Session, touch: m.Touch, result: CallResult, note: str, now: Instant) -> None:
    """The colleague who talked enters the call result (E2, B7: every talk ends with a next step or a stop)."""
    ledger.annotate(session, touch, now=now, who="operator", why=note, result=str(result), result_at=now)
    _renew_signals(world, session, touch, result, now)
    if touch.enrolment_id is None:
        return
    enrolment = session.get_one(m.Enrolment, touch.enrolment_id)
    contact = session.get_one(m.Contact, touch.contact_id)
    outgoing.of_outcome(world, session, outgoing.OUTCOME, enrolment, touch.id, str(result), now)
    then = NEXT[result].then
    if then is Then.MET:
        goal_met(world, session, enrolment, touch.id, note or "meeting booked by phone", now)
        return
    if then is Then.NURTURE:  # what was promised before the no is not owed any more (A17)
        contact.refused_at, enrolment.promised_at = now, None
        _outcome(world, session, enrolment, touch.id, "lost", note, now)
    if then is Then.CALLBACK:
        promises.made(world, session, enrolment.id, now)
    if result is CallResult.WRONG_PERSON:
        address_is_wrong(session, touch, "wrong person", now)
    plan.decide_again(world, session, enrolment.id, now, caused_by=touch.id)
