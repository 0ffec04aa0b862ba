"""Somebody wants to be forgotten: what becomes of everything we know (GDPR art. 17)?

What says something of them goes, by the data map; what is counted stays and names nobody; of each address only the
keyed hash stays, bound to nobody, so that they are left in peace should they come again. A restore forgets them anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import audit, audit_check
from opportune.store import models as m
from opportune.work import blanking, followed, journal, mentions, optout, person_requests, person_rows, whom
from opportune.work.world import World

REASON = "erased"
PART = 50  # people of one transaction
SMALL = 256 * 2**20  # bytes of a SQLite file that is written anew in seconds


@dataclass
class Done:
    """`rows`: how many of which table; `recordings`: where the carrier still keeps voices, to be deleted there."""

    people: list[int]
    already: bool = False
    rows: dict[str, int] = field(default_factory=dict)
    elsewhere: dict[str, int] = field(default_factory=dict)  # rows that named them without being theirs
    recordings: list[str] = field(default_factory=list)
    compact: bool = True  # False: the file is large; `opportune person compact` at a quiet hour


def erase(world: World, who: str, *, by: str, why: str) -> Done:
    """Forget this person, also as the records that were merged into theirs. A second time changes nothing.

    Raises:
        whom.NotFound: nobody, or more than one, is known by that.
        ValueError: no reason.
    """
    if not why.strip() or not by.strip():
        raise ValueError("--by, --why: say who you are and who asked for it; both are kept")
    now = world.clock.now()
    with world.db.read() as session:
        people = person_rows.everyone(session, whom.the_one(session, who, erased=True).id)
        known = mentions.of(session, people)
    done, sids = world.db.attempt(lambda session: _forget(world, session, people, by, why, now))
    optout.cancel_calls(world, sids)
    if not done.already:
        done.elsewhere = mentions.scrub(world, known, now)
    done.compact = world.db.clean(SMALL)
    return done


def _forget(
    world: World, session: Session, people: list[int], by: str, why: str, now: Instant
) -> tuple[Done, list[str]]:
    """All of it in one transaction that holds their rows: nothing leaves, nothing is half forgotten."""
    done, ringing = Done(people), []
    rows = [session.get_one(m.Contact, each, with_for_update={"key_share": True}) for each in sorted(people)]
    done.already = all(row.erased_at is not None for row in rows)
    no: dict[str, Any] = {"reason": REASON, "evidence": "", "now": now, "touch_id": None, "counted": False}
    for row in rows:
        ringing += optout.opt_out(world, session, row.id, **no)
    session.flush()
    calls = select(m.InboundCall.recording_url).where(m.InboundCall.contact_id.in_(people))
    done.recordings = [url for url in session.scalars(calls) if url]
    said = (person_rows.audited(session, people[0]), m.Audit.act != audit_check.ERASED, m.Audit.salt.is_not(None))
    blanked = list(session.scalars(select(m.Audit.id).where(*said)))
    followed.blank(session, people)
    done.rows = blanking.blank(session, people, now)
    audit.blank(session, blanked)
    person_requests.done(session, people, "erase", now)
    if not done.already:
        journal.forgotten(world, [(row.id, row.created_at) for row in rows], now)
    if blanked or not done.already:
        told = {"blanked": blanked, "people": people}
        audit.write(session, now, by, audit_check.ERASED, audit.person(people[0]), why, told)
    return done, ringing


def again(world: World) -> int:
    """After a restore: whom the journal says we forgot is forgotten anew, and nobody who came since. How many."""
    gone = {tuple(each) for entry in journal.erasures(world) for each in entry["people"]}
    count = 0
    for id, created_at in sorted(gone):
        with world.db.read() as session:
            there = (m.Contact.id == id, m.Contact.created_at == created_at, m.Contact.erased_at.is_(None))
            back = session.scalar(select(m.Contact.id).where(*there, m.Contact.merged_into.is_(None)))
        if back:
            erase(world, f"#{id}", by="the house", why="forgotten before the backup was restored")
            count += 1
    return count


def sweep(world: World, now: Instant) -> int:
    """By night: what came late for somebody who was forgotten, say a report of a call. How many people."""
    with world.db.read() as session:
        people = list(session.scalars(select(m.Contact.id).where(m.Contact.erased_at.is_not(None))))
    for start in range(0, len(people), PART):
        with world.db.write() as session:
            followed.blank(session, people[start : start + PART])  # of whom was forgotten before this was done
            blanking.blank(session, people[start : start + PART], now)
    return len(people)
