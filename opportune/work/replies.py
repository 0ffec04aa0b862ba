"""Who wrote back, and what is still to be answered? The reply inbox.

Whatever a person writes is kept here as they wrote it, quotes taken off. What we understood (a "stop", a wish to be
called) was acted upon at once; a colleague reads the rest and says when it is done (B7).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.inbox import Returned
from channels.stop import Refusal
from opportune.rules.facts import Instant
from opportune.store import audit
from opportune.store import models as m
from opportune.store.once import insert_once
from opportune.work.world import World

LONGEST = 20_000  # characters
SHOWN = 200
OURSELVES = "opportune"
MEANT = {"everything": "opt_out", "email": "opt_out_email", "call": "opt_out_call"}


class NoReply(Exception):
    """There is no such reply, or it was handled; the message says which."""


def keep(
    session: Session,
    key: str,
    back: Returned,
    now: Instant,
    *,
    contact_id: int | None,
    touch_id: int | None,
    said: Refusal | None,
) -> None:
    """Into the reply inbox, once. Who only asked us to stop was answered by our stopping."""
    over = now if said == "everything" else None
    insert_once(
        session,
        m.Reply,
        {
            "mail_key": key[:300], "contact_id": contact_id, "touch_id": touch_id, "at": now,
            "sender": back.sender[:500], "subject": back.subject[:500], "text": back.text[:LONGEST],
            "meant": MEANT.get(said or ""), "handled_at": over, "handled_by": OURSELVES if over else None, "note": None,
        },
    )  # fmt: skip


def waiting(session: Session) -> int:
    """How many nobody has handled yet, of people we know."""
    known = (m.Reply.handled_at.is_(None), m.Reply.contact_id.is_not(None))
    return session.scalar(select(func.count(m.Reply.id)).where(*known)) or 0


def listed(world: World, *, everything: bool = False) -> list[dict[str, Any]]:
    """What waits to be answered, the oldest first. `everything`: also what is handled and what strangers wrote, the
    newest first."""
    query = select(m.Reply, m.Contact.name, m.Touch.key)
    query = query.outerjoin(m.Contact, m.Contact.id == m.Reply.contact_id)
    query = query.outerjoin(m.Touch, m.Touch.id == m.Reply.touch_id)
    if everything:
        query = query.order_by(m.Reply.id.desc())
    else:
        query = query.where(m.Reply.handled_at.is_(None), m.Reply.contact_id.is_not(None)).order_by(m.Reply.id)
    with world.db.read() as session:
        return [_told(*row) for row in session.execute(query.limit(SHOWN)).tuples()]


def _told(reply: m.Reply, name: str | None, attempt: str | None) -> dict[str, Any]:
    same = ("id", "at", "sender", "subject", "text", "meant", "contact_id", "handled_at", "handled_by", "note")
    return {"name": name, "attempt": attempt, **{each: getattr(reply, each) for each in same}}


def handle(world: World, id: int, *, by: str, note: str = "") -> None:
    """Somebody answered it, or saw that nothing is to be done.

    Raises:
        NoReply: there is none with this number, or it was handled before.
    """
    now = world.clock.now()
    with world.db.write() as session:
        reply = session.get(m.Reply, id, with_for_update=True)
        if reply is None:
            raise NoReply(f"there is no reply {id}; `opportune replies` lists those that wait")
        if reply.handled_at is not None:
            raise NoReply(f"reply {id} was handled by {reply.handled_by} already")
        reply.handled_at, reply.handled_by, reply.note = now, by[:500], note[:500] or None
        audit.write(session, now, by, "handled_reply", f"reply {id}", note)
