"""Is everybody in exactly one group, and does each group say what would help?"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from support_world import add_person, make_world, plan_everything, publish

from opportune.rules.reasons import STORIES
from opportune.store import addresses
from opportune.store import models as m
from opportune.work import whynot
from opportune.work.whom import NotFound


@pytest.fixture
def world(db, tmp_path):
    made = make_world(db, tmp_path / "home")
    yield made
    made.close()


def groups(world, campaign=None):
    found = whynot.why_not(world, campaign)
    return {group["group"]: group["people"] for group in found["groups"]}


def test_each_person_stands_in_the_group_that_says_what_would_help(world):
    publish(world)
    number = iter(range(1, 99))
    add_person(world, next(number))  # planned
    add_person(world, next(number), zones=[])
    add_person(world, next(number), phone=None, email=None)
    add_person(world, next(number), bought=True, consents=())
    add_person(world, next(number), consents=())
    said_no = add_person(world, next(number))
    with world.db.write() as session:
        addresses.suppress(session, said_no, reason="unsubscribed", evidence="", at=1)
    plan_everything(world)
    add_person(world, next(number))  # came after the plan
    found = groups(world)
    assert {"under_way", "zone", "address", "bought", "consent", "said_no", "outside"} <= set(found)
    assert (found["zone"], found["address"], found["said_no"], found["outside"]) == (1, 1, 1, 1)
    assert sum(groups(world, "meetings").values()) == 6


def test_who_waits_for_time_hears_when(world):
    publish(world)
    person = add_person(world)
    plan_everything(world)
    with world.db.write() as session:
        enrolment = session.scalars(select(m.Enrolment).where(m.Enrolment.contact_id == person)).one()
        enrolment.decide_at = 1_772_700_000
        touch = session.scalars(select(m.Touch)).one()
        touch.state = "no_answer"
    [group] = [group for group in whynot.why_not(world)["groups"] if group["group"] == "later"]
    assert group["next_at"] == 1_772_700_000
    assert "Thu 5 Mar, 08:40 UTC" in group["told"]
    assert group["examples"] == [{"contact": person, "name": "Person 1"}]


def test_no_campaign_of_that_name(world):
    with pytest.raises(NotFound, match="nothing"):
        whynot.why_not(world, "nothing")


def test_every_group_has_its_sentence():
    for language in STORIES.values():
        assert {f"group_{group.name}" for group in whynot.GROUPS} <= set(language.TOLD)


states = st.tuples(
    st.sampled_from(["active", "stopped", "done"]),
    st.sampled_from([None, *[why for group in whynot.GROUPS for why in group.ends], "something new"]),
    st.sampled_from([None, 1_772_700_000]),
    st.booleans(),  # on the do-not-contact list
    st.booleans(),  # merged into somebody else
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(states, max_size=6), st.sampled_from(["live", "paused", "ended"]))
def test_reachable_waiting_and_said_no_are_all(world, people, campaign):
    publish(world)
    ids = [add_person(world, number) for number in range(1, len(people) + 1)]
    plan_everything(world)
    with world.db.write() as session:
        session.scalars(select(m.Campaign)).one().state = campaign
        for person, (state, why, decide_at, said_no, merged) in zip(ids, people, strict=True):
            enrolment = session.scalars(select(m.Enrolment).where(m.Enrolment.contact_id == person)).one_or_none()
            if enrolment is not None:
                enrolment.state, enrolment.stopped_why, enrolment.decide_at = state, why, decide_at
            if said_no:
                addresses.suppress(session, person, reason="x", evidence="", at=1)
            session.get_one(m.Contact, person).merged_into = ids[0] if merged and person != ids[0] else None
    with world.db.read() as session:
        alive = len(session.scalars(select(m.Contact.id).where(m.Contact.merged_into.is_(None))).all())
    for key in (None, "meetings"):
        found = whynot.why_not(world, key)
        assert found["reachable"] + found["waiting"] + found["said_no"] == found["all"]
        assert sum(group["people"] for group in found["groups"]) == found["all"]
        assert key or found["all"] == alive
