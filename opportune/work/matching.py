"""To which contact attempt does a mail that came back belong?

By the token it was addressed to (VERP, reply address), or that stands in the mail it returns; then by the thread; then
by who sent it, or for whom it was, and the subject.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.inbox import Returned
from opportune.store import addresses
from opportune.store import models as m
from opportune.store.ledger import LEFT

MOST = 20  # latest mails to one person among which the subject decides
PREFIX = re.compile(r"^(\W*(re|fwd?|aw|wg|sv|vs|ant|отв|ответ|răsp|rasp)\s*(\[\d+\])?:\s*)+", re.I)


def touch_of(session: Session, back: Returned) -> m.Touch | None:
    """The attempt, or None when nothing ties this mail to one."""
    found = _named(session, back)
    return _left_last(session, found) if found and found.kind == "requested" and found.message_id else found


def _named(session: Session, back: Returned) -> m.Touch | None:
    if back.token and (found := session.scalar(select(m.Touch).where(m.Touch.token == back.token))):
        return found
    thread = [id[:200] for id in (back.in_reply_to, *back.references) if id][:200]
    answered = select(m.Touch).where(m.Touch.message_id.in_(thread)).order_by(m.Touch.id.desc()).limit(1)
    if thread and (found := session.scalar(answered)):
        return found
    whose = back.reader if back.kind in ("bounce", "complaint") else back.sender
    return _latest(session, whose.lower(), back.subject) if "@" in whose else None


def _left_last(session: Session, named: m.Touch) -> m.Touch:
    """What a person asked for may go once more, as the same bytes under the same names: they are those of the attempt
    that left last, not of one that did not leave, or not yet."""
    same = select(m.Touch).where(m.Touch.message_id == named.message_id, m.Touch.sending_at.is_not(None))
    return session.scalar(same.order_by(m.Touch.state.in_(LEFT).desc(), m.Touch.attempt.desc()).limit(1)) or named


def contact_of(session: Session, back: Returned) -> m.Contact | None:
    """Who wrote, where no attempt of ours can be named: only one who is alone at that address."""
    found = addresses.people_at(session, [back.sender.lower()]).get(back.sender.lower(), [])
    return found[0] if len(found) == 1 else None


def _latest(session: Session, address: str, subject: str) -> m.Touch | None:
    """Of the latest mails to that address the one with this subject, else the last one."""
    wrote = (m.Contact.email == address, m.Touch.channel == "email", m.Touch.sent_at.is_not(None))
    query = select(m.Touch, m.PreparedMessage.subject).join(m.Contact, m.Contact.id == m.Touch.contact_id)
    query = query.outerjoin(m.PreparedMessage, m.PreparedMessage.touch_id == m.Touch.id).where(*wrote)
    latest = session.execute(query.order_by(m.Touch.sent_at.desc(), m.Touch.id.desc()).limit(MOST)).tuples().all()
    return _same_subject(latest, subject) or (latest[0][0] if latest else None)


def _same_subject(sent: Sequence[tuple[m.Touch, str | None]], subject: str) -> m.Touch | None:
    wanted = PREFIX.sub("", subject).casefold().strip()
    same = (touch for touch, ours in sent if wanted and PREFIX.sub("", ours or "").casefold().strip() == wanted)
    return next(same, None)
