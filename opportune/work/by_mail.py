"""Asked on the phone to have it by email (A9): can a mail leave, and who hears of it where none can?"""

from __future__ import annotations

from sqlalchemy.orm import Session

from opportune.rules.case import build
from opportune.rules.facts import CallResult, Channel, Instant, Preference
from opportune.store import models as m
from opportune.store.bulk import one
from opportune.store.desk import MAIL_WANTED
from opportune.work import cases, preferences
from opportune.work.preferences import Where
from opportune.work.world import World

KEY = "pressed 2 on the phone"


def can(world: World, session: Session, touch: m.Touch, now: Instant) -> bool:
    """Whether the mail asked for in this call would leave now, as the rules see it."""
    known = cases.load(world, session, [touch.enrolment_id], now) if touch.enrolment_id else []
    if not known or known[0].state != "live" or known[0].enrolment.state != "active":
        return False
    case = known[0]
    if case.person.suppressed or case.history.stopped:
        return False
    found = build(case.person, case.campaign, case.history, case.law, now, case.enrolment.lot)
    return found.asked_mail_closed is None


def call_over(world: World, session: Session, touch: m.Touch, result: CallResult, now: Instant) -> None:
    """A key is as good a word as any: it counts in all campaigns."""
    if result is not CallResult.EMAIL_PLEASE:
        return
    said, where = Preference(Channel.EMAIL, KEY), Where("call", touch.key, now)
    if preferences.remember(session, one(session, m.Contact, touch.contact_id), said, where):
        preferences.decide_elsewhere(world, session, touch.contact_id, touch.enrolment_id, now)
    list_unless_sent(world, session, touch, "", now)


def list_unless_sent(world: World, session: Session, touch: m.Touch, note: str, now: Instant) -> None:
    """The desk shows who waits for a mail that cannot leave, so that a colleague asks for the address."""
    if not can(world, session, touch, now):
        wanted = {
            "contact_id": touch.contact_id,
            "kind": MAIL_WANTED,
            "at": now,
            "source": "call",
            "ref": touch.key[:500],
        }
        session.add(m.Remark(**wanted, words=note[:500]))
