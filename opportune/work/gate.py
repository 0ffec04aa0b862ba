"""May this touch leave, this very second? Asked in the transaction that marks it `sending`.

Locks the contact's row, which an opt-out locks too, and reads everything again: suppression, consent, window, caps,
campaign state, kill switch. "Later" puts the touch back, "never" cancels it and decides again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import Channel, Instant, Kind
from opportune.rules.gate import recheck
from opportune.store import ledger, notes
from opportune.store import models as m
from opportune.work import cases, plan, prepare
from opportune.work.cases import Case
from opportune.work.world import World

WHO = "gate"
PAUSE = 15 * 60  # a paused campaign is asked again after this many seconds


def stopped(world: World) -> bool:
    """The kill switch: nothing at all leaves."""
    return bool(notes.get(world.db, "kill_switch", False))


def pass_through(
    world: World, session: Session, touches: Sequence[m.Touch], now: Instant
) -> list[tuple[m.Touch, m.PreparedMessage]]:
    """Those of these claimed touches that may leave, each marked `sending` with its words. Commit, then send."""
    ids = sorted({touch.contact_id for touch in touches})
    session.scalars(select(m.Contact).where(m.Contact.id.in_(ids)).order_by(m.Contact.id).with_for_update()).all()
    enrolments = [touch.enrolment_id for touch in touches if touch.enrolment_id]
    known = {case.enrolment.id: case for case in cases.load(world, session, enrolments, now)}
    passed = []
    for touch in touches:
        session.refresh(touch)
        if touch.state != "claimed":  # an opt-out was faster
            continue
        if _may_leave(world, session, touch, known.get(touch.enrolment_id or 0), now) and (
            words := _begin(world, session, touch, now)
        ):
            passed.append((touch, words))
    return passed


def _may_leave(world: World, session: Session, touch: m.Touch, case: Case | None, now: Instant) -> bool:
    if touch.kind == "requested" or case is None:
        return _requested_may_leave(world, session, touch, now)
    if case.state != "live":
        ledger.put_back(session, touch, now=now, who=WHO, why=f"campaign is {case.state}", due_at=now + PAUSE)
        return False
    if now > touch.not_after:  # too late for this moment: a fresh decision finds the next one
        _decide_anew(world, session, touch, case, now, "its moment has passed")
        return False
    verdict = recheck(
        case.person,
        case.campaign,
        case.history,
        case.law,
        channel=Channel(touch.channel),
        kind=Kind(touch.kind),
        automated=touch.automated,
        cold=_cold(case, touch),
        now=now,
    )
    why = verdict.reason.code if verdict.reason else ""
    if verdict.go:
        touch.consent_id = verdict.consent_id
        if touch.kind == "callback":
            case.enrolment.promised_at = None
    elif verdict.again_at is not None:
        again = max(verdict.again_at, now + 60)
        late = again + (touch.not_after - touch.due_at)
        ledger.put_back(session, touch, now=now, who=WHO, why=why, due_at=again, not_after=late)
    else:
        _decide_anew(world, session, touch, case, now, why)
    return verdict.go


def _cold(case: Case, touch: m.Touch) -> bool:
    """A1 binds cold calls, never requested ones."""
    return touch.kind != "callback" and not case.person.asked_for_contact


def _decide_anew(world: World, session: Session, touch: m.Touch, case: Case, now: Instant, why: str) -> None:
    ledger.move(session, touch, "cancelled", now=now, who=WHO, why=why)
    plan.decide_again(world, session, case.enrolment.id, now, caused_by=touch.caused_by)


def _requested_may_leave(world: World, session: Session, touch: m.Touch, now: Instant) -> bool:
    """What a person asked for needs no window and no cap, only that nobody said no since."""
    contact = session.get_one(m.Contact, touch.contact_id)
    if contact.email and contact.id not in cases.suppressed(world, session, [contact]):
        return True
    ledger.move(session, touch, "cancelled", now=now, who=WHO, why="said no, or no address left")
    return False


def _begin(world: World, session: Session, touch: m.Touch, now: Instant) -> m.PreparedMessage | None:
    words = prepare.prepared(world, session, touch, now)
    facts: dict[str, str | int | None] = {"words_hash": words.hash, "consent_id": touch.consent_id}
    if touch.channel == "email":
        facts["message_id"] = touch.message_id or f"<{touch.token}@{(words.sender or '').rpartition('@')[2]}>"
    return words if ledger.begin_sending(session, touch, now=now, who=world.owner, **facts) else None
