"""A14: people of bought lists come in a little at a time, however many the list has."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from support_world import add_person, make_world, move_clock, publish

from opportune.rules.facts import DAY
from opportune.store import models as m
from opportune.work import audience


def inside(world):
    with world.db.read() as session:
        return session.scalar(select(func.count()).select_from(m.Enrolment))


def test_bought_people_come_in_by_so_many_a_day(db, tmp_path):
    world = make_world(db, tmp_path)
    publish(world, bought_per_day=3)
    for number in range(8):
        add_person(world, number, bought=True)
    start = world.clock.now()
    came = []
    for hours in (0, 1, 23, 24, 25, 48, 72):
        audience.enrol(world, move_clock(world, start + hours * 3600))
        came.append(inside(world))
    assert came == [3, 3, 3, 6, 6, 8, 8]


@pytest.mark.parametrize(
    ("person", "came"),
    [
        ({"bought": True}, 2),
        ({"bought": False}, 5),  # their own throttle, nobody else's
        ({"bought": True, "consents": ()}, 5),  # quarantined anyway: they come in, and wait for a yes
    ],
)
def test_only_those_wait_whom_we_might_approach(db, tmp_path, person, came):
    world = make_world(db, tmp_path)
    publish(world, bought_per_day=2)
    for number in range(5):
        add_person(world, number, **person)
    audience.enrol(world, world.clock.now())
    assert inside(world) == came


def test_each_campaign_counts_its_own_day(db, tmp_path):
    world = make_world(db, tmp_path)
    for name in ("meetings", "clarifications"):
        publish(world, name, bought_per_day=1)
    add_person(world, 1, bought=True)
    add_person(world, 2, bought=True)
    audience.enrol(world, world.clock.now())
    assert inside(world) == 2
    audience.enrol(world, world.clock.now() + DAY)
    assert inside(world) == 4
