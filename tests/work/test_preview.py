"""Does a preview show what the engine would do, on paper only?"""

from __future__ import annotations

import pytest
from support_world import EXAMPLES, add_person, at, make_world, plan_everything, publish, touches
from work.test_why import everything

from opportune.rules.facts import DAY
from opportune.work import campaigns
from opportune.work.preview import preview
from opportune.work.whom import NotFound


@pytest.fixture
def world(db, tmp_path):
    made = make_world(db, tmp_path / "home")
    yield made
    made.close()


def test_the_next_days_of_somebody_who_never_answers(world):
    """B2, B4, B7: calls in other parts of the day, a mail after each, then the end; nothing is written."""
    publish(world)
    person = add_person(world)
    before = everything(world)
    told = preview(world, "meetings", str(person))
    calls = [step for step in told["steps"] if step["channel"] == "call"]
    assert told["steps"][0]["channel"] == "call"
    assert 1 < len(calls) <= 4
    assert all(one["moment"] < other["moment"] for one, other in zip(told["steps"], told["steps"][1:], strict=False))
    assert told["steps"][-1]["moment"] < told["from"] + 12 * DAY
    assert all(step["reasons"] for step in told["steps"])
    assert any(step["kind"] == "follow_up" for step in told["steps"])
    assert "stops" in told["if_they_answer"]
    assert everything(world) == before


def test_it_begins_as_the_planner_does(world):
    publish(world)
    person = add_person(world)
    first = preview(world, "meetings", str(person))["steps"][0]
    plan_everything(world)
    [touch] = touches(world)
    assert (first["channel"], first["moment"]) == (touch.channel, touch.due_at)


def test_a_draft_is_previewed_from_its_file(world):
    person = add_person(world, status="staff")
    told = preview(world, str(EXAMPLES / "clarifications.yaml"), str(person), days=5, language="ru")
    assert (told["campaign"], told["steps"][0]["channel"]) == ("clarifications", "email")
    assert told["steps"][0]["moment"] >= at("2026-03-03 13:10")


def test_a_bad_draft_and_an_unknown_campaign_are_refused(world):
    person = add_person(world)
    with pytest.raises(campaigns.Refused, match="five-calls"):
        preview(world, str(EXAMPLES / "bad" / "five-calls.yaml"), str(person))
    with pytest.raises(NotFound, match="neither the key"):
        preview(world, "nothing", str(person))


@pytest.mark.parametrize("given", [{"zones": []}, {"phone": None, "email": None}, {"consents": (), "bought": True}])
def test_who_cannot_be_contacted_has_no_days_but_a_reason(world, given):
    publish(world)
    told = preview(world, "meetings", str(add_person(world, **given)))
    assert told["steps"] == []
    assert told["then"]["reasons"]
    assert "Nothing is planned" in told["then"]["told"]
