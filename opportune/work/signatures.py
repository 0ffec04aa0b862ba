"""Which signatures of law rows are in force, for this process too?

Asked with every case: signatures are only ever added, so the id of the newest tells whether anything changed, and a
running worker takes up a signature with its next batch, without a restart.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.law import LawBook, Signature
from opportune.rules.consent import LawRow
from opportune.rules.facts import Instant
from opportune.store.bulk import Bulk
from opportune.store.models import Contact, LawSignature
from opportune.work.world import World

_NEWEST = "SELECT COALESCE(MAX(id), 0) FROM law_signature"
_ALL = select(LawSignature).order_by(LawSignature.id)


def in_force(world: World, session: Session) -> LawBook:
    """The law with the signatures of this very moment."""
    world.law = laid_over(world.law, session)
    return world.law


def law_of(world: World, session: Session, contact: Contact, now: Instant) -> LawRow:
    """The law that binds this person now."""
    return in_force(world, session).row(contact.country, contact.region, contact.phone, tuple(contact.zones), now)


def laid_over(book: LawBook, session: Session) -> LawBook:
    """The book itself, unless signatures were added since it was made."""
    [(newest,)] = Bulk(session).rows(_NEWEST)
    return book if newest == book.newest else book.signed(_latest(session), newest)


def _latest(session: Session) -> dict[str, Signature]:
    """The last word about each place, unless it was a withdrawal."""
    last = {row.place: row for row in session.scalars(_ALL)}
    return {place: Signature(row.digest, row.who, row.at, row.note) for place, row in last.items() if row.signed}
