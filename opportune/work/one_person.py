"""Two records turned out to be one person: what happens? (E7)

Everything that is the one's becomes the other's, in one transaction that holds both, so that nothing leaves meanwhile.
A no of either is a no of both, at every address either ever had. What must be known to take it back is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Instant
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import belongings, cases, enrolled_twice, fuller, noes, optout, plan, react, signals, whom
from opportune.work.changes import Changes
from opportune.work.world import World

No = tuple[str, str | None]  # reason, and the channel that is closed; None: every one
CHANNELS = ("call", "email")
RECENT = 2 * DAY


class CannotMerge(ValueError):
    """Says why, and what to do instead."""


def by_hand(world: World, keep: str, gone: str, *, by: str, why: str) -> m.Merge:
    """A colleague says so.

    Raises:
        whom.NotFound: nobody, or more than one, is known by that.
        CannotMerge: there is nothing to merge, or no reason was given.
    """
    if not why.strip() or not by.strip():
        raise CannotMerge("--by, --why: say who you are and how you know that they are one person; it is kept")

    def act(session: Session) -> tuple[m.Merge, list[str]]:
        one, other = whom.the_one(session, keep), whom.the_one(session, gone)
        return merge(world, session, one.id, other.id, by=by, why=why, now=world.clock.now())

    row, ringing = world.db.attempt(act)
    optout.cancel_calls(world, ringing)
    return row


def merge(
    world: World, session: Session, keep: int, gone: int, *, by: str, why: str, now: Instant
) -> tuple[m.Merge, list[str]]:
    """The merge, and the CallSids to cancel after the commit."""
    kept, other = both(session, keep, gone)
    no = said_no(world, session, [kept, other])
    changes = Changes()
    changes.watch(kept, other)
    put_down(session, (keep, gone), now)
    enrolled_twice.settle(session, changes, keep, gone, now)
    bad = _same_addresses(session, changes, keep, gone)
    moved = belongings.move(session, gone, keep)
    other.merged_into = keep
    for name, value in fuller.words(kept, other, bad).items():
        setattr(kept, name, value)
    kept.version, other.version = kept.version + 1, other.version + 1
    ringing = hold(world, session, [keep, gone], no, f"one person: {keep} and {gone}", now)
    signals.recompute(world, session, [keep], now)
    decide_anew(world, session, [keep], now)
    said = {"by": by[:500], "why": why[:500], "at": now}
    row = m.Merge(kept_id=keep, gone_id=gone, moved=moved, before=changes.seen(session), **said)
    session.add(row)
    _answer_queue(session, keep, gone, by, now)
    session.flush()
    return row, ringing


def follow(world: World, now: Instant) -> int:
    """Somebody may have read the record that went just before, and written for it just after: that moves on too."""
    fresh = select(m.Merge.id).where(m.Merge.at > now - RECENT, m.Merge.undone_at.is_(None)).order_by(m.Merge.id)
    with world.db.read() as session:
        ids = session.scalars(fresh).all()
    return sum(world.db.attempt(partial(_follow, id)) for id in ids)


def _follow(id: int, session: Session) -> int:
    row = session.get_one(m.Merge, id)
    cases.lock(session, [row.kept_id, row.gone_id])
    session.refresh(row, with_for_update=True)
    if row.undone_at is not None:
        return 0
    late = belongings.move(session, row.gone_id, row.kept_id)
    row.moved = {name: row.moved.get(name, []) + late.get(name, []) for name in {*row.moved, *late}}
    return sum(len(ids) for ids in late.values())


def both(session: Session, keep: int, gone: int) -> tuple[m.Contact, m.Contact]:
    """Held until the commit, the lower id first as everywhere."""
    if keep == gone:
        raise CannotMerge(f"{keep} and {gone} are one record already; give two")
    cases.lock(session, [keep, gone])
    kept, other = session.get(m.Contact, keep), session.get(m.Contact, gone)
    for id, contact in ((keep, kept), (gone, other)):
        if contact is None:
            raise CannotMerge(f"{id}: there is no such person; `opportune people same` names those who may be one")
        if contact.merged_into is not None:
            raise CannotMerge(f"{id} became one with {contact.merged_into} already; name that one instead")
    assert kept is not None
    assert other is not None
    return kept, other


def said_no(world: World, session: Session, people: list[m.Contact]) -> list[No]:
    """What either of them said no to, and did not take back since."""
    session.flush()
    everywhere = noes.to(world, session, people, None)
    found: list[No] = [(reason, None) for reason in [*everywhere.values()][:1]]
    for channel in CHANNELS:
        closed = noes.to(world, session, people, channel)
        found += [(reason, channel) for person, reason in closed.items() if person not in everywhere][:1]
    return found


def hold(
    world: World, session: Session, people: Iterable[int], said: list[No], evidence: str, now: Instant
) -> list[str]:
    """Promise 3: each no for each of them, and for every address they have now."""
    ringing = []
    for person in people:
        for reason, channel in said:
            no: dict[str, Any] = {"reason": reason, "evidence": evidence, "now": now, "channel": channel}
            ringing += optout.opt_out(world, session, person, touch_id=None, counted=False, **no)
    return ringing


def put_down(session: Session, people: Iterable[int], now: Instant) -> None:
    """Whoever claimed a touch of theirs holds the wrong person by now: it is claimed anew, if it still stands."""
    claimed = select(m.Touch).where(m.Touch.contact_id.in_(list(people)), m.Touch.state == "claimed")
    for touch in session.scalars(claimed.order_by(m.Touch.id).with_for_update()).all():
        ledger.put_back(session, touch, now=now, who="merge", why="one person with another")


def decide_anew(world: World, session: Session, people: list[int], now: Instant) -> None:
    """No plan outlives its reasons; who is left without one is due for a decision."""
    session.flush()
    plan.facts_changed(world, session, people, now)
    idle = (m.Enrolment.contact_id.in_(people), m.Enrolment.state == "active", m.Enrolment.decide_at.is_(None))
    react.decide_at(session, list(session.scalars(select(m.Enrolment.id).where(*idle).order_by(m.Enrolment.id))), now)


def _same_addresses(session: Session, changes: Changes, keep: int, gone: int) -> set[tuple[str, str]]:
    """What turned out wrong for one is wrong for both (E7)."""
    mine = select(m.Address).where(m.Address.contact_id.in_((keep, gone))).order_by(m.Address.id)
    rows = session.scalars(mine).all()
    bad = {(row.kind, row.value): row for row in rows if row.invalid_at is not None}
    for row in rows:
        if row.contact_id == keep and row.invalid_at is None and (row.kind, row.value) in bad:
            why = bad[row.kind, row.value]
            changes.put(row, invalid_at=why.invalid_at, invalid_why=why.invalid_why)
    return set(bad)


def _answer_queue(session: Session, keep: int, gone: int, by: str, now: Instant) -> None:
    """The question about them is answered; whom the one was not, the other is not either."""
    q = m.MaybeSame
    pair = {"one_id": min(keep, gone), "other_id": max(keep, gone)}
    done = update(q).where(q.one_id == pair["one_id"], q.other_id == pair["other_id"])
    session.execute(done.values(state="merged", by=by[:500], at=now))
    told = select(q).where(q.state == "apart", or_(q.one_id == gone, q.other_id == gone))
    for row in session.scalars(told).all():
        third = row.one_id + row.other_id - gone
        if third != keep:
            apart_from(session, keep, third, by=row.by or "", score=row.score, reasons=row.reasons, now=row.at)


def apart_from(
    session: Session, one: int, other: int, *, by: str, score: float, reasons: list[Any], now: Instant
) -> None:
    """Two who are not one person, whatever they have in common: never asked again."""
    pair = {"one_id": min(one, other), "other_id": max(one, other)}
    row = session.scalar(select(m.MaybeSame).filter_by(**pair)) or m.MaybeSame(**pair, score=score, reasons=reasons)
    row.state, row.by, row.at = "apart", by[:500], now
    session.add(row)
