"""What worked, and how sure are we? The numbers of the overview."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, select

from opportune.rules.facts import DAY, Channel, Instant
from opportune.store.board.cohort import STAGES, Filters, chosen_campaigns, cohort
from opportune.store.board.statistics import lopsided, newcombe, wilson
from opportune.store.db import Database
from opportune.store.models import Campaign, Decision, Touch, TouchEvent

WEEK = 7 * DAY
A_MONDAY = 4 * DAY  # 5 January 1970


@dataclass(frozen=True, slots=True)
class Stage:
    """k of n people got this far; n: those whose window is over. `maturing`: the others who already got this far."""

    channel: str
    stage: str
    k: int
    n: int
    maturing: int

    @property
    def share(self) -> float | None:
        return self.k / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.k, self.n)


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of a comparison: k of n met the goal."""

    k: int = 0
    n: int = 0

    @property
    def share(self) -> float:
        return self.k / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Call first against email first. `sample`: only those whom the lot decided; otherwise the rules chose (biased)."""

    call: Arm
    email: Arm
    drawn: tuple[int, int] = (0, 0)  # (call, email) drawn, maturing ones included

    @property
    def difference(self) -> float:
        return self.call.share - self.email.share

    @property
    def interval(self) -> tuple[float, float]:
        return newcombe(self.call.k, self.call.n, self.email.k, self.email.n)

    @property
    def broken(self) -> bool:
        """A fair coin does not fall like this: do not read the comparison."""
        return lopsided(*self.drawn)


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
    contacted: int  # people
    over: int
    goals: int  # of those over
    maturing: int
    sample: int  # decided by lot
    uncertain: int  # not sure whether it left
    assumed: int  # treated as sent
    first_over_at: Instant | None  # when the first window ends


@dataclass(frozen=True, slots=True)
class Freshness:
    """The newest fact of each kind."""

    decided_at: Instant | None
    moved_at: Instant | None

    @property
    def at(self) -> Instant | None:
        return max((at for at in (self.decided_at, self.moved_at) if at is not None), default=None)


def funnel(
    db: Database, now: Instant, *, campaign: str | None = None, goal: str | None = None, since: Instant | None = None
) -> list[Stage]:
    """How far did people get, by the channel of their first decision? The denominator is the same at every stage."""
    people = cohort(now, Filters(campaign, goal, since)).subquery()
    sums = [func.sum(people.c[stage]) for stage in STAGES]
    with db.read() as session:
        rows = session.execute(
            select(people.c.channel, people.c.matured, *sums).group_by(people.c.channel, people.c.matured)
        )
        counted = {(row[0], bool(row[1])): dict(zip(STAGES, map(int, row[2:]), strict=True)) for row in rows}
    return [_stage(counted, channel, stage) for channel in Channel for stage in STAGES]


def _stage(counted: dict[tuple[str, bool], dict[str, int]], channel: str, stage: str) -> Stage:
    over, maturing = counted.get((channel, True), {}), counted.get((channel, False), {})
    return Stage(str(channel), stage, over.get(stage, 0), over.get("decided", 0), maturing.get(stage, 0))


def comparison(
    db: Database,
    now: Instant,
    *,
    campaign: str | None = None,
    goal: str | None = None,
    since: Instant | None = None,
    sample: bool = True,
) -> Comparison:
    """Goals met, call first against email first, among those whose window is over."""
    people = cohort(now, Filters(campaign, goal, since)).subquery()
    over = case((people.c.matured, 1), else_=0)
    query = select(
        people.c.channel, func.count(), func.sum(over), func.sum(over * people.c.goal)
    ).group_by(people.c.channel)  # fmt: skip
    with db.read() as session:
        rows = session.execute(query.where(people.c.mode == "explore") if sample else query)
        drawn = {row[0]: (int(row[1]), Arm(int(row[3]), int(row[2]))) for row in rows}
    call, email = (drawn.get(channel, (0, Arm())) for channel in Channel)
    return Comparison(call[1], email[1], (call[0], email[0]))


def weekly(
    db: Database, now: Instant, *, campaign: str | None = None, goal: str | None = None, since: Instant | None = None
) -> list[Week]:
    """Week by week: whose window is over, who still matures, who met the goal."""
    people = cohort(now, Filters(campaign, goal, since)).subquery()
    week = ((people.c.at - A_MONDAY) // WEEK).label("week")
    over = case((people.c.matured, 1), else_=0)
    query = select(week, people.c.channel, func.sum(over), func.sum(1 - over), func.sum(over * people.c.goal))
    with db.read() as session:
        rows = session.execute(query.group_by(week, people.c.channel).order_by(week, people.c.channel)).all()
    return [Week(int(r[0]) * WEEK + A_MONDAY, r[1], int(r[2]), int(r[3]), int(r[4])) for r in rows]


def headline(
    db: Database, now: Instant, *, campaign: str | None = None, goal: str | None = None, since: Instant | None = None
) -> Headline:
    """The few numbers everybody asks for first."""
    chosen = Filters(campaign, goal, since)
    people = cohort(now, chosen).subquery()
    over = case((people.c.matured, 1), else_=0)
    query = select(
        func.count(),
        func.count(case((people.c.attempted == 1, people.c.contact_id)).distinct()),
        func.coalesce(func.sum(over), 0),
        func.coalesce(func.sum(over * people.c.goal), 0),
        func.coalesce(func.sum(case((people.c.mode == "explore", 1), else_=0)), 0),
        func.min(people.c.end),
    )
    with db.read() as session:
        decided, contacted, done, goals, sample, first = session.execute(query).one()
    unsure = _unsure(db, chosen)
    return Headline(
        int(decided), int(contacted), int(done), int(goals), int(decided) - int(done), int(sample),
        unsure.get("uncertain", 0), unsure.get("assumed_sent", 0), first,
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
