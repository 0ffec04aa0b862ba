"""How does a touch move, and who may move it?

The only place that changes `touch.state`. Each move is one conditional UPDATE (state and fence must still be what the
mover saw) plus one append-only event in the same transaction; a rowcount of 0 is a lost race and changes nothing. A
move that the table does not know raises, and is put on record even though its transaction is rolled back. The table of
moves is `docs/architecture.md`, "The way of one touch".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.rules.familiarity import Turn
from opportune.store import audit
from opportune.store.bulk import Bulk, Rows, says
from opportune.store.models import Touch, TouchEvent
from opportune.store.models.touches import CALL_WAITS

LEASE = 60
#: A touch in `sending` this long (seconds) has no living owner: its fate is uncertain, never "try again".
SENDING_LIMIT = 15 * 60

FINAL = frozenset({"cancelled", "expired", "failed", "not_sent", "assumed_sent"})
OPEN = ("planned", "claimed")
#: States in which something left, or may have left: these count in caps and in the history.
LEFT = ("sending", "sent", "uncertain", "assumed_sent", "delivered", "ringing", "answered", "completed", "no_answer",
        "busy", "voicemail_left", "bounced", "complained", "cancel_requested")  # fmt: skip

AFTER_SENT = frozenset({"delivered", "ringing", "answered", "completed", "no_answer", "busy", "voicemail_left",
                        "bounced", "complained", "failed", "cancel_requested", "cancelled"})  # fmt: skip
MOVES: dict[str, frozenset[str]] = {
    "planned": frozenset({"claimed", "cancelled", "expired", "planned"}),
    "claimed": frozenset({"planned", "sending", "cancelled", "expired"}),
    "sending": frozenset({"sent", "failed", "not_sent", "uncertain"}),
    "uncertain": frozenset({"sent", "not_sent", "assumed_sent"}),
    "sent": AFTER_SENT,
    "delivered": frozenset({"bounced", "complained"}),
    "ringing": AFTER_SENT - {"delivered", "ringing"},
    "answered": frozenset({"completed", "voicemail_left", "failed", "no_answer", "busy", "cancelled"}),
    "cancel_requested": frozenset({"cancelled", "completed", "no_answer", "busy", "failed", "answered", "ringing"}),
    "not_sent": frozenset({"assumed_sent"}),  # only a call whose CallSid turned up late: the phone may have rung
}
_EVENT = ("touch_id", "was", "now", "fence", "at", "who", "why", "data")
_HERE = ("id", "state", "fence")  # what must still be as the mover saw it


class Claimed(NamedTuple):
    """Whom it is about, and the fence that must still stand when it leaves."""

    id: int
    contact_id: int
    fence: int
    lease_until: Instant


class IllegalMove(Exception):
    """A touch may not go this way: see the table of moves in docs/architecture.md."""


def plan(
    session: Session, touches: Iterable[dict[str, Any]], now: Instant, who: str, why: str | None = None
) -> list[Touch]:
    """New planned touches, all with the same columns."""
    rows = list(touches)
    if not rows:
        return []
    values = [tuple(getattr(value, "value", value) for value in row.values()) for row in rows]
    ids = plan_rows(Bulk(session), tuple(rows[0]), values, now, who, why)
    return list(session.scalars(select(Touch).where(Touch.id.in_(ids)).order_by(Touch.id)))


def plan_rows(
    bulk: Bulk, names: tuple[str, ...], rows: Rows, now: Instant, who: str, why: str | None = None
) -> Sequence[int]:
    """New planned touches; returns their ids. The unique key (campaign, contact, step, attempt) lets nobody plan one
    twice."""
    ids = bulk.numbers(Touch, len(rows))
    planned = [(id, "planned", 0, 0, *row) for id, row in zip(ids, rows, strict=True)]
    bulk.insert(Touch, ("id", "state", "fence", "rank", *names), planned)
    _note(bulk, [(id, None, "planned", 0) for id in ids], now, who, why)
    return ids


def claim(
    session: Session,
    channel: str,
    now: Instant,
    owner: str,
    *,
    limit: int,
    only_requested: bool = False,
) -> list[Claimed]:
    """Take up to `limit` due touches for `LEASE` seconds; the order is a function of the plan, not of arrival."""
    due: list[tuple[Any, ...]] = []
    bulk = Bulk(session)
    for turn in Turn if channel == "call" else (None,):
        if len(due) < limit:
            due += bulk.rows(_due(turn, only_requested), now, limit - len(due))
    until, leased = now + LEASE, ("fence", "lease_owner", "lease_until")
    rows = [(fence + 1, owner, until, id, "planned", fence) for id, _, fence in due]
    _move_rows(session, leased, rows, "claimed", now, owner)
    return [Claimed(id, contact, fence + 1, until) for id, contact, fence in due]


@lru_cache
def _due(turn: Turn | None, only_requested: bool) -> str:
    """B8: one look into the small index of waiting calls for each turn: whoever raised a hand may not wait behind a
    hundred cold ones that were due earlier. Of calls that speak by themselves; for the others see
    `work.operator_first`."""
    mine = "state = 'planned' AND channel = 'email'"
    if turn is not None:
        mine = f"{CALL_WAITS} AND automated = TRUE AND priority = {turn.value}"
    narrower = " AND kind = 'requested'" * only_requested
    ordered = "ORDER BY due_at, id LIMIT ? FOR UPDATE SKIP LOCKED"  # as the index has them: nothing is sorted
    return f"SELECT id, contact_id, fence FROM touch WHERE {mine} AND due_at <= ?{narrower} {ordered}"


def move(
    session: Session, touch: Touch, to: str, *, now: Instant, who: str, why: str | None = None, **values: Any
) -> bool:
    """Move one touch; False when somebody else moved it first.

    Raises:
        IllegalMove: the table of moves has no such way.
    """
    was = touch.state
    _allowed(session, touch, to, now, who)
    if to not in OPEN and to != "sending" and "settled_at" not in values:
        values["settled_at"] = now
    bulk, row = Bulk(session), (*values.values(), to, touch.id, was, touch.fence)
    if bulk.update(Touch, (*values, "state"), [row], _HERE) == 0:
        return False
    says(touch, {**values, "state": to})
    _note(bulk, [(touch.id, was, to, touch.fence)], now, who, why)
    return True


def move_all(
    session: Session, moves: Sequence[tuple[Touch, dict[str, Any]]], to: str, *, now: Instant, who: str
) -> None:
    """Move many touches that were read under lock in this transaction; each with values of its own. IllegalMove also
    when one is not where we read it: then nothing of it is kept."""
    for touch, _ in moves:
        _allowed(session, touch, to, now, who)
    names = tuple(moves[0][1]) if moves else ()
    rows = [(*(values[each] for each in names), t.id, t.state, t.fence) for t, values in moves]
    _move_rows(session, names, rows, to, now, who)
    for touch, values in moves:
        says(touch, {**values, "state": to})


def _move_rows(session: Session, names: tuple[str, ...], rows: Rows, to: str, now: Instant, who: str) -> None:
    """Each row: the values of `names`, then id, state and fence as they were read under lock."""
    bulk = Bulk(session)
    if bulk.update(Touch, (*names, "state"), [(*row[:-3], to, *row[-3:]) for row in rows], _HERE) != len(rows):
        ids = [row[-3] for row in rows]
        raise _illegal(session, ids, f"a touch moved on though locked: none of {ids} goes to {to}", now, who)
    fence = names.index("fence") if "fence" in names else -1
    _note(bulk, [(row[-3], row[-2], to, row[fence]) for row in rows], now, who)


def _allowed(session: Session, touch: Touch, to: str, now: Instant, who: str) -> None:
    if to not in MOVES.get(touch.state, frozenset()):
        raise _illegal(session, [touch.id], f"touch {touch.id} may not go from {touch.state} to {to}", now, who)


def _illegal(session: Session, ids: list[int], why: str, now: Instant, who: str) -> IllegalMove:
    """A bug of ours, which nobody may overlook: kept by a transaction of its own, whatever becomes of this one."""
    act, subject, data = "illegal_move", f"touch {ids[0]}", {"touches": ids}
    told = partial(audit.write, now=now, who=who, act=act, subject=subject, why=why, data=data)
    session.info.setdefault("afterwards", []).append(told)
    return IllegalMove(why)


def begin_sending(session: Session, touches: Sequence[tuple[Touch, dict[str, Any]]], *, now: Instant, who: str) -> None:
    """The point of no return: committed durably before the first byte leaves."""
    marked = [(touch, {**values, "sending_at": now}) for touch, values in touches]
    move_all(session, marked, "sending", now=now, who=who)


def put_back(session: Session, touch: Touch, *, now: Instant, who: str, why: str, **values: Any) -> bool:
    """The gate says "later": nothing left the machine."""
    return move(session, touch, "planned", now=now, who=who, why=why, lease_owner=None, lease_until=None, **values)


def annotate(session: Session, touch: Touch, *, now: Instant, who: str, why: str, **values: Any) -> None:
    """What became known of a touch without moving it: a key pressed, words spoken, an operator's call result."""
    bulk = Bulk(session)
    if values:
        bulk.update(Touch, tuple(values), [(*values.values(), touch.id)])
        says(touch, values)
    _note(bulk, [(touch.id, touch.state, touch.state, touch.fence)], now, who, why)


def cancel_open(session: Session, where: str, *given: Any, now: Instant, who: str, why: str) -> int:
    """Cancel every planned or claimed touch that matches: opt-out, goal met, reply, stop. `where`: SQL with its values,
    since most of these find nothing and are asked with each thing that happens."""
    open_ones = f"WHERE {where} AND state IN ('planned', 'claimed') FOR UPDATE"
    touches = Bulk(session).objects(Touch, open_ones, *given)
    return sum(move(session, touch, "cancelled", now=now, who=who, why=why) for touch in touches)


def reap(session: Session, now: Instant, who: str, dead: Collection[str] = ()) -> int:
    """Leases that are over: claimed goes back (safe, nothing left), long `sending` becomes uncertain.

    `dead`: owners who certainly live no more. What they were sending is uncertain as soon as their lease is over; what
    a living owner holds is never touched before its time.
    """
    claimed, sending = Touch.state == "claimed", Touch.state == "sending"
    over = or_(
        and_(claimed, Touch.lease_until < now),
        and_(sending, Touch.sending_at < now - SENDING_LIMIT),
        and_(sending, Touch.lease_until < now, Touch.lease_owner.in_(dead)),
    )
    moved = 0
    for touch in session.scalars(select(Touch).where(over).limit(500).with_for_update(skip_locked=True)):
        if touch.state == "claimed":
            moved += put_back(session, touch, now=now, who=who, why="lease over")
        else:
            moved += move(session, touch, "uncertain", now=now, who=who, why="the sender died or was cut off")
    return moved


def last_event(session: Session) -> int:
    """The newest move. What comes later has a higher number, also where the clock is set back."""
    return int(Bulk(session).rows("SELECT COALESCE(MAX(id), 0) FROM touch_event")[0][0])


def _note(
    bulk: Bulk, moves: Iterable[tuple[int, str | None, str, int]], now: Instant, who: str, why: str | None = None
) -> None:
    same = (now, who, why and why[:500], "{}")
    bulk.insert(TouchEvent, _EVENT, [(*move, *same) for move in moves])
