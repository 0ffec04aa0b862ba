"""Which rows are one person's, also those that no foreign key tells of?"""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from opportune.store import audit
from opportune.store import models as m


def everyone(session: Session, contact_id: int) -> list[int]:
    """The row that stayed, and all that were merged into it: one person."""
    found, fresh = [contact_id], [contact_id]
    while fresh:
        fresh = list(session.scalars(select(m.Contact.id).where(m.Contact.merged_into.in_(fresh))))
        found += fresh
    return found


def audited(session: Session, contact_id: int) -> ColumnElement[bool]:
    """Entries of the audit about this person, their attempts, what they wrote and what a form brought."""
    people = everyone(session, contact_id)
    touches = session.scalars(select(m.Touch.id).where(m.Touch.contact_id.in_(people)))
    others = [f"touch {id}" for id in touches]
    others += [f"reply {id}" for id in session.scalars(select(m.Reply.id).where(m.Reply.contact_id.in_(people)))]
    others += session.scalars(select(m.Lead.public_id).where(m.Lead.contact_id.in_(people)))
    return audit.about(people, others)
