"""Which sources bring people who come to a goal, how soon are they answered, and what does a goal cost there (F1)?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select, text
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.statistics import Shrunk, shrunk, wilson
from opportune.store.board.cells import Cell, people
from opportune.store.board.cohort import Filters
from opportune.store.db import Database
from opportune.store.models import Contact, Lead, Source, Touch
from opportune.store.models.touches import CALLBACKS
from opportune.store.said_rows import left

NEWEST = 2_000  # leads and promised calls that are looked at
KEPT_WITHIN = 600  # seconds after the promised moment (C4)
LEFT = text(left("touch"))  # what a provider refused to take did not, though it was tried


@dataclass(frozen=True, slots=True)
class Speed:
    """From the lead to the first contact attempt, in seconds; of those who were contacted at all."""

    leads: int
    contacted: int
    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source. `people`: of them, once a campaign, whose window is over."""

    key: str
    kind: str
    people: int
    maturing: int
    goals: int
    likely: Shrunk
    speed: Speed
    promised: int
    kept: int
    bought_for: float | None  # what the source cost as a whole
    contacts_cost: float

    @property
    def share(self) -> float | None:
        return self.goals / self.people if self.people else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.goals, self.people)

    @property
    def cost_per_goal(self) -> float | None:
        """Of the source and the contacts; None where nothing came of it yet."""
        return ((self.bought_for or 0.0) + self.contacts_cost) / self.goals if self.goals else None


def sources(db: Database, now: Instant, chosen: Filters) -> list[SourceRow]:
    """Every source that somebody came from, the likeliest to bring a goal first."""
    cells: dict[Any, list[Cell]] = defaultdict(list)
    for cell in people(db, now, chosen, ["source"]):
        cells[cell.by[0]].append(cell)
    with db.read() as session:
        known = {source.key: source for source in session.scalars(select(Source))}
        speeds, promises = _speeds(session, now, chosen), _promises(session, now, chosen)
    names = [key for key in dict.fromkeys([*cells, *speeds]) if key in known]
    counted = [_sum(cells[key]) for key in names]
    likely = shrunk([goals for _, _, goals, _ in counted], [over for over, *_ in counted])
    rows = [
        SourceRow(
            key, known[key].kind, over, maturing, goals, place,
            speeds.get(key, Speed(0, 0, None, None)), *promises.get(key, (0, 0)), known[key].cost, cost,
        )
        for key, place, (over, maturing, goals, cost) in zip(names, likely, counted, strict=True)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row.likely.share, row.key))


def _sum(cells: Iterable[Cell]) -> tuple[int, int, int, float]:
    """People whose window is over, and the others; goals of the former, and what all of them cost."""
    cells = list(cells)
    over = [cell for cell in cells if cell.matured]
    decided = sum(cell.decided for cell in over)
    return (
        decided,
        sum(cell.decided for cell in cells) - decided,
        sum(cell.goal for cell in over),
        sum(cell.cost for cell in cells),
    )


def _speeds(session: Session, now: Instant, chosen: Filters) -> dict[str, Speed]:
    """Of the newest leads: when did something first leave for them?"""
    first = select(func.min(Touch.sending_at)).where(
        Touch.contact_id == Lead.contact_id, Touch.sending_at >= Lead.received_at, LEFT
    )
    until = min(now, chosen.until) if chosen.until is not None else now
    newest = select(Lead.source_id, Lead.received_at, first.correlate(Lead).scalar_subquery())
    newest = newest.where(Lead.received_at.between(chosen.since or 0, until), Lead.contact_id.is_not(None))
    waits: dict[int, list[int | None]] = defaultdict(list)
    for source, received, gone in session.execute(newest.order_by(Lead.id.desc()).limit(NEWEST)):
        waits[source].append(None if gone is None else gone - received)
    return {key: _speed(waits[id]) for id, key in _keys(session) if id in waits}


def _keys(session: Session) -> Sequence[Any]:
    return session.execute(select(Source.id, Source.key)).all()


def _speed(waits: Sequence[int | None]) -> Speed:
    known = sorted(wait for wait in waits if wait is not None)
    if not known:
        return Speed(len(waits), 0, None, None)
    last = len(known) - 1
    return Speed(len(waits), len(known), known[round(0.5 * last)], known[round(0.9 * last)])


def _promises(session: Session, now: Instant, chosen: Filters) -> dict[str, tuple[int, int]]:
    """Source -> (calls promised, of them kept within ten minutes), of the newest whose time has come (C4). A call that
    was taken back, say because they called us first, was not broken."""
    until = min(now - KEPT_WITHIN, chosen.until or now)
    gone = case((LEFT, Touch.sending_at))
    due = select(Contact.source_id, Touch.due_at, gone).join(Contact, Contact.id == Touch.contact_id)
    due = due.where(CALLBACKS, Touch.due_at.between(chosen.since or 0, until), Touch.state != "cancelled")
    counted: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for source, promised, at in session.execute(due.order_by(Touch.due_at.desc()).limit(NEWEST)):
        counted[source][0] += 1
        counted[source][1] += at is not None and at <= promised + KEPT_WITHIN
    return {key: (counted[id][0], counted[id][1]) for id, key in _keys(session) if id in counted}
