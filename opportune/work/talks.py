"""What does a key on the phone do, and what does the talk with a colleague after it mean?"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from channels import voice
from channels.voice import VoiceEvent
from opportune.rules.facts import CallResult, Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.store.bulk import one
from opportune.work import by_mail, cases, hearing, operators, optout, prepare, react, spoken
from opportune.work.world import World

LAST = 9  # rank of a terminal status
TALK_LIMIT = 15 * 60
#: What is reckoned from keys, talk and status; a colleague may have said better since.
RECKONED = (CallResult.DECLINED, CallResult.CALL_BACK, CallResult.EMAIL_PLEASE, CallResult.FAILED)


def keys(world: World, token: str, event: VoiceEvent, now: Instant) -> str:
    """A key was pressed, or none: 1 talk to a person, 2 send it by email, 9 never again (written before we confirm)."""
    sids: list[str] = []

    def act(session: Session, touch: m.Touch, first: bool) -> str:
        if not first:
            return voice.hang_up()
        sids[:] = pressed(world, session, touch, event, now)
        return _after_key(world, session, touch, touch.pressed or "", now)

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
    told_late(world, session, touch, now)
    return sids


def _after_key(world: World, session: Session, touch: m.Touch, pressed: str, now: Instant) -> str:
    """What is said promises nothing that does not follow: a mail only where one can leave."""
    tongue = locale(one(session, m.Contact, touch.contact_id))
    operator = _operator(world, session, touch) if pressed == "1" else None
    if operator:
        said, after = prepare.speech(world, session, touch, "connect"), url(world, touch.token, "after")
        return voice.connect(said, operator, touch.caller or world.settings.twilio_caller, after, TALK_LIMIT, tongue)
    mail = "email_coming" if pressed == "2" and by_mail.can(world, session, touch, now) else "goodbye"
    template = {"1": "sorry", "2": mail, "9": "never_again"}.get(pressed, "goodbye")
    return voice.say_and_hang_up(prepare.speech(world, session, touch, template), tongue)


def _operator(world: World, session: Session, touch: m.Touch) -> str | None:
    """The colleague whom the campaign names, else whoever of ours on duty suits best (B9), else the house's one.
    Where colleagues were entered and all are talking or off duty there is nobody, and we owe a call back (C4)."""
    enrolment = one(session, m.Enrolment, touch.enrolment_id) if touch.enrolment_id else None
    campaign = cases.campaign_of(world, session, enrolment.version_id) if enrolment else None
    named = campaign.calls.operator_phone if campaign else None
    contact = one(session, m.Contact, touch.contact_id)
    return named or operators.whose_turn(session, world.settings.operator_phone, contact)


def after_talk(world: World, token: str, event: VoiceEvent, now: Instant) -> str:
    """The talk with our operator is over, or nobody was free: then we say so and owe a call back (C4)."""

    def act(session: Session, touch: m.Touch, first: bool) -> str:
        if not first:
            return voice.hang_up()
        talked = event.dial_duration or 0
        why = f"talk: {event.dial_status} {hearing.on_record(session, event, now)}".strip()
        ledger.annotate(session, touch, now=now, who="carrier", why=why, talk_seconds=talked)
        told_late(world, session, touch, now)
        if event.dial_status in ("completed", "answered"):
            return voice.hang_up()
        contact = one(session, m.Contact, touch.contact_id)
        return voice.say_and_hang_up(prepare.speech(world, session, touch, "sorry"), locale(contact))

    return hearing.once(world, token, event, "after", now, act) or voice.hang_up()


def told_late(world: World, session: Session, touch: m.Touch, now: Instant) -> None:
    """Both sides hung up in the same instant: the end of the call came first, the key or the talk after it. What was
    reckoned without them is reckoned again; a colleague's own word stays."""
    if touch.rank < LAST or touch.state != "completed" or touch.result not in RECKONED:
        return
    found = result(touch, "completed", None)
    if found == touch.result:
        return
    if touch.result == CallResult.CALL_BACK and touch.enrolment_id:
        one(session, m.Enrolment, touch.enrolment_id).promised_at = None
    react.call_over(world, session, touch, found, now, 0)


def result(touch: m.Touch, status: str, sip_code: int | None) -> CallResult:
    if touch.said == "sorry" and not touch.pressed:  # they picked up and we had no words: our failure, not their no
        return CallResult.FAILED
    left = touch.said == "voicemail"
    return voice.call_result(status, touch.answered_by, touch.pressed, touch.talk_seconds or 0, sip_code, left)


def url(world: World, token: str, leaf: str) -> str:
    return f"{world.settings.public_url.rstrip('/')}/voice/{token}/{leaf}"


def locale(contact: m.Contact) -> str:
    return spoken.LOCALES.get(contact.language, "en-US")
