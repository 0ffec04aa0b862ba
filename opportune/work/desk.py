"""An operator enters how a talk ended."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import CallResult, Channel, Instant, Preference
from opportune.store import audit
from opportune.store import models as m
from opportune.store.desk import BY_HAND, waiting
from opportune.work import by_mail, callbacks, cases, optout, preferences, promises, react
from opportune.work.preferences import Where
from opportune.work.world import World

#: What a colleague can say of a talk (E2), in the words on screen.
RESULTS = {
    CallResult.MEETING: "Meeting booked",
    CallResult.INTERESTED: "Interested",
    CallResult.CALL_BACK: "Call back",
    CallResult.EMAIL_PLEASE: "Send it by email",
    CallResult.SECRETARY: "Spoke with the secretary",
    CallResult.MACHINE: "Answering machine",
    CallResult.NOT_INTERESTED: "Not interested",
    CallResult.WRONG_PERSON: "Wrong person",
    CallResult.DO_NOT_CALL: "Do not contact again",
}
TWICE = 60  # seconds


def enter(world: World, token: str, result: CallResult, note: str) -> bool:
    """Store the call result and let it act. False: no call has this token."""
    now = world.clock.now()
    sids = world.db.attempt(lambda session: _entered(world, session, token, result, note, now))
    if sids is None:
        return False
    optout.cancel_calls(world, sids)
    return True


def _entered(
    world: World, session: Session, token: str, result: CallResult, note: str, now: Instant
) -> list[str] | None:
    """The CallSids to cancel after the commit. None: no call has this token."""
    touch = session.scalar(select(m.Touch).where(m.Touch.token == token, m.Touch.channel == "call"))
    if touch is None:
        return None
    cases.lock(session, [touch.contact_id])
    if _again(session, touch, result, note, now):
        return []
    _heard(world, session, touch, result, note, now)
    if result is not CallResult.DO_NOT_CALL:
        return []
    evidence = note or "told the operator"
    return optout.opt_out(
        world, session, touch.contact_id, reason="operator", evidence=evidence, now=now, touch_id=touch.id
    )


def called_by_hand(world: World, contact_id: int, who: str) -> bool:
    """Somebody who asked for a call that no campaign makes was called. False: nobody of that number waits."""
    now = world.clock.now()
    with world.db.write() as session:
        cases.lock(session, [contact_id])
        if contact_id not in waiting(session):
            return False
        session.add(m.Remark(contact_id=contact_id, kind=BY_HAND, at=now, source="desk", words=""))
        promises.kept_by_hand(session, contact_id)
        audit.write(session, now, who, BY_HAND, audit.person(contact_id))
    return True


def _again(session: Session, touch: m.Touch, result: CallResult, note: str, now: Instant) -> bool:
    """A button pressed twice is one word; the same word later is a new one."""
    event = m.TouchEvent
    lately = (event.touch_id == touch.id, event.who == "operator", event.why == note[:500], event.at > now - TWICE)
    return touch.result == result and session.scalar(select(event.id).where(*lately).limit(1)) is not None


def _heard(world: World, session: Session, touch: m.Touch, result: CallResult, note: str, now: Instant) -> None:
    """The result decides what follows here; what the note tells of the person's wishes counts everywhere (A9)."""
    contact = session.get_one(m.Contact, touch.contact_id)
    where = Where("call", touch.key, now)
    changed = preferences.hear(session, contact, note, where)
    if result is CallResult.EMAIL_PLEASE:
        wanted = Preference(Channel.EMAIL, note or "said so on the phone", "marker")
        changed = preferences.remember(session, contact, wanted, where) or changed
    react.operator_says(world, session, touch, result, note, now)
    if result is CallResult.EMAIL_PLEASE:
        by_mail.list_unless_sent(world, session, touch, note, now)
    if result is CallResult.CALL_BACK and touch.enrolment_id:
        callbacks.at_a_time(world, session, contact, touch.enrolment_id, note, now)
    if changed:
        preferences.decide_elsewhere(world, session, contact.id, touch.enrolment_id, now)
