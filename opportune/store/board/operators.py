"""What comes of each colleague's talks, given whom they talked with, and what do the listeners say (E5, E9)?

Of the newest talks: a colleague took the call and somebody talked with them. What is expected of a colleague is what
all of them together reach with the same people (campaign and status), so that who gets the easy ones gains nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from opportune.rules.facts import CallResult
from opportune.statistics.agreement import kappa
from opportune.store.board.cohort import Filters, chosen_campaigns, chosen_people
from opportune.store.db import Database
from opportune.store.models import CallReview, Campaign, Contact, Operator, OperatorCall, Outcome, Touch

NEWEST = 5_000  # talks that are looked at
TALKED = tuple(map(str, (CallResult.TALKED, CallResult.INTERESTED, CallResult.NOT_INTERESTED, CallResult.MEETING,
                         CallResult.CALL_BACK, CallResult.EMAIL_PLEASE, CallResult.DO_NOT_CALL)))  # fmt: skip
#: A planned next contact is a success too (E9).
NEXT = tuple(map(str, (CallResult.INTERESTED, CallResult.MEETING, CallResult.CALL_BACK, CallResult.EMAIL_PLEASE)))


@dataclass
class Colleague:
    """Talks of one colleague; `expected`: goals that all colleagues together reach with the same mix of people."""

    id: int
    name: str
    talks: int = 0
    goals: int = 0
    next_steps: int = 0
    seconds: int = 0
    expected: float = 0.0
    drawn: int = 0
    heard: int = 0
    passed: Counter[str] = field(default_factory=Counter)  # question -> talks in which the answer was yes

    @property
    def minutes_each(self) -> float:
        return self.seconds / self.talks / 60 if self.talks else 0.0


@dataclass(frozen=True, slots=True)
class Team:
    colleagues: Sequence[Colleague]
    share: float  # goals of all talks
    of: int  # talks
    agreement: float | None  # Cohen's kappa of two listeners, weighted; None: too few heard twice
    heard_twice: int


def team(db: Database, chosen: Filters, only: int | None = None) -> Team:
    """The colleague with most talks first. `only`: nobody else is told of, but everybody counts in what is expected."""
    with db.read() as session:
        talks = session.execute(_talks(chosen)).tuples().all()
        names = dict(session.execute(select(Operator.id, Operator.name)).tuples().all())
        reviews = session.execute(_reviews(chosen)).tuples().all()
    found = _counted(talks, names)
    _expect(found, talks)
    twice = _listen(found, reviews)
    everybody = sorted(found.values(), key=lambda each: (-each.talks, each.id))
    total = sum(each.talks for each in everybody)
    share = sum(each.goals for each in everybody) / total if total else 0.0
    shown = [each for each in everybody if only in (None, each.id)]
    return Team(shown, share, total, kappa(twice, "linear") if sum(map(sum, twice)) else None, sum(map(sum, twice)))


def _talks(chosen: Filters) -> Any:
    """(colleague, campaign, status, result, seconds, goal met) of each."""
    met = select(Outcome.id).where(Outcome.touch_id == Touch.id, Outcome.kind == "goal_met").exists()
    who = (OperatorCall.operator_id, Touch.campaign_id, Contact.status)
    query = (
        select(*who, Touch.result, Touch.talk_seconds, case((met, 1), else_=0))
        .join(Touch, Touch.id == OperatorCall.touch_id)
        .join(Contact, Contact.id == Touch.contact_id)
        .join(Campaign, Campaign.id == Touch.campaign_id)
        .where(OperatorCall.accepted_at.is_not(None), Touch.result.in_(TALKED), *_chosen(chosen))
    )
    return query.order_by(OperatorCall.id.desc()).limit(NEWEST)


def _chosen(chosen: Filters) -> list[ColumnElement[bool]]:
    """Calls of the campaigns, period, version and people that the reader chose."""
    version = chosen_people(Filters(version=chosen.version), Touch.enrolment_id)
    since = [Touch.sending_at >= chosen.since] if chosen.since else []
    return [*chosen_campaigns(chosen), *version, *since, *([Contact.status == chosen.status] if chosen.status else [])]


def _reviews(chosen: Filters) -> Any:
    """Of the same calls as the talks beside which they stand."""
    columns = (CallReview.operator_id, CallReview.touch_id, CallReview.turn, CallReview.scored_at, CallReview.answers)
    newest = select(func.max(CallReview.id) - 2 * NEWEST).scalar_subquery()
    mine = select(*columns).join(Touch, Touch.id == CallReview.touch_id)
    mine = mine.join(Contact, Contact.id == Touch.contact_id).join(Campaign, Campaign.id == Touch.campaign_id)
    newest_ones = mine.where(CallReview.id > newest, *_chosen(chosen))
    return newest_ones.order_by(CallReview.touch_id, CallReview.turn)


def _counted(talks: Iterable[tuple[Any, ...]], names: dict[int, str]) -> dict[int, Colleague]:
    found: dict[int, Colleague] = {}
    for operator, _, _, result, seconds, goal in talks:
        each = found.setdefault(operator, Colleague(operator, names.get(operator, f"#{operator}")))
        each.talks += 1
        each.goals += goal
        each.next_steps += result in NEXT
        each.seconds += seconds or 0
    return found


def _expect(found: dict[int, Colleague], talks: Iterable[tuple[Any, ...]]) -> None:
    """Indirect standardisation: the goal rate of everybody in each group of people, times the talks of one there."""
    mine: Counter[tuple[int, Any]] = Counter()
    goals: defaultdict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for operator, campaign, status, _, _, goal in talks:
        mine[operator, (campaign, status)] += 1
        goals[campaign, status][0] += goal
        goals[campaign, status][1] += 1
    for (operator, group), n in mine.items():
        met, of = goals[group]
        found[operator].expected += n * met / of


def _listen(found: dict[int, Colleague], reviews: Sequence[tuple[Any, ...]]) -> list[list[int]]:
    """What was answered is added to each; returns how the marks of two listeners of one talk fell (1 to 5)."""
    table = [[0] * 5 for _ in range(5)]
    marks: dict[int, int] = {}
    for operator, touch, turn, scored_at, answers in reviews:
        each = found.get(operator)
        if each and turn == 1:
            each.drawn += 1
            each.heard += scored_at is not None
            each.passed.update(key for key, said in answers.items() if said is True)
        if scored_at is not None and touch in marks:
            table[marks[touch] - 1][answers["mark"] - 1] += 1
        elif scored_at is not None:
            marks[touch] = answers["mark"]
    return table
