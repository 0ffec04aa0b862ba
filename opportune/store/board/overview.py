"""What worked, and how sure are we? The numbers of the overview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from opportune.rules.facts import Channel, Instant
from opportune.store.board.cells import Cell, people
from opportune.store.board.cohort import STAGES, Filters, KOfN, chosen_campaigns
from opportune.store.db import Database
from opportune.store.models import Campaign, Decision, Touch, TouchEvent


@dataclass(frozen=True, slots=True)
class Stage(KOfN):
    """k of n people got this far; n: those whose window is over. `maturing`: the others who already got this far."""

    channel: str
    stage: str
    k: int
    n: int
    maturing: int


@dataclass(frozen=True, slots=True)
class Week:
    """People first decided in the week that starts at `start` (Monday, UTC)."""

    start: Instant
    channel: str
    over: int
    maturing: int
    goals: int


@dataclass(frozen=True, slots=True)
class Headline:
    decided: int  # contact x campaign
    contacted: int  # of them
    over: int
    goals: int  # of those over
    maturing: int
    sample: int  # decided by lot
    uncertain: int  # not sure whether it left
    assumed: int  # treated as sent


@dataclass(frozen=True, slots=True)
class Freshness:
    """The newest fact of each kind."""

    decided_at: Instant | None
    moved_at: Instant | None

    @property
    def at(self) -> Instant | None:
        return max((at for at in (self.decided_at, self.moved_at) if at is not None), default=None)


def funnel(db: Database, now: Instant, **chosen: Any) -> list[Stage]:
    """Every stage of every channel. The denominator is the same at every stage. `chosen`: as `Filters`."""
    cells = people(db, now, Filters(**chosen), ["channel"])
    counted = {(cell.by[0], cell.matured): cell for cell in cells}
    return [_stage(counted, channel, stage) for channel in Channel for stage in STAGES]


def _stage(counted: dict[tuple[str, bool], Cell], channel: str, stage: str) -> Stage:
    over, maturing = (counted.get((channel, matured)) for matured in (True, False))
    n = over.decided if over else 0
    return Stage(str(channel), stage, getattr(over, stage, 0), n, getattr(maturing, stage, 0))


def weekly(db: Database, now: Instant, **chosen: Any) -> list[Week]:
    """Week by week: whose window is over, who still matures, who met the goal."""
    weeks: dict[tuple[Instant, str], list[Cell]] = {}
    for cell in people(db, now, Filters(**chosen), ["week", "channel"]):
        weeks.setdefault((cell.by[0], cell.by[1]), []).append(cell)
    return [_week(*key, weeks[key]) for key in sorted(weeks)]


def _week(start: Instant, channel: str, cells: list[Cell]) -> Week:
    over, maturing = (sum(c.decided for c in cells if c.matured is matured) for matured in (True, False))
    return Week(start, channel, over, maturing, sum(c.goal for c in cells if c.matured))


def headline(db: Database, now: Instant, **chosen: Any) -> Headline:
    """The few numbers everybody asks for first."""
    cells = people(db, now, filters := Filters(**chosen), ["mode"])
    decided, attempted = sum(c.decided for c in cells), sum(c.attempted for c in cells)
    over, goals = (sum(getattr(c, each) for c in cells if c.matured) for each in ("decided", "goal"))
    sample = sum(c.decided for c in cells if c.by[0] == "explore")
    unsure = _unsure(db, filters)
    return Headline(
        decided, attempted, over, goals, decided - over, sample,
        unsure.get("uncertain", 0), unsure.get("assumed_sent", 0),
    )  # fmt: skip


def _unsure(db: Database, chosen: Filters) -> dict[str, int]:
    """Contact attempts that may have left: also those without a campaign, unless one is chosen."""
    query = select(Touch.state, func.count()).where(Touch.state.in_(["uncertain", "assumed_sent"]))
    query = query.outerjoin(Campaign, Campaign.id == Touch.campaign_id).where(*chosen_campaigns(chosen))
    with db.read() as session:
        rows = session.execute(query.where(Touch.sending_at >= (chosen.since or 0)).group_by(Touch.state))
        return {row[0]: row[1] for row in rows}


def campaigns(db: Database) -> list[tuple[str, str, str]]:
    """(key, name, goal) of every campaign, by name."""
    with db.read() as session:
        rows = session.execute(select(Campaign.key, Campaign.name, Campaign.goal).order_by(Campaign.name))
        return [(row[0], row[1], row[2]) for row in rows]


def freshness(db: Database) -> Freshness:
    """How new is what the board shows?"""
    with db.read() as session:
        decided = session.scalar(select(Decision.at).order_by(Decision.id.desc()).limit(1))
        moved = session.scalar(select(TouchEvent.at).order_by(TouchEvent.id.desc()).limit(1))
    return Freshness(decided, moved)
