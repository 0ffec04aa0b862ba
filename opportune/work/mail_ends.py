"""What does that which came back say of the mail itself: it left, arrived, bounced, or its reader complained?

Only forward, as the table of moves has it; what is said of an address or of our domain follows from it.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.inbox import Returned
from opportune.rules.facts import DAY, Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import costs, plan, react, reputation
from opportune.work.world import World

WHO = "inbox"
OURS = "blocked"  # the result where our domain was refused, and not the reader's address
SOFT_BOUNCES, SOFT_DAYS = 3, 90  # so often within so many days: nobody empties that mailbox (E7)


def proved(session: Session, touch: m.Touch, now: Instant) -> None:
    """Whoever answers a mail or bounces it has received it: what follows is decided as if its server had told us. It
    may have: what it said is written down once the slowest mail of its group was answered, minutes later."""
    if touch.channel == "email" and touch.state in ("sending", "uncertain"):
        costs.mails(session, [touch.id])
        why = "something came back"
        ledger.move(session, touch, "sent", now=now, who=WHO, why=why, sent_at=now, settled_at=None)
        react.decide_at(session, [touch.enrolment_id] if touch.enrolment_id else [], now)


def arrived(session: Session, touch: m.Touch, now: Instant) -> None:
    """Unasked for: see docs/email.md. It may still be thrown out, or complained of."""
    if touch.state == "sent":
        ledger.move(session, touch, "delivered", now=now, who=WHO, why="reported as delivered")


def complained(session: Session, touch: m.Touch, now: Instant) -> None:
    """It counts against our domain; the person is another matter."""
    if touch.state in ("sent", "delivered"):
        ledger.move(session, touch, "complained", now=now, who=WHO, why="its reader complained")
    reputation.came_back(session, touch, "complained", now)


def bounced(world: World, session: Session, touch: m.Touch, back: Returned, now: Instant) -> None:
    """Only what says that there is no such address cleans it; what is said of our domain is our domain's."""
    if touch.state in ("sent", "delivered"):
        facts = {"result": OURS if back.blame == "policy" else "bounced", "result_at": now}
        ledger.move(session, touch, "bounced", now=now, who=WHO, why=back.status or back.subject, **facts)
    if back.blame in ("hard", "policy"):
        reputation.came_back(session, touch, "bounced" if back.hard else "blocked", now)
    often = back.blame == "soft" and _soft(session, touch, now) >= SOFT_BOUNCES
    if back.hard or often:
        why = f"bounced {back.status}" if back.hard else f"bounced {SOFT_BOUNCES} times: {back.status or back.subject}"
        react.address_is_wrong(session, touch, why, now)
        if touch.enrolment_id:
            plan.decide_again(world, session, touch.enrolment_id, now, caused_by=touch.id)


def _soft(session: Session, touch: m.Touch, now: Instant) -> int:
    """How often mail to this person came back lately for a reason of theirs."""
    session.flush()
    mine = (m.Touch.contact_id == touch.contact_id, m.Touch.channel == "email", m.Touch.state == "bounced")
    theirs = (m.Touch.result_at > now - SOFT_DAYS * DAY, func.coalesce(m.Touch.result, "") != OURS)
    return session.scalar(select(func.count(m.Touch.id)).where(*mine, *theirs)) or 0
