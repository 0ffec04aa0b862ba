"""A campaign runs from its first day to its last: nobody comes in earlier, and what is over does not go on."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select
from support_world import add_person, at, make_world, move_clock, plan_everything, publish, touches
from typer.testing import CliRunner

from opportune.cli import common, register
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import (
    callbacks,
    campaign_life,
    campaign_story,
    campaigns,
    gate,
    stops,
    versions,
    watch,
    why,
    whynot,
)
from opportune.work.versions import NotAllowed

FIRST = "2026-04-06"
LIVING = {
    "Tokyo": ["Asia/Tokyo"],
    "Berlin": ["Europe/Berlin"],
    "New York": ["America/New_York"],
    "Tokyo or New York": ["Asia/Tokyo", "America/New_York"],
    "nobody knows": [],
}
#: The clock in UTC -> who has come in since
BEGINS = [
    ("2026-04-05 14:59", set()),
    ("2026-04-05 15:00", {"Tokyo"}),
    ("2026-04-05 21:59", {"Tokyo"}),
    ("2026-04-05 22:00", {"Tokyo", "Berlin"}),
    ("2026-04-06 04:00", {"Tokyo", "Berlin", "New York", "Tokyo or New York"}),
    ("2026-04-06 12:00", set(LIVING)),  # it has begun in every zone there is
]


@pytest.fixture
def world(db, tmp_path):
    world = make_world(db, tmp_path)
    yield world
    world.close()


@pytest.fixture
def run(world, monkeypatch):
    """A command, in this process and in the world of the test."""
    register(["why-not", "campaign"])
    for module in ("campaign", "explain", "life"):
        monkeypatch.setattr(f"opportune.cli.{module}.world", lambda: world)
    monkeypatch.setitem(common.PLACE, "practice", False)
    return lambda *words: CliRunner().invoke(common.app, list(words), catch_exceptions=False).output


def inside(world):
    with world.db.read() as session:
        return set(session.scalars(select(m.Contact.name).join(m.Enrolment, m.Enrolment.contact_id == m.Contact.id)))


def decisions(world):
    with world.db.read() as session:
        return list(session.scalars(select(m.Decision).order_by(m.Decision.id)))


def state(world, key="meetings"):
    with world.db.read() as session:
        row = versions.named(session, key)
        return row.state, row.paused_why


def test_nobody_comes_in_before_the_first_day_begins_where_they_are(world):
    publish(world, starts=FIRST)
    for number, (name, zones) in enumerate(LIVING.items(), 1):
        add_person(world, number, name=name, zones=zones)
    plan_everything(world)
    assert inside(world) == set()
    for words, there in BEGINS:
        move_clock(world, at(words, "UTC"))
        plan_everything(world)
        assert inside(world) == there, words
    assert min(touch.due_at for touch in touches(world)) >= at(FIRST + " 00:00", "Asia/Tokyo")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_promised_call_waits_for_no_first_day(world):
    """C4"""
    publish(world, starts=FIRST)
    who = add_person(world)
    now = world.clock.now()
    with world.db.write() as session:
        assert callbacks.promise(world, session, session.get_one(m.Contact, who), now + 600, now)
    plan_everything(world)
    assert [(touch.kind, touch.due_at) for touch in touches(world)] == [("callback", now + 600)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whoever_asks_why_nothing_happens_hears_of_the_first_day(world, run):
    publish(world, starts=FIRST)
    who = add_person(world)
    plan_everything(world)
    for language, words in {"en": "before 6 Apr 2026", "ru": "6 апр", "ro": "6 apr"}.items():
        [told] = whynot.why_not(world, language=language)["starts"]
        assert words in told
        assert told in why.why(world, f"#{who}", language=language)["told"]
    assert whynot.why_not(world, "meetings")["starts"] != []
    assert campaign_story.story(world, "meetings")["starts_on"] == FIRST
    assert "is live, and starts on 2026-04-06" in run("campaign", "show", "meetings")
    assert "before 6 Apr 2026" in run("why-not")
    move_clock(world, at(FIRST + " 14:00"))
    assert whynot.why_not(world)["starts"] == []
    assert campaign_story.story(world, "meetings")["starts_on"] is None
    assert not any("yet to begin" in each for each in why.why(world, f"#{who}")["told"])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_is_moved_onto_a_version_that_is_yet_to_begin_waits_for_it(world):
    publish(world)
    add_person(world)
    plan_everything(world)
    [planned] = touches(world, state="planned")
    again(world, move=True, starts=FIRST)
    assert [touch.state for touch in touches(world)] == ["cancelled"]
    [decided] = [each for each in decisions(world) if each.id != planned.decision_id]
    assert (decided.again_at, decided.reasons[0]["code"]) == (at(FIRST + " 00:00"), "starts_on")
    move_clock(world, at("2026-04-07 08:00"))  # Easter is over
    plan_everything(world)
    assert len(touches(world, state="planned")) == 1


# ---- the last day

FRIDAY, MONDAY = at("2026-03-06 10:00"), at("2026-03-09 10:00")
OVER = "its last day, 2026-03-06, is over"


def again(world, move=False, **given):
    """The document that is live, with other parts."""
    path = world.settings.home / "meetings.yaml"
    path.write_text(json.dumps({**json.loads(path.read_text()), **given}))
    return campaigns.activate(world, path, author="ana", move=move)


@pytest.fixture
def over(world):
    """Paused on Friday, its last day; now it is Monday."""
    publish(world, ends="2026-03-06")
    move_clock(world, FRIDAY)
    campaign_life.pause(world, "meetings", why="look", by="ana")
    add_person(world)
    move_clock(world, MONDAY)
    return world


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "go_on",
    [
        lambda world: campaign_life.resume(world, "meetings", by="ana"),
        lambda world: stops.resume(world, key="meetings", by="ana"),
        lambda world: again(world, name="Another"),
    ],
)
def test_what_is_over_does_not_go_on(over, go_on):
    with pytest.raises(NotAllowed, match=OVER + r".*later `ends`.*campaign end meetings"):
        go_on(over)
    plan_everything(over)
    assert (inside(over), state(over)) == (set(), ("paused", "look"))
    again(over, ends="2026-04-01")
    plan_everything(over)
    assert (len(inside(over)), state(over)) == (1, ("live", None))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("longer", [False, True])
def test_on_the_day_after_the_last_nothing_leaves_unless_the_campaign_is_longer_by_now(world, longer):
    """It ends at noon UTC, when that day has begun long ago where they live. Who came in under the shorter version goes
    on with everybody else."""
    publish(world, ends="2026-03-05", channels=["email"])
    add_person(world)
    plan_everything(world)
    [planned] = touches(world)
    if longer:
        again(world, ends="2026-04-01")
    now = move_clock(world, at("2026-03-06 11:10"))
    with world.db.write() as session:
        mine = session.get_one(m.Touch, planned.id)
        mine.due_at, mine.not_after = now, now + 600
        gate.pass_through(world, session, ledger.claim(session, "email", now, "test", limit=1), now)
    assert touches(world, id=planned.id)[0].state == ("sending" if longer else "planned")
    assert longer or touches(world)[0].due_at == at("2026-03-06 12:00", "UTC")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_old_version_whose_last_day_is_over_comes_back(world):
    publish(world, ends="2026-03-06")
    with world.db.read() as session:
        old = versions.history(session, versions.named(session, "meetings").id)[0].sha
    again(world, ends="2026-04-01")
    move_clock(world, MONDAY)
    with pytest.raises(NotAllowed, match=OVER):
        campaigns.rollback(world, "meetings", old, by="ana")
    with world.db.read() as session:
        assert len(versions.history(session, versions.named(session, "meetings").id)) == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_live_past_its_last_day_takes_nobody_in_and_ends_when_the_clock_is_looked_at(world):
    publish(world, ends="2026-03-06", canary=1)
    move_clock(world, MONDAY)
    add_person(world)
    plan_everything(world)
    assert inside(world) == set()
    with pytest.raises(NotAllowed, match=OVER):
        campaign_life.go_on(world, "meetings", by="ana")
    assert watch.look(world)  # also the first look of a machine that never was here
    assert state(world) == ("ended", None)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_that_it_is_over_is_shown(over, run):
    assert f"is paused: look; {OVER}" in run("campaign", "show", "meetings")
