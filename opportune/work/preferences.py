"""How does each person like to be contacted, and how do we know (A9)?

Each sign is kept where it came from, for good; the contact carries the one that counts. What was stated beats what was
said in passing, which beats a habit; of two equals the newer counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.written import new_words
from opportune.rules.facts import DAY, MISSED, CallResult, Instant, Preference
from opportune.rules.habit import WAIT, Answers, habit
from opportune.rules.markers import preference_in, promise_to_call
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import cases, plan
from opportune.work.rows import PersonRow
from opportune.work.world import World

MISSED_NIGHTS = 7 * DAY  # so long a nightly run may have failed
RANKS = ("habit", "marker", "stated")
#: After these nobody can say whether the person would have answered.
NO_TRY = frozenset({CallResult.NO_SUCH_NUMBER, CallResult.WRONG_PERSON, CallResult.CANCELLED, CallResult.FAILED})


@dataclass(frozen=True, slots=True)
class Where:
    """Where something was said. `source`: reply, form, list, call (an operator's note) or answers (a habit)."""

    source: str
    ref: str
    at: Instant


def remember(session: Session, contact: m.Contact, said: Preference, where: Where) -> bool:
    """Keep the sign; True where it changes how the person is to be contacted."""
    session.add(
        m.Remark(
            contact_id=contact.id, kind="prefers", at=where.at, source=where.source, ref=where.ref[:500],
            words=said.evidence[:500], channel=said.channel.value, strength=said.strength,
        )
    )  # fmt: skip
    known = contact.prefers_strength if contact.prefers else None
    if known in RANKS and RANKS.index(said.strength) < RANKS.index(known):
        return False
    changed = (contact.prefers, contact.prefers_strength) != (said.channel.value, said.strength)
    contact.prefers, contact.prefers_strength = said.channel.value, said.strength
    contact.prefers_evidence = said.evidence[:500]
    contact.version += 1
    return changed


def hear(session: Session, contact: m.Contact, text: str, where: Where) -> bool:
    """What a text says in passing; True where it changes how the person is to be contacted."""
    own = new_words(text)
    promise = promise_to_call(own) if where.source != "call" else None  # a note's "I'll call back" is our own promise
    if promise:
        session.add(
            m.Remark(
                contact_id=contact.id, kind="will_call", at=where.at, source=where.source, ref=where.ref, words=promise
            )
        )
    said = preference_in(own)
    return remember(session, contact, said, where) if said else False


def from_list(
    session: Session, people: Sequence[tuple[PersonRow, m.Contact, m.Source]], now: Instant
) -> set[int]:  # fmt: skip
    """What a list says, in its column and in its notes. The same list again says nothing new: the person may have told
    us better since. Answers whose preference changed."""
    saying = [(contact, said, origin, row.line) for row, contact, origin in people for said in _said(row, origin)]
    told = select(m.Remark.contact_id, m.Remark.channel, m.Remark.strength, m.Remark.words)
    ids = {contact.id for contact, *_ in saying}
    where = (m.Remark.source == "list", m.Remark.contact_id.in_(ids))
    there = {tuple(each) for each in session.execute(told.where(*where))} if ids else set()
    changed = set()
    for contact, said, origin, line in saying:
        key = (contact.id, said.channel.value, said.strength, said.evidence[:500])
        if key not in there:
            there.add(key)
            place = Where("list", f"list {origin.key}, line {line}", now)
            changed |= {contact.id} if remember(session, contact, said, place) else set()
    return changed


def _said(row: PersonRow, origin: m.Source) -> list[Preference]:
    stated = [Preference(row.prefers, f"list {origin.key}")] if row.prefers else []
    return stated + ([row.noted] if row.noted else [])


def renew_habit(session: Session, contact: m.Contact, now: Instant) -> bool:
    """After an answer, or none: does the person answer one channel only? True where that changes anything."""
    if contact.prefers_strength in RANKS[1:]:
        return False
    found = habit(_answers(session, contact.id), now)
    if found is None or found.channel == contact.prefers:
        return False
    return remember(session, contact, found, Where("answers", "", now))


def by_night(world: World, now: Instant) -> int:
    """Whoever promised to call and did not within the time leans to mail; answers for how many that is new."""
    due = (m.Remark.kind == "will_call", m.Remark.at <= now - WAIT, m.Remark.at > now - WAIT - MISSED_NIGHTS)
    with world.db.read() as session:
        people = sorted(set(session.scalars(select(m.Remark.contact_id).where(*due))))
    changed = 0
    for person in people:
        with world.db.write() as session:
            cases.lock(session, [person])
            if renew_habit(session, session.get_one(m.Contact, person), now):
                plan.facts_changed(world, session, [person], now)
                changed += 1
    return changed


_LEFT = """
  SELECT channel, result, result_at, state FROM touch
  WHERE contact_id = ? AND sent_at IS NOT NULL AND kind <> 'requested'"""
_PROMISED = "SELECT MAX(at) FROM remark WHERE contact_id = ? AND kind = 'will_call'"


class Left(NamedTuple):
    """What went to somebody, and how it ended."""

    channel: str
    result: str | None
    result_at: Instant | None
    state: str


def _answers(session: Session, contact_id: int) -> Answers:
    bulk = Bulk(session)
    rows = [Left._make(row) for row in bulk.rows(_LEFT, contact_id)]
    mails = [row for row in rows if row.channel == "email" and row.state != "bounced"]
    calls = [row for row in rows if row.channel == "call" and row.result and row.result not in NO_TRY]
    talks = [row for row in calls if row.result not in MISSED]
    [(promised,)] = bulk.rows(_PROMISED, contact_id)
    return Answers(
        mails=len(mails),
        mails_answered=sum(row.result == "replied" for row in mails),
        calls=len(calls),
        calls_answered=len(talks),
        will_call_at=promised,
        called_at=max((row.result_at or 0 for row in talks), default=None),
    )


def decide_elsewhere(world: World, session: Session, contact_id: int, but: int | None, now: Instant) -> None:
    """A new preference counts in all campaigns; `but` is decided by what happened there."""
    active = (m.Enrolment.contact_id == contact_id, m.Enrolment.state == "active")
    for enrolment in session.scalars(select(m.Enrolment.id).where(*active).order_by(m.Enrolment.id)).all():
        if enrolment != but:
            plan.decide_again(world, session, enrolment, now)
