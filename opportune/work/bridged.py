"""What does the person hear before they are bridged to a colleague, and what came of the talk?

The person's leg reports for itself (`calls.status`). The colleague's leg knows the end of the talk too: whichever
comes first counts, and a lost report costs nothing.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from channels import twilio_errors, voice, voice_words
from channels.base import Refused
from channels.voice import VoiceEvent
from opportune.rules.facts import Channel, Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.bulk import one
from opportune.work import binding, calls, carrier_says, cases, hearing, operator_rows, react
from opportune.work.world import World

WHO = "carrier"


def whisper(world: World, token: str, event: VoiceEvent, now: Instant) -> str:
    """The person picked up: opt-out and window are asked once more, then both hear each other. Nothing is recorded, so
    no law asks for a notice, and who calls is said by a colleague, not by a machine."""

    def act(session: Session, touch: m.Touch, first: bool) -> str:
        bound = binding.bind(session, touch, event.sid, now)
        if not bound or not (first or touch.said):
            return voice.hang_up()
        contact = one(session, m.Contact, touch.contact_id)
        closed = touch.state not in calls.OPEN_CALL or now > touch.not_after + calls.RINGING
        if closed or contact.id in cases.suppressed(world, session, [contact], Channel.CALL):
            return voice.hang_up()
        calls.progress(world, session, touch, replace(event, status="in-progress"), now)
        ledger.annotate(session, touch, now=now, who=WHO, why="a person answered", said="colleague")
        return voice_words.go_ahead()

    return hearing.once(world, token, event, "whisper", now, act) or voice.hang_up()


def talked(world: World, session: Session, row: m.OperatorCall, event: VoiceEvent, now: Instant) -> list[str]:
    """What the colleague's leg says of the dialling; E2 by the same table as the person's own report. Returns the
    CallSids to cancel after the commit."""
    touch = operator_rows.touch_of(session, row)
    if touch is None:
        return []
    status = "completed" if event.dial_status == "answered" else event.dial_status or ""
    if sid := event.raw.get("DialCallSid", "")[:64]:
        if binding.bind(session, touch, sid, now):
            said = replace(event, sid=sid, status=status, duration=event.dial_duration)
            return _reckon(world, session, touch, said, now)
    elif status == "failed" and touch.state == "sending":
        _not_dialled(world, session, touch, event, now)
    return []


def _not_dialled(world: World, session: Session, touch: m.Touch, event: VoiceEvent, now: Instant) -> None:
    """The carrier refused the number or our caller id: no leg of the person's ever was."""
    row = twilio_errors.meaning(event.error_code or 0)
    why, code = hearing.trouble(event) or "the carrier did not dial", str(event.error_code or "dial")
    answer = Refused(code, why, row.permanent, row.scope, "dial", meaning=row.name)
    words = session.get(m.PreparedMessage, touch.id)
    react.answered(world, session, touch, answer, now)
    carrier_says.refused(session, touch, words.recipient or "" if words else "", answer, now)


def _reckon(world: World, session: Session, touch: m.Touch, event: VoiceEvent, now: Instant) -> list[str]:
    seconds = event.duration or 0
    why = f"talk: {event.dial_status} {hearing.trouble(event)}".strip()
    ledger.annotate(session, touch, now=now, who=WHO, why=why, talk_seconds=seconds)
    session.flush()
    return calls.progress(world, session, touch, event, now) if event.status in calls.OVER else []
