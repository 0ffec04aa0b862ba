"""What do we say on a call, and what do its events mean for the touch?

Twilio asks us for words (TwiML) and reports progress. Each report is stored first, then applied, forward only; reports
come twice, late and out of order. A call that should not be ringing (opted out, wrong hour) is hung up on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from channels import voice, voicemail
from channels.base import CallState
from channels.voice import VoiceEvent
from opportune.rules.facts import HOUR, CallResult, Channel, Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.bulk import one
from opportune.work import binding, carrier_says, cases, hearing, optout, prepare, react, recorded, spoken, stopping
from opportune.work.world import World

RANKS = {"queued": 1, "initiated": 1, "ringing": 2, "in-progress": 3, "answered": 3}
OVER = {
    "completed": "completed",
    "busy": "busy",
    "no-answer": "no_answer",
    "failed": "failed",
    "canceled": "cancelled",
}
LAST = 9  # rank of a terminal status
TALK_LIMIT = 15 * 60
FORGOTTEN = HOUR  # seconds: what the carrier then does not know is no call
RINGING = 120  # seconds after its window in which a call that rang in time may still be answered
#: What is reckoned from keys, talk and status; a colleague may have said better since.
RECKONED = (CallResult.DECLINED, CallResult.CALL_BACK, CallResult.EMAIL_PLEASE, CallResult.FAILED)
OPEN_CALL = ("sending", "uncertain", "sent", "ringing", "answered")


def words(world: World, token: str, event: VoiceEvent, now: Instant) -> str:
    """The callee's phone was answered: what do we say?"""

    def act(session: Session, touch: m.Touch, first: bool) -> str:
        bound = binding.bind(session, touch, event.sid, now)
        if not bound or not (first or touch.said):  # asked again: the same words
            return voice.hang_up()
        contact = one(session, m.Contact, touch.contact_id)
        closed = touch.state not in OPEN_CALL or now > touch.not_after + RINGING
        if closed or contact.id in cases.suppressed(world, session, [contact], Channel.CALL):
            return voice.hang_up()
        _answered(session, touch, event, now)
        if voicemail.is_machine(event.answered_by):
            return _to_machine(world, session, touch, contact, event, now)
        ledger.annotate(session, touch, now=now, who="carrier", why="a person answered", said="announce")
        ready = prepare.ready(session, [touch.id]).get(touch.id)
        spoken = prepare.prepared(world, session, touch, now, ready).content.decode()
        recording = recorded.address(world, touch.template or "", contact.language)
        return voice.announce(spoken, _locale(contact), _url(world, token, "keys"), recording)

    return hearing.once(world, token, event, "words", now, act) or voice.hang_up()


def _to_machine(
    world: World, session: Session, touch: m.Touch, contact: m.Contact, event: VoiceEvent, now: Instant
) -> str:
    """A2, B3: one useful tip after the beep, or silence where no voicemail is allowed."""
    if not touch.voicemail or not voicemail.may_speak(event.answered_by):
        return voice.hang_up()
    ledger.annotate(session, touch, now=now, who="carrier", why="left a voicemail", said="voicemail")
    campaign = prepare.document(world, session, touch)
    template = campaign.words.voicemail if campaign else "voicemail"
    spoken = prepare.speech(world, session, touch, template)
    return voicemail.voicemail(spoken, _locale(contact), recorded.address(world, template, contact.language))


def keys(world: World, token: str, event: VoiceEvent, now: Instant) -> str:
    """A key was pressed, or none: 1 talk to a person, 2 send it by email, 9 never again (written before we confirm)."""
    sids: list[str] = []

    def act(session: Session, touch: m.Touch, first: bool) -> str:
        if not first:
            return voice.hang_up()
        sids[:] = pressed(world, session, touch, event, now)
        return _after_key(world, session, touch, one(session, m.Contact, touch.contact_id), touch.pressed or "")

    answer = hearing.once(world, token, event, "keys", now, act)
    if answer and event.digits == "9":
        optout.cancel_calls(world, sids)
    return answer or voice.hang_up()


def pressed(world: World, session: Session, touch: m.Touch, event: VoiceEvent, now: Instant) -> list[str]:
    """The key is written, and a no holds from here on. Returns the calls to cancel after the commit."""
    key = (event.digits or "")[:8]
    ledger.annotate(session, touch, now=now, who="callee", why=f"pressed {key or 'nothing'}", pressed=key)
    no: dict[str, Any] = {"reason": "key 9", "evidence": "pressed 9", "now": now, "touch_id": touch.id}
    sids = optout.opt_out(world, session, touch.contact_id, **no) if key == "9" else []
    _told_late(world, session, touch, now)
    return sids


def _after_key(world: World, session: Session, touch: m.Touch, contact: m.Contact, pressed: str) -> str:
    locale = _locale(contact)
    operator = _operator(world, session, touch) if pressed == "1" else None
    if operator:
        spoken = prepare.speech(world, session, touch, "connect")
        after = _url(world, touch.token, "after")
        return voice.connect(spoken, operator, world.settings.twilio_caller, after, TALK_LIMIT, locale)
    template = {"1": "sorry", "2": "email_coming", "9": "never_again"}.get(pressed, "goodbye")
    return voice.say_and_hang_up(prepare.speech(world, session, touch, template), locale)


def _operator(world: World, session: Session, touch: m.Touch) -> str | None:
    """The colleague whom the campaign names, else the one of the house."""
    enrolment = one(session, m.Enrolment, touch.enrolment_id) if touch.enrolment_id else None
    campaign = cases.campaign_of(world, session, enrolment.version_id) if enrolment else None
    return (campaign.calls.operator_phone if campaign else None) or world.settings.operator_phone or None


def after_talk(world: World, token: str, event: VoiceEvent, now: Instant) -> str:
    """The talk with our operator is over, or nobody was free: then we say so and owe a call back (C4)."""

    def act(session: Session, touch: m.Touch, first: bool) -> str:
        if not first:
            return voice.hang_up()
        talked = event.dial_duration or 0
        why = f"talk: {event.dial_status} {hearing.on_record(session, event, now)}".strip()
        ledger.annotate(session, touch, now=now, who="carrier", why=why, talk_seconds=talked)
        _told_late(world, session, touch, now)
        if event.dial_status in ("completed", "answered"):
            return voice.hang_up()
        contact = one(session, m.Contact, touch.contact_id)
        return voice.say_and_hang_up(prepare.speech(world, session, touch, "sorry"), _locale(contact))

    return hearing.once(world, token, event, "after", now, act) or voice.hang_up()


def _told_late(world: World, session: Session, touch: m.Touch, now: Instant) -> None:
    """Both sides hung up in the same instant: the end of the call came first, the key or the talk after it. What was
    reckoned without them is reckoned again; a colleague's own word stays."""
    if touch.rank < LAST or touch.state != "completed" or touch.result not in RECKONED:
        return
    result = _result(touch, "completed", None)
    if result == touch.result:
        return
    if touch.result == CallResult.CALL_BACK and touch.enrolment_id:
        one(session, m.Enrolment, touch.enrolment_id).promised_at = None
    react.call_over(world, session, touch, result, now, 0)


def _result(touch: m.Touch, status: str, sip_code: int | None) -> CallResult:
    if touch.said == "sorry" and not touch.pressed:  # they picked up and we had no words: our failure, not their no
        return CallResult.FAILED
    left = touch.said == "voicemail"
    return voice.call_result(status, touch.answered_by, touch.pressed, touch.talk_seconds or 0, sip_code, left)


def status(world: World, token: str, event: VoiceEvent, now: Instant, kind: str = "status") -> bool:
    """A progress report, or what an event of another `kind` says of progress. False: we know no such call."""

    def act(session: Session, touch: m.Touch, first: bool) -> str:
        if not first:
            return "known"
        unknown = touch.provider_id is None
        if not binding.bind(session, touch, event.sid, now):
            return "stray"
        unwanted = unknown and event.status not in OVER and _said_no_meanwhile(world, session, touch, now)
        progress(world, session, touch, event, now)
        return "unwanted" if unwanted else "applied"

    done = hearing.once(world, token, event, kind, now, act)
    if done == "unwanted":
        world.carrier.cancel(event.sid)
    if done == "stray" and event.status not in OVER:
        world.carrier.end(event.sid)
    return done is not None


def _said_no_meanwhile(world: World, session: Session, touch: m.Touch, now: Instant) -> bool:
    """Said no while we did not know yet which call was theirs: it shall not ring on until its 201 comes."""
    contact = one(session, m.Contact, touch.contact_id)
    if touch.state != "sent" or contact.id not in cases.suppressed(world, session, [contact], Channel.CALL):
        return False
    why = "said no before the call was known"
    return ledger.move(session, touch, "cancel_requested", now=now, who="carrier", why=why, **stopping.asking(now))


def polled(touch: m.Touch, state: CallState | None, now: Instant) -> VoiceEvent | None:
    """What the carrier says when asked. A call it does not know any more is over, or its person would wait for ever."""
    if state is not None:
        key = f"poll:{state.sid}:{state.status}"
        return VoiceEvent(state.sid, state.status, key, answered_by=state.answered_by, duration=state.duration)
    if now - (touch.sent_at or now) < FORGOTTEN:
        return None
    return VoiceEvent(touch.provider_id or "", "failed", f"poll:{touch.provider_id}:gone")


def progress(world: World, session: Session, touch: m.Touch, event: VoiceEvent, now: Instant) -> None:
    """Apply one report: only forward, and nothing after the end."""
    if event.status in OVER:
        touch.answered_by = event.answered_by or touch.answered_by
        if touch.rank < LAST:
            _over(world, session, touch, event, now)
    elif (rank := RANKS.get(event.status, 0)) > touch.rank:
        if event.status == "ringing" and touch.state == "sent":
            ledger.move(session, touch, "ringing", now=now, who="carrier", settled_at=None, rank=rank)
        elif rank == RANKS["answered"]:
            _answered(session, touch, event, now)
        else:
            touch.rank = rank
    if event.answered_by not in (None, touch.answered_by):
        touch.answered_by = event.answered_by


def _answered(session: Session, touch: m.Touch, event: VoiceEvent, now: Instant) -> None:
    by, rank = event.answered_by or touch.answered_by, max(touch.rank, RANKS["answered"])
    if touch.state in ("sent", "ringing"):
        ledger.move(session, touch, "answered", now=now, who="carrier", settled_at=None, answered_by=by, rank=rank)
    else:
        touch.answered_by, touch.rank = by, rank


def _over(world: World, session: Session, touch: m.Touch, event: VoiceEvent, now: Instant) -> None:
    if not touch.automated:
        event = _with_colleague(touch, event)
    result = _result(touch, event.status, event.sip_code)
    final = "voicemail_left" if touch.said == "voicemail" and event.status == "completed" else OVER[event.status]
    if touch.state == "answered" and final == "cancelled":
        final = "completed"
    ledger.move(session, touch, final, now=now, who="carrier", why=event.status, rank=LAST)
    if result is not CallResult.CANCELLED:
        react.call_over(world, session, touch, result, now, event.duration or 0)
    carrier_says.ended(world, session, touch, event.sip_code, now)


def _with_colleague(touch: m.Touch, event: VoiceEvent) -> VoiceEvent:
    """Whoever picked up talked with the colleague who was on the line. One who hung up first while the phone rang left
    a missed call there (A8)."""
    if touch.talk_seconds is None and event.status == "completed":
        touch.talk_seconds = event.duration
    missed = event.status == "canceled" and touch.state == "ringing"
    return replace(event, status="no-answer") if missed else event


def _url(world: World, token: str, leaf: str) -> str:
    return f"{world.settings.public_url.rstrip('/')}/voice/{token}/{leaf}"


def _locale(contact: m.Contact) -> str:
    return spoken.LOCALES.get(contact.language, "en-US")
