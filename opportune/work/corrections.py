"""A colleague mends what we know of a person; every plan that rested on it is made anew in the same transaction."""

from __future__ import annotations

from opportune.store import audit, contacts
from opportune.work import plan, whom
from opportune.work.world import World


def set_zone(world: World, who: str, zone: str, by: str) -> int:
    """The person lives in this IANA zone, as somebody stated. Returns how many campaigns decided anew.

    Raises:
        whom.NotFound: nobody is known by that address, number or id, or several people are.
        ValueError: no such zone.
    """
    now = world.clock.now()
    with world.db.write() as session:
        contact = whom.the_one(session, who)
        contacts.set_zone(session, contact.id, zone, "stated", now)
        audit.write(session, now, by, "set_zone", audit.person(contact.id), data={"zone": zone})
        session.flush()
        return plan.facts_changed(world, session, [contact.id], now)
