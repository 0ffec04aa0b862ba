"""Which promised callbacks do we still owe, and who keeps one that no call of ours keeps (C4)?

A promise is met once its call rang, not when it set out. One that did not come about is made again, not at once and not
for ever; from then on, or where no call of ours can keep it, it stands among the remarks, where the desk lists it as
long as no call is planned.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from opportune.rules.facts import Channel, Instant, Kind
from opportune.rules.said_time import SOON
from opportune.store import desk
from opportune.store import models as m
from opportune.store.bulk import one
from opportune.store.ledger import LEFT, OPEN
from opportune.work import cases
from opportune.work.world import World

MOST_TRIES = 3
APART = 15 * 60  # seconds between two tries: a colleague is not rung again and again for a line that fails
_ON_ITS_WAY = ("sending", "sent", "uncertain", "cancel_requested")
_IN_VAIN = ("failed", "not_sent", "cancelled")
_TRIED = (m.Touch.kind == Kind.CALLBACK.value, m.Touch.sending_at >= m.Enrolment.promised_at)


def made(world: World, session: Session, enrolment_id: int, now: Instant) -> None:
    """C4: in ten minutes; the rules move it into working hours. Where its campaign is over, a colleague has it."""
    enrolment = one(session, m.Enrolment, enrolment_id)
    enrolment.promised_at = now + SOON
    if enrolment.state == "done":
        enrolment.state, enrolment.stopped_why, enrolment.stopped_at = "active", None, None
    if not goes_on(session, enrolment):
        to_the_desk(world, session, [enrolment], "its campaign does not go on", now)


def goes_on(session: Session, enrolment: m.Enrolment) -> bool:
    """Whether anything is decided for them now."""
    return enrolment.state == "active" and one(session, m.Campaign, enrolment.campaign_id).state == "live"


def owed() -> ColumnElement[bool]:
    """Of an enrolment: something was promised, and no call met it yet."""
    here = (m.Touch.enrolment_id == m.Enrolment.id, m.Touch.state.in_(sorted({*LEFT} - {*_ON_ITS_WAY})))
    return m.Enrolment.promised_at.is_not(None) & ~select(m.Touch.id).where(*here, *_TRIED).exists()


def next_try(world: World, session: Session, enrolment: m.Enrolment, now: Instant) -> Instant | None:
    """From when on a call may be made for it; None: it failed for good or often enough."""
    session.flush()
    query = select(m.Touch.sending_at, m.Touch.state, m.Touch.result).join(m.Enrolment).order_by(m.Touch.sending_at)
    tried = session.execute(query.where(m.Enrolment.id == enrolment.id, m.Touch.state.in_(_IN_VAIN), *_TRIED)).all()
    if not tried:
        return now
    to_the_desk(world, session, [enrolment], "our call did not come about", now)
    for_good = any((state, result) == ("failed", "refused") for _, state, result in tried)
    return None if for_good or len(tried) >= MOST_TRIES else max(now, (tried[-1][0] or 0) + APART)


def to_the_desk(world: World, session: Session, enrolments: Sequence[m.Enrolment], why: str, now: Instant) -> None:
    """A remark for each who is not listed yet, unless they said no since: what the desk lists no gate asks about."""
    people = {each.contact_id: session.get_one(m.Contact, each.contact_id) for each in enrolments}
    not_these = {*cases.suppressed(world, session, list(people.values()), Channel.CALL)}
    not_these |= desk.uncalled(session, m.Contact.id.in_(list(people)))
    said = select(m.Remark.contact_id, m.Remark.promised_at).where(m.Remark.kind == "callback")
    there = set(session.execute(said.where(m.Remark.contact_id.in_(list(people)))).tuples())
    for each in enrolments:
        if each.contact_id not in not_these and (each.contact_id, each.promised_at) not in there:
            at = min(now, each.promised_at or now)
            session.add(
                m.Remark(
                    contact_id=each.contact_id, kind="callback", at=at, source="call", words="we promised to call",
                    channel="call", promised_at=each.promised_at, note=why,
                )
            )  # fmt: skip
    session.flush()


def kept_by_hand(session: Session, contact_id: int) -> None:
    """A colleague called: no call of ours is made for it any more, should a number or a consent come later."""
    ours = (m.Touch.enrolment_id == m.Enrolment.id, m.Touch.kind == Kind.CALLBACK.value, m.Touch.state.in_(OPEN))
    theirs = (m.Enrolment.contact_id == contact_id, m.Enrolment.promised_at.is_not(None))
    session.execute(
        update(m.Enrolment).where(*theirs, ~select(m.Touch.id).where(*ours).exists()).values(promised_at=None)
    )
