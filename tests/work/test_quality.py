"""Colleagues compared fairly, and their talks listened to (E5, E9): drawn by chance, answered once, agreed upon."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from support_board import COLLEAGUES, NOW, seed
from support_world import make_world, move_clock

from opportune.rules.facts import DAY
from opportune.store import models as m
from opportune.store.board.cohort import Filters
from opportune.store.board.operators import team
from opportune.work import quality

YES = dict.fromkeys(quality.QUESTIONS, "yes") | {"mark": "4"}


@pytest.fixture
def world(db, tmp_path):
    """Every call that was answered was taken by one of three colleagues; two people may listen."""
    seed(db, 150)
    world = make_world(db, tmp_path, now=NOW)
    with world.db.write() as session:
        session.add(m.User(id=7, email="lead@firm.example", name="Lea", role="team_lead", active=True, created_at=NOW))
        session.add(m.User(id=8, email="a@firm.example", name="Al", role="admin", active=True, created_at=NOW))
    yield world
    world.close()


def reviews(world):
    with world.db.read() as session:
        return list(session.scalars(select(m.CallReview).order_by(m.CallReview.id)))


def everything_is_drawn(world, monkeypatch):
    monkeypatch.setattr(quality, "BACK", 400 * DAY)
    return quality.draw(world, NOW)


def test_a_quarter_is_drawn_by_chance_once_and_some_for_two_listeners(world, monkeypatch):
    drawn = everything_is_drawn(world, monkeypatch)
    talks = team(world.db, Filters()).of
    first = [row for row in reviews(world) if row.turn == 1]
    assert drawn == len(reviews(world))
    assert 0.1 < len(first) / talks < 0.4
    assert len(first) < drawn, "some are drawn twice"
    assert quality.draw(world, NOW) == 0


def test_a_word_is_given_once_and_never_by_the_same_listener_twice_nor_on_oneself(world, monkeypatch):
    everything_is_drawn(world, monkeypatch)
    twice = next(row for row in reviews(world) if row.turn == 2)
    one = next(row for row in reviews(world) if row.touch_id == twice.touch_id)
    move_clock(world, NOW + 60)
    assert quality.score(world, one.id, 7, YES, "good")
    assert not quality.score(world, one.id, 8, YES), "somebody was quicker"
    assert not quality.score(world, twice.id, 7, YES), "the second listener is another one"
    assert twice.touch_id not in {talk.id for talk in quality.open_reviews(world, 7)}
    with world.db.write() as session:
        session.get_one(m.User, 8).operator_id = twice.operator_id
    assert not quality.score(world, twice.id, 8, YES), "nobody judges their own talk"
    assert all(
        talk.colleague != ("Kim", "Lou", "Max")[twice.operator_id - 1] for talk in quality.open_reviews(world, 8)
    )
    kept = reviews(world)[[row.id for row in reviews(world)].index(one.id)]
    assert (kept.answers["opening"], kept.answers["mark"], kept.note, kept.scored_at) == (True, 4, "good", NOW + 60)


#: What is answered -> what is missing
INCOMPLETE = [
    ({}, "Answer with yes or no"),
    (YES | {"next": "perhaps"}, "Ended with a next step"),
    (YES | {"mark": "6"}, "a mark from 1 to 5"),
]


@pytest.mark.parametrize(("given", "said"), INCOMPLETE)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_incomplete_is_not_kept(world, monkeypatch, given, said):
    everything_is_drawn(world, monkeypatch)
    with pytest.raises(quality.NotScored, match=said):
        quality.score(world, reviews(world)[0].id, 7, given)
    assert reviews(world)[0].scored_at is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_colleagues_are_compared_with_what_all_reach_with_the_same_people(world):
    told = team(world.db, Filters())
    assert {each.name for each in told.colleagues} == set(COLLEAGUES)
    assert sum(each.talks for each in told.colleagues) == told.of
    goals = sum(each.goals for each in told.colleagues)
    assert sum(each.expected for each in told.colleagues) == pytest.approx(goals), "what one gains another lacks"
    with world.db.read() as session:
        met = select(m.Outcome.touch_id).where(m.Outcome.kind == "goal_met")
        taken = select(m.OperatorCall.touch_id)
        assert goals == len(session.scalars(select(m.Touch.id).where(m.Touch.id.in_(met), m.Touch.id.in_(taken))).all())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_colleague_reads_of_themself_and_is_compared_with_everybody(world):
    everybody, own = team(world.db, Filters()), team(world.db, Filters(), only=2)
    assert [each.name for each in own.colleagues] == ["Lou"]
    assert own.colleagues[0] == next(each for each in everybody.colleagues if each.id == 2)
    assert own.of == everybody.of


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_two_listeners_who_agree_are_said_to(world, monkeypatch):
    everything_is_drawn(world, monkeypatch)
    for row in reviews(world):
        mark = "5" if row.touch_id % 2 else "2"
        assert quality.score(world, row.id, 7 if row.turn == 1 else 8, YES | {"mark": mark})
    told = team(world.db, Filters())
    assert told.heard_twice == sum(row.turn == 2 for row in reviews(world))
    assert told.agreement in (None, pytest.approx(1.0))
    assert sum(each.heard for each in told.colleagues) == sum(row.turn == 1 for row in reviews(world))
    assert all(each.passed["opening"] == each.heard for each in told.colleagues)
