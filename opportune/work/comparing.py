"""Whom would another version reach otherwise? Both are asked about the same people at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.campaign import Campaign
from opportune.rules.decide import decide
from opportune.rules.facts import Channel, History, Instant
from opportune.store import models as m
from opportune.work import audience, campaigns, cases, signatures, versions
from opportune.work.world import World

MOST = 20_000  # people looked at: enough to know the share, and a matter of seconds
PART = 1_000


@dataclass(frozen=True, slots=True)
class Effect:
    """Of `people` who are meant by both, these would be called instead of written to, and so on."""

    people: int = 0
    to_call: int = 0
    to_email: int = 0
    to_nothing: int = 0
    from_nothing: int = 0

    @property
    def changed(self) -> int:
        return self.to_call + self.to_email + self.to_nothing + self.from_nothing


def document(world: World | None, what: str) -> Campaign:
    """A file, a campaign's live version (`meetings`), or one version of it (`meetings@3f2a91`).

    Raises:
        Refused: the file has errors.
        NotAllowed: there is no such campaign or version.
    """
    if world is None or Path(what).is_file():
        found, problems = campaigns.check([Path(what)])
        if not found:
            raise campaigns.Refused([each for each in problems if each.severity == "error"])
        return found[0]
    key, _, sha = what.partition("@")
    with world.db.read() as session:
        row = versions.named(session, key)
        history = versions.history(session, row.id)
        live = next((version for version in history if version.id == row.version_id), history[0])
        return Campaign.model_validate((versions.of_sha(session, row, sha) if sha else live).document)


def effect(world: World, old: Campaign, new: Campaign) -> Effect:
    """How the next decision about each person of the audience would differ."""
    old, new = (each.model_copy(update={"starts": None, "ends": None}) for each in (old, new))  # once they run
    now, counts = world.clock.now(), {"to_call": 0, "to_email": 0, "to_nothing": 0, "from_nothing": 0}
    people = 0
    with world.db.read() as session:
        for was, is_ in _decisions(world, session, old, new, now):
            people += 1
            if was is not is_:
                counts["to_nothing" if is_ is None else "from_nothing" if was is None else f"to_{is_.value}"] += 1
    return Effect(people, **counts)


Pair = tuple[Channel | None, Channel | None]


def _decisions(world: World, session: Session, old: Campaign, new: Campaign, now: Instant) -> Iterator[Pair]:
    both = [each for one in (old, new) for each in audience.meant(session, one.audience, now)]
    ids = list(session.scalars(select(m.Contact.id).where(*both).order_by(m.Contact.id).limit(MOST)))
    for start in range(0, len(ids), PART):
        part = ids[start : start + PART]
        contacts = list(session.scalars(select(m.Contact).where(m.Contact.id.in_(part)).order_by(m.Contact.id)))
        people = cases.persons(world, session, contacts)
        histories = _histories(world, session, old.key, part, now)
        for contact in contacts:
            law = signatures.law_of(world, session, contact, now)
            lot = world.signer.lot(new.key, contact.id)
            facts = (histories.get(contact.id, History()), law, now, lot)
            person = people[contact.id]
            yield decide(person, old, *facts).channel, decide(person, new, *facts).channel


def _histories(world: World, session: Session, key: str, contacts: list[int], now: Instant) -> dict[int, History]:
    """Of those who are inside already."""
    query = select(m.Enrolment.id).join(m.Campaign).where(m.Campaign.key == key, m.Enrolment.contact_id.in_(contacts))
    return {case.contact.id: case.history for case in cases.load(world, session, session.scalars(query), now)}
