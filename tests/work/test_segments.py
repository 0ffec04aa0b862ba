"""Few and large segments (E6)."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support_world import add_person, make_world, plan_everything, publish

from opportune.store import models as m
from opportune.work.segments import Segment, group, segments

P, C = "potential customer", "customer"


def told(counted):
    return [(" / ".join(each.words), each.people) for each in group(Counter(counted))]


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        ({}, []),
        ({("interested", P, "bakery", "1-9"): 1}, [("interested / potential customer / bakery / 1-9", 1)]),
        # four alike: none is large
        (
            {(outcome, kind, "a"): 25 for outcome in ("call back", "no answer") for kind in (C, P)},
            [(f"{outcome} / {kind}", 25) for outcome in ("call back", "no answer") for kind in (C, P)],
        ),
        # a large one splits by the first target field
        (
            {("no answer", P, "a"): 40, ("no answer", P, "b"): 40, ("interested", P, "a"): 20},
            [(f"no answer / {P} / a", 40), (f"no answer / {P} / b", 40), (f"interested / {P}", 20)],
        ),
        # a small one joins the neighbour that differs least, and its name says so
        (
            {("no answer", P, "a"): 60, ("no answer", P, "b"): 38, ("no answer", P, "c"): 2},
            [(f"no answer / {P} / a", 60), (f"no answer / {P} / other", 40)],
        ),
        # without a closer neighbour it joins the smallest of all
        (
            {("no answer", P, "a"): 70, ("interested", P, "a"): 28, ("call back", C, "a"): 2},
            [(f"no answer / {P} / a", 70), ("other", 30)],
        ),
        # nothing is left to split by
        ({("no answer", P, "a", "b", "c", "d"): 9}, [(f"no answer / {P} / a / b / c / d", 9)]),
    ],
)
def test_large_ones_split_and_small_ones_merge(counted, expected):
    assert told(counted) == expected


keys = st.tuples(*(st.sampled_from("ab") for _ in range(6)))


@given(st.dictionaries(keys, st.integers(1, 1000), max_size=30))
def test_nobody_is_lost_and_no_group_stays_small(counted):
    found = group(Counter(counted))
    everybody = sum(counted.values())
    assert sum(each.people for each in found) == everybody
    assert len({each.words for each in found}) == len(found)
    assert len(found) == 1 or all(each.people >= 0.03 * everybody for each in found)


def test_people_are_counted_by_their_last_outcome(db, tmp_path):
    world = make_world(db, tmp_path)
    publish(world)
    for number, stage in ((1, "person"), (2, "potential"), (3, "customer"), (4, "person")):
        add_person(world, number, stage=stage, phone=f"+4930231250{number}")
    plan_everything(world)
    with world.db.write() as session:
        results = ("busy", "talked", "machine", None)  # the fourth was not called yet
        for touch, result in zip(session.query(m.Touch).order_by(m.Touch.id), results, strict=True):
            touch.channel, touch.result = "call", result
    with world.db.read() as session:
        found = segments(session)
    people = [Segment(key, 1) for key in (("interested", P), ("no answer", C), ("no answer", P))]
    assert [Segment(each.words[:2], each.people) for each in found] == people
