"""Which talks does somebody listen to, and what do they answer (E5)?

Each night a quarter of every colleague's talks is drawn by a keyed hash: by chance, the same on every machine, and no
colleague can tell beforehand. Every tenth of them is drawn twice, for two listeners, to see whether they agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Instant
from opportune.store import models as m
from opportune.store.once import insert_once
from opportune.work.world import World

SHARE, TWICE = 0.25, 0.1  # E5: 20 to 30 %; and of these
LEAST_SECONDS = 20  # shorter is no talk
BACK = 3 * DAY  # a night that did not run is caught up with
#: The questions, in the words of A10, B6 and B7, answered yes or no; then a mark from 1 to 5.
QUESTIONS = {
    "opening": "Said at once who they are and from where, without an apology (A10, B6)",
    "value": "Came to the point within fifteen seconds (B6)",
    "asked": "Asked open questions and let the other speak (B16)",
    "next": "Ended with a next step, or a clear no (B7)",
    "entered": "Entered the call result as it was heard (E2)",
}
MARK = "mark"


class NotScored(ValueError):
    """What was answered cannot be kept; the message says what is missing. `asked`: a question, or the mark."""

    def __init__(self, said: str, asked: str) -> None:
        super().__init__(said)
        self.asked = asked


@dataclass(frozen=True, slots=True)
class Talk:
    """What a listener needs to find the recording at the carrier, and to judge the entry."""

    id: int
    at: Instant
    colleague: str
    campaign: str
    seconds: int
    result: str
    call: str | None  # the carrier's id of the call
    turn: int


def draw(world: World, now: Instant) -> int:
    """The night's sample. Drawn again, the same talks come up and nothing is added."""
    with world.db.write() as session:
        rows = session.execute(_talks(now).order_by(m.Touch.id)).tuples().all()
        return sum(_drawn(world, session, token, touch, operator, now) for token, touch, operator in rows)


def _talks(now: Instant) -> Select[Any]:
    calls = select(m.Touch.token, m.Touch.id, func.max(m.OperatorCall.operator_id))
    mine = m.OperatorCall.accepted_at.is_not(None)
    heard = (m.Touch.talk_seconds >= LEAST_SECONDS, m.Touch.sending_at > now - BACK, m.Touch.result.is_not(None))
    return calls.join(m.OperatorCall, m.OperatorCall.touch_id == m.Touch.id).where(mine, *heard).group_by(m.Touch.id)


def _drawn(world: World, session: Session, token: str, touch: int, operator: int, now: Instant) -> int:
    lot = int(world.signer.keyed("review", token)[:13], 16) / 16**13
    turns = 0 if lot >= SHARE else 2 if lot < SHARE * TWICE else 1
    row = {"touch_id": touch, "operator_id": operator, "drawn_at": now, "answers": {}}
    return sum(insert_once(session, m.CallReview, {**row, "turn": turn}) is not None for turn in range(1, turns + 1))


def open_reviews(world: World, reviewer: int | None, limit: int = 25) -> list[Talk]:
    """Oldest first, without the names of the people called. Nobody hears the same talk twice, and nobody their own."""
    mine = select(m.CallReview.touch_id).where(m.CallReview.reviewer_id == (reviewer or 0))
    query = (
        select(m.CallReview, m.Touch, m.Operator.name, m.Campaign.name)
        .join(m.Touch, m.Touch.id == m.CallReview.touch_id)
        .join(m.Operator, m.Operator.id == m.CallReview.operator_id)
        .outerjoin(m.Campaign, m.Campaign.id == m.Touch.campaign_id)
        .where(m.CallReview.scored_at.is_(None), m.CallReview.touch_id.not_in(mine), *_not_their_own(reviewer))
        .order_by(m.CallReview.id)
        .limit(limit)
    )
    with world.db.read() as session:
        return [
            Talk(r.id, t.sending_at or 0, who, what or "", t.talk_seconds or 0, t.result or "", t.provider_id, r.turn)
            for r, t, who, what in session.execute(query).tuples()
        ]


def _not_their_own(reviewer: int | None) -> list[Any]:
    theirs = select(m.User.operator_id).where(m.User.id == reviewer, m.User.operator_id.is_not(None))
    return [m.CallReview.operator_id.not_in(theirs)] if reviewer else []


def score(world: World, id: int, reviewer: int | None, given: Mapping[str, str], note: str = "") -> bool:
    """Kept once. False: nobody waits for this word (any more), or it is not this listener's to give.

    Raises:
        NotScored: a question is left open, or the mark is none.
    """
    answers = _answers(given)
    with world.db.write() as session:
        row = session.get(m.CallReview, id, with_for_update=True)
        if row is None or row.scored_at is not None or not _may(session, row, reviewer):
            return False
        row.answers, row.note = answers, note[:500].replace("\0", "") or None
        row.reviewer_id, row.scored_at = reviewer or None, world.clock.now()
    return True


def _answers(given: Mapping[str, str]) -> dict[str, Any]:
    missing = [key for key in QUESTIONS if given.get(key) not in ("yes", "no")]
    if missing:
        raise NotScored(f"Answer with yes or no: {QUESTIONS[missing[0]]}", missing[0])
    if given.get(MARK) not in ("1", "2", "3", "4", "5"):
        raise NotScored("Give a mark from 1 to 5", MARK)
    return {**{key: given[key] == "yes" for key in QUESTIONS}, MARK: int(given[MARK])}


def _may(session: Session, row: m.CallReview, reviewer: int | None) -> bool:
    if not reviewer:
        return True
    user = session.get(m.User, reviewer)
    twin = select(m.CallReview.id).where(m.CallReview.touch_id == row.touch_id, m.CallReview.reviewer_id == reviewer)
    return user is not None and user.operator_id != row.operator_id and session.scalar(twin) is None
