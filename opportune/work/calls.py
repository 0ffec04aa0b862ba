"""What do we say on a call, and what do its events mean for the touch?

Twilio asks us for words (TwiML) and reports progress. Each report is stored first, then applied, forward only; reports
come twice, late and out of order. A call that should not be ringing (opted out, wrong hour) is hung up on.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from channels import voice, voicemail
from channels.base import CallState
from channels.voice import VoiceEvent
from opportune.rules.facts import HOUR, CallResult, Channel, Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.bulk import one
from opportune.work import binding, carrier_says, cases, hearing, optout, prepare, react, recorded, stopping, talks
from opportune.work.world import World

RANKS = {"queued": 1, "initiated": 1, "ringing": 2, "in-progress": 3, "answered": 3}
OVER = {
    "completed": "completed",
    "busy": "busy",
    "no-answer": "no_answer",
    "failed": "failed",
    "canceled": "cancelled",
}
FORGOTTEN = HOUR  # seconds: what the carrier then does not know is no call
RINGING = 120  # seconds after its window in which a call that rang in time may still be answered
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
        return voice.announce(spoken, talks.locale(contact), talks.url(world, token, "keys"), recording)

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
    return voicemail.voicemail(spoken, talks.locale(contact), recorded.address(world, template, contact.language))


def status(world: World, token: str, event: VoiceEvent, now: Instant, kind: str = "status") -> bool:
    """A progress report, or what an event of another `kind` says of progress. False: we know no such call."""
    sids: list[str] = []

    def act(session: Session, touch: m.Touch, first: bool) -> str:
        if not first:
            return "known"
        unknown = touch.provider_id is None
        if not binding.bind(session, touch, event.sid, now):
            return "stray"
        unwanted = unknown and event.status not in OVER and _said_no_meanwhile(world, session, touch, now)
        sids[:] = progress(world, session, touch, event, now)
        return "unwanted" if unwanted else "applied"

    done = hearing.once(world, token, event, kind, now, act)
    if done == "unwanted":
        world.carrier.cancel(event.sid)
    if sids:
        optout.cancel_calls(world, sids)
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


def progress(world: World, session: Session, touch: m.Touch, event: VoiceEvent, now: Instant) -> list[str]:
    """Apply one report: only forward, and nothing after the end. Returns the CallSids to cancel after the commit."""
    sids: list[str] = []
    if event.status in OVER:
        touch.answered_by = event.answered_by or touch.answered_by
        if touch.rank < talks.LAST:
            sids = _over(world, session, touch, event, now)
    elif (rank := RANKS.get(event.status, 0)) > touch.rank:
        if event.status == "ringing" and touch.state == "sent":
            ledger.move(session, touch, "ringing", now=now, who="carrier", settled_at=None, rank=rank)
        elif rank == RANKS["answered"]:
            _answered(session, touch, event, now)
        else:
            touch.rank = rank
    if event.answered_by not in (None, touch.answered_by):
        touch.answered_by = event.answered_by
    return sids


def _answered(session: Session, touch: m.Touch, event: VoiceEvent, now: Instant) -> None:
    by, rank = event.answered_by or touch.answered_by, max(touch.rank, RANKS["answered"])
    if touch.state in ("sent", "ringing"):
        ledger.move(session, touch, "answered", now=now, who="carrier", settled_at=None, answered_by=by, rank=rank)
    else:
        touch.answered_by, touch.rank = by, rank


def _over(world: World, session: Session, touch: m.Touch, event: VoiceEvent, now: Instant) -> list[str]:
    if not touch.automated:
        event = _with_colleague(touch, event)
    result = talks.result(touch, event.status, event.sip_code)
    final = "voicemail_left" if touch.said == "voicemail" and event.status == "completed" else OVER[event.status]
    if touch.state == "answered" and final == "cancelled":
        final = "completed"
    ledger.move(session, touch, final, now=now, who="carrier", why=event.status, rank=talks.LAST)
    if result is not CallResult.CANCELLED:
        react.call_over(world, session, touch, result, now, event.duration or 0)
    elif touch.enrolment_id and one(session, m.Enrolment, touch.enrolment_id).decide_at is None:
        react.decide_at(session, [touch.enrolment_id], now + react.RETRY_AFTER)  # it never rang: nobody is forgotten
    return carrier_says.ended(world, session, touch, event.sip_code, now)


def _with_colleague(touch: m.Touch, event: VoiceEvent) -> VoiceEvent:
    """Whoever picked up talked with the colleague who was on the line. One who hung up first while the phone rang left
    a missed call there (A8)."""
    if touch.talk_seconds is None and event.status == "completed":
        touch.talk_seconds = event.duration
    missed = event.status == "canceled" and touch.state == "ringing"
    return replace(event, status="no-answer") if missed else event
