"""Who said no, and to what?

By person, or by keyed hash of an address, also one met only now. A no to everything ends all; a no to one channel
counts like a consent that was withdrawn: a later yes to that channel opens it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import ConsentFact, Instant
from opportune.store import contacts, sealed
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work.world import World

Row = tuple[int, str | None, str | None]  # id, phone, mail
Word = tuple[int, str, bool, Instant, Instant | None, str]  # as consents are read: id, channel, granted, at, until, to
_ADDRESSES = "SELECT contact_id, value FROM address WHERE contact_id = ANY(?)"
_SAID_NO = """
  SELECT contact_id, digest, reason, channel, at FROM suppression WHERE contact_id = ANY(?) AND undone_at IS NULL
  UNION ALL SELECT contact_id, digest, reason, channel, at FROM suppression
  WHERE digest = ANY(?) AND undone_at IS NULL"""


@dataclass(frozen=True, slots=True)
class Noes:
    """`everywhere`: person -> reason; `closed`: person -> (channel, since, reason)."""

    everywhere: dict[int, str] = field(default_factory=dict)
    closed: dict[int, list[tuple[str, Instant, str]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, person: int, reason: str, channel: str | None, at: Instant) -> None:
        if channel is None:
            self.everywhere[person] = reason
        else:
            self.closed[person].append((channel, at, reason))

    def facts(self, person: int) -> Iterable[ConsentFact]:
        return (ConsentFact(0, channel, False, at, None, "") for channel, at, _ in self.closed.get(person, ()))

    def among(self, person: int, said: Sequence[Word]) -> Sequence[Word]:
        """The words of a person with the noes to a channel in their place: oldest first, the yes before the no."""
        if person not in self.closed:
            return said
        noes: list[Word] = [(0, channel, False, at, None, "") for channel, at, _ in self.closed[person]]
        return sorted([*said, *noes], key=lambda word: (word[3], not word[2], word[0]))


def look(world: World, bulk: Bulk, people: Sequence[Row]) -> Noes:
    """What these people said no to, by any address they ever had: a new one does not undo a no."""
    ids = {id for id, *_ in people}
    at = {(address, id) for id, *both in people for address in both if address}
    at.update((sealed.opened(value), id) for id, value in bulk.rows(_ADDRESSES, list(ids)))
    digests = {address: world.signer.address_digest(address) for address, _ in at}
    by_digest = defaultdict(list)
    for address, id in at:
        by_digest[digests[address]].append(id)
    found = Noes()
    for person, hashed, reason, channel, at in bulk.rows(_SAID_NO, list(ids), list(by_digest)):
        for each in {person, *by_digest.get(hashed, ())} & ids:
            found.add(each, reason, channel, at)
    return found


def to(world: World, session: Session, people: Sequence[m.Contact], channel: str | None) -> dict[int, str]:
    """Who must not be contacted at all, or on `channel`, and why."""
    found = look(world, Bulk(session), [(each.id, each.phone, each.email) for each in people])
    answer = dict(found.everywhere)
    for person, noes in found.closed.items():
        for closed, since, reason in noes:
            if closed == channel and not _yes_since(session, person, closed, since):
                answer.setdefault(person, reason)
    return answer


def since(world: World, session: Session, touch: m.Touch) -> bool:
    """Did they say no to everything, or to this channel, after it began to leave? Then what they had asked for by it is
    owed no more."""
    contact = session.get_one(m.Contact, touch.contact_id)
    found = look(world, Bulk(session), [(contact.id, contact.phone, contact.email)])
    closed = found.closed.get(contact.id, ())
    return contact.id in found.everywhere or any(
        channel == touch.channel and at >= (touch.sending_at or at) for channel, at, _ in closed
    )


def _yes_since(session: Session, person: int, channel: str, since: Instant) -> bool:
    kinds = ("call", "call_auto", "voicemail") if channel == "call" else (channel,)
    yes = (m.Consent.contact_id == person, m.Consent.channel.in_(kinds), m.Consent.granted, m.Consent.at > since)
    advertising = m.Consent.purpose == contacts.MARKETING
    return session.scalar(select(m.Consent.id).where(*yes, advertising).limit(1)) is not None
