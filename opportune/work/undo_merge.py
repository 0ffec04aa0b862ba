"""It was two people after all: how is a merge taken back?

Each row that moved goes back, and each word that nobody changed since. What came in meanwhile stays with the one who
was kept; a no that stands now stays a no of both, since nobody can tell any more whose it was.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.work import belongings, cases, enrolled_twice, one_person, optout
from opportune.work.changes import columns_of, put_back
from opportune.work.world import World


def by_hand(world: World, merge_id: int, *, by: str, why: str) -> m.Merge:
    """A colleague says so.

    Raises:
        one_person.CannotMerge: there is no such merge, it is undone, or a later one must be undone first.
    """
    if not why.strip():
        raise one_person.CannotMerge("--why: say how you know that they are two; it is kept")
    row, ringing = world.db.attempt(lambda s: undo(world, s, merge_id, by=by, why=why, now=world.clock.now()))
    optout.cancel_calls(world, ringing)
    return row


def listed(session: Session, limit: int = 200) -> list[m.Merge]:
    """The last one first."""
    return list(session.scalars(select(m.Merge).order_by(m.Merge.id.desc()).limit(limit)))


def undo(
    world: World, session: Session, merge_id: int, *, by: str, why: str, now: Instant
) -> tuple[m.Merge, list[str]]:
    """The merge with its undoing, and the CallSids to cancel after the commit."""
    row = _undoable(session, merge_id)
    kept, gone = session.get_one(m.Contact, row.kept_id), session.get_one(m.Contact, row.gone_id)
    said = one_person.said_no(world, session, [kept])
    one_person.put_down(session, (kept.id, gone.id), now)
    _planned_since(session, row)
    belongings.give_back(session, row.moved, kept.id, gone.id)
    ended = _ended_meanwhile(session, row)
    put_back(session, row.before)
    for id, stopped_why in ended.items():
        mine = session.get_one(m.Enrolment, id)
        mine.state, mine.stopped_why, mine.stopped_at, mine.decide_at = "stopped", stopped_why, now, None
    kept.version, gone.version = kept.version + 1, gone.version + 1
    session.execute(update(m.Enrolment).where(*_over(kept.id, gone.id)).values(decide_at=None))
    evidence = f"were one person: {kept.id} and {gone.id}"
    ringing = one_person.hold(world, session, [kept.id, gone.id], said, evidence, now)
    one_person.decide_anew(world, session, [kept.id, gone.id], now)
    pair = {"by": by, "score": 0.0, "reasons": [], "now": now}
    one_person.apart_from(session, kept.id, gone.id, **pair)  # type: ignore[arg-type]
    row.undone_at, row.undone_by, row.undone_why = now, by[:500], why[:500]
    session.flush()
    return row, ringing


def _undoable(session: Session, merge_id: int) -> m.Merge:
    row = session.get(m.Merge, merge_id)
    if row is None:
        raise one_person.CannotMerge(f"merge {merge_id}: there is none; `opportune people merges` lists them")
    people = (row.kept_id, row.gone_id)
    cases.lock(session, people)
    session.refresh(row, with_for_update=True)
    if row.undone_at is not None:
        raise one_person.CannotMerge(f"merge {merge_id} is undone already, by {row.undone_by}")
    if session.get_one(m.Contact, row.kept_id).erased_at is not None:
        raise one_person.CannotMerge(f"merge {merge_id}: they were erased since; nothing is left to give back")
    theirs = or_(m.Merge.kept_id.in_(people), m.Merge.gone_id.in_(people))
    later = select(m.Merge.id).where(theirs, m.Merge.id > row.id, m.Merge.undone_at.is_(None))
    if last := session.scalar(later.order_by(m.Merge.id.desc()).limit(1)):
        raise one_person.CannotMerge(f"merge {last} came later and rests on it; undo that one first")
    return row


def _over(*people: int) -> tuple[ColumnElement[bool], ...]:
    return m.Enrolment.contact_id.in_(people), m.Enrolment.state != "active"


def _planned_since(session: Session, row: m.Merge) -> None:
    """Steps that were planned for the kept one in an enrolment that goes back stay with the kept one, in an enrolment
    of their own: the number of a step names its touch, and is never used twice."""
    theirs = set(row.moved.get("touch.contact_id", []))
    for id in row.moved.get("enrolment.contact_id", []):
        mine = session.scalars(select(m.Touch).where(m.Touch.enrolment_id == id, m.Touch.contact_id == row.kept_id))
        if since := [touch for touch in mine if touch.id not in theirs]:
            back = session.get_one(m.Enrolment, id)
            # Until it has gone back there may be no second one of this person.
            back.contact_id = row.gone_id
            session.flush()
            columns = {name: value for name, value in columns_of(back).items() if name not in ("id", "contact_id")}
            own = m.Enrolment(**columns, contact_id=row.kept_id)
            session.add(own)
            session.flush()
            for touch in since:
                touch.enrolment_id = own.id
    session.flush()


def _ended_meanwhile(session: Session, row: m.Merge) -> dict[int, str | None]:
    """Where the joint enrolment was ended by an answer, nobody knows whose it was: both stay ended."""
    found: dict[int, str | None] = {}
    for id, columns in row.before.get("enrolment", {}).items():
        if columns.get("stopped_why", [None, None])[1] == enrolled_twice.MERGED:
            campaign = session.get_one(m.Enrolment, int(id)).campaign_id
            stays = session.scalars(select(m.Enrolment).filter_by(campaign_id=campaign, contact_id=row.kept_id)).one()
            if stays.state == "stopped" and (stays.stopped_at or 0) >= row.at:
                found |= {int(id): stays.stopped_why, stays.id: stays.stopped_why}
    return found
