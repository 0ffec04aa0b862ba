"""Are hours counted on the person's own clock, judged together, and recommended only where the hour alone differs?"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from shutil import copy

import pytest
from scipy.stats import chi2_contingency
from sqlalchemy import select
from support_board import NOW, seed

from opportune.rules.zones import ahead, local
from opportune.store import models as m
from opportune.store.board import Filters
from opportune.store.board.hours import Answered, call_week, fair_hours, hours, mark, part, spread_calls
from opportune.store.board.luck import luck
from opportune.store.db import Database
from opportune.store.said_rows import ANSWERED


@pytest.fixture(scope="module")
def full(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    db = Database(f"sqlite:///{copy(sqlite_template, tmp_path_factory.mktemp('hours') / 'hours.db')}")
    seed(db)
    with db.write() as session:  # clocks change within these weeks
        for touch, contact in session.execute(select(m.Touch, m.Contact).where(m.Contact.id == m.Touch.contact_id)):
            touch.ahead = ahead(contact.zones, touch.due_at)
    yield db
    db.close()


def _spread_first_calls(db: Database) -> None:
    """As the planner does with cold people: their turn is the last."""
    with db.write() as session:
        for touch in session.scalars(select(m.Touch).where(m.Touch.channel == "call", m.Touch.step == 1)):
            touch.priority = 3


def _calls(db: Database) -> list[tuple[m.Touch, m.Contact]]:
    with db.read() as session:
        rows = session.execute(select(m.Touch, m.Contact).join(m.Contact, m.Contact.id == m.Touch.contact_id))
        return [(touch, contact) for touch, contact in rows if touch.channel == "call" and touch.sent_at is not None]


def test_each_call_stands_at_the_hour_of_the_persons_own_clock(full: Database) -> None:
    wanted: Counter[tuple[int, str]] = Counter()
    for touch, contact in _calls(full):
        there = local(contact.zones[0], touch.sending_at or 0)
        wanted[there.weekday(), part((60 * there.hour + there.minute) // 30)] += 1
    week = hours(full, NOW, Filters()).week
    assert week.by_parts, "three hundred calls are too few for half hours"
    assert {(spot.weekday, spot.at): spot.tried for spot in week.spots} == wanted
    answered = sum(touch.result in {str(result) for result in ANSWERED} for touch, _ in _calls(full))
    assert (week.total.tried, week.total.answered) == (wanted.total(), answered)


def test_first_attempts_only_are_fewer_and_executives_have_a_row_of_their_own(full: Database) -> None:
    everything, first = (hours(full, NOW, Filters(), first_only=only) for only in (False, True))
    calls = _calls(full)
    assert first.week.total.tried == sum(touch.step == 1 for touch, _ in calls) < everything.week.total.tried
    assert [each.of for each in everything.executives] == ["early", "later"]
    assert sum(e.tried for e in everything.executives) == sum(c.status == "executive" for _, c in calls)


def test_mails_are_told_by_the_mark_they_left_at(full: Database) -> None:
    told = {each.of: each.tried for each in hours(full, NOW, Filters()).mails}
    assert told["all", 10] + told["all", 50] == sum(n for (name, _), n in told.items() if name != "all")
    assert [mark(slot) for slot in (18, 19)] == [10, 50], "9:10 is in the half hour from 9:00, 9:50 in that from 9:30"


def test_only_people_whom_the_planner_spread_are_compared_fairly(db: Database) -> None:
    """On both engines: the query is ours."""
    seed(db, 120)
    assert spread_calls(db, Filters()) == []  # all of them raised a hand: they were called at once
    _spread_first_calls(db)
    with db.write() as session:
        for touch in session.scalars(select(m.Touch).where(m.Touch.channel == "call", m.Touch.step == 1)):
            touch.sending_at, touch.ahead = NOW - 86_400 + 60 * (touch.id % 60), 7200  # 12:00 UTC: 14:00 and 14:30
    spread = [c for t, c in _calls(db) if t.step == 1 and c.status != "executive"]
    for chosen, n in (
        (Filters(), len(spread)),
        (Filters(campaign="meetings"), sum(c.id % 3 != 0 for c in spread)),
        (Filters(goal="meeting", status="staff"), sum(c.id % 3 != 0 and c.status == "staff" for c in spread)),
        (Filters(since=NOW), 0),
    ):
        assert sum(each.tried for each in spread_calls(db, chosen)) == n, chosen
    assert {each.of for each in spread_calls(db, Filters())} == {28, 29}
    assert hours(db, NOW, Filters()).week.total.tried == len(_calls(db))


@pytest.mark.parametrize(
    ("cells", "by_parts", "shown", "more"),
    [
        ([], True, 0, 30),  # nothing yet
        ([Answered((0, 28), 12, 3), Answered((0, 29), 12, 4)], True, 0, 6),  # 24 on Monday afternoon: six are missing
        ([Answered((0, 28), 20, 3), Answered((0, 29), 20, 4)], True, 1, 0),  # together they can be shown
        ([Answered((0, 28), 40, 8), Answered((0, 29), 20, 4)], False, 1, 0),  # most calls are in a field of their own
        ([Answered((2, 20), 10, 8), Answered((3, 30), 20, 4)], True, 0, 15),  # 45 calls, two thirds of them there
    ],
)
def test_what_is_too_few_stays_empty_and_says_how_many_are_missing(
    cells: list[Answered], by_parts: bool, shown: int, more: int
) -> None:
    week = call_week(cells)
    assert (week.by_parts, len(week.shown), week.more) == (by_parts, shown, more)


def test_fields_with_few_calls_are_drawn_towards_the_mean() -> None:
    week = call_week([*(Answered((day, 28), 400, 80) for day in range(4)), Answered((4, 28), 30, 10)])
    friday = week.shown[-1]
    assert 0.2 < (friday.share or 0) < 0.3, "a third of thirty were answered, of everybody a fifth: luck may do that"
    clear = call_week([*(Answered((day, 28), 400, 80) for day in range(4)), Answered((4, 28), 300, 100)])
    assert [(spot.weekday, spot.share) for spot in clear.apart] == [(4, pytest.approx(1 / 3))]


def test_luck_is_that_of_the_likelihood_ratio() -> None:
    for (k1, n1), (k2, n2) in (((3, 40), (90, 900)), ((0, 30), (5, 200)), ((20, 50), (10, 50)), ((9, 9), (20, 40))):
        table = [[k1, n1 - k1], [k2, n2 - k2]]
        wanted = chi2_contingency(table, correction=False, lambda_="log-likelihood").pvalue
        assert luck(k1, n1, k2, n2) == pytest.approx(wanted, abs=1e-9)


def test_without_a_best_hour_one_is_seldom_found_and_a_real_one_is() -> None:
    """80 fields, at three in a hundred, where the usual approximation would cry wolf in a quarter of all weeks."""
    dice = random.Random(5)

    def week(best: float) -> list[Answered]:
        shares = {(day, slot): 0.03 for day in range(5) for slot in range(18, 34)} | {(3, 28): best}
        return [Answered(of, 60, sum(dice.random() < share for _ in range(60))) for of, share in shares.items()]

    found = [bool(call_week(week(0.03)).apart) for _ in range(60)]
    assert sum(found) <= 7, "5 % of them, give or take"
    [spot] = call_week(week(0.4)).apart
    assert (spot.weekday, spot.at, spot.higher) == (3, 28, True)


def test_a_half_hour_is_held_against_its_own_part_of_the_day() -> None:
    """The evening is answered twice as often as the afternoon, by whoever was called then: nothing to recommend."""
    flat = [*(Answered(slot, 200, 40) for slot in range(28, 34)), *(Answered(slot, 200, 80) for slot in range(34, 38))]
    assert [hour.apart for hour in fair_hours(flat)] == [False] * 10
    better = [Answered(28, 200, 90), *flat[1:]]
    assert [(hour.slot, hour.higher) for hour in fair_hours(better) if hour.apart] == [(28, True)]
    assert fair_hours([Answered(28, 500, 90)]) == [], "alone in its part there is nothing to compare it with"
