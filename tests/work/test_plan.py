"""Everybody whom a live campaign is meant for is decided about once, and what was decided can be explained."""

from __future__ import annotations

import threading

import pytest
import yaml
from sqlalchemy import func, select
from support_world import (
    EXAMPLES,
    LONG_AGO,
    TUESDAY,
    add_person,
    at,
    looked_at,
    make_world,
    move_clock,
    only,
    plan_everything,
    publish,
    touches,
)

from opportune.rules.facts import DAY, HOUR, RULES_VERSION
from opportune.rules.reasons import sentence
from opportune.store import contacts
from opportune.store import models as m
from opportune.work import campaigns, plan
from opportune.work.audience import enrol

CLOSING = at("2026-03-06 17:58")  # a Friday: no call starts any more
SATURDAY = at("2026-03-07 10:00")


@pytest.fixture
def world(db, tmp_path):
    return make_world(db, tmp_path)


def publish_with(world, name="meetings", **changed):
    """One of the example campaigns, with these keys changed."""
    document = yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text())
    document = document | {"comparison_sample": 0, "hold_out": 0, "audience": {}} | changed
    path = world.settings.home / "campaign.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document))
    looked_at(world)
    return campaigns.activate(world, path, author="test").campaign_id


def rows(world, table, **where):
    with world.db.read() as session:
        return list(session.scalars(select(table).filter_by(**where).order_by(table.id)))


def decision(world, **where):
    found = rows(world, m.Decision, **where)
    assert len(found) == 1, [(d.contact_id, d.verdict) for d in found]
    return found[0]


def walk(told):
    """Every value in it."""
    if isinstance(told, dict | list):
        for value in told.values() if isinstance(told, dict) else told:
            yield from walk(value)
    else:
        yield told


def add_source(world, key, kind):
    with world.db.write() as session:
        source = m.Source(key=key, kind=kind, created_at=LONG_AGO)
        session.add(source)
        session.flush()
        return source.id


# ---- who comes in


def test_each_person_comes_in_once(world):
    publish(world)
    people = [add_person(world, n) for n in (1, 2, 3)]
    assert [enrol(world, TUESDAY), enrol(world, TUESDAY + DAY)] == [3, 0]
    late = add_person(world, 4)
    assert enrol(world, TUESDAY + 2 * DAY) == 1
    inside = rows(world, m.Enrolment)
    assert [e.contact_id for e in inside] == [*people, late]
    assert {(e.state, e.decide_at == e.since) for e in inside} == {("active", True)}
    assert [e.lot for e in inside] == [world.signer.lot("meetings", e.contact_id) for e in inside]


def test_one_person_may_be_in_two_campaigns(world):
    publish(world)
    publish(world, "clarifications")
    add_person(world)
    assert enrol(world, TUESDAY) == 2
    assert len({e.lot for e in rows(world, m.Enrolment)}) == 2, "each campaign draws a lot of its own"


@pytest.mark.parametrize(
    ("audience", "who"),
    [
        ({}, ["boss", "buyer", "clerk", "guest"]),  # empty means all
        ({"statuses": ["staff"]}, ["clerk"]),
        ({"statuses": ["staff", "manager"]}, ["buyer", "clerk"]),  # either
        ({"countries": ["US"]}, ["buyer"]),
        ({"countries": ["US"], "statuses": ["staff"]}, []),  # both must hold
        ({"interests": ["hot"]}, ["guest"]),
        ({"sources": ["Spring fair"]}, ["boss"]),  # by name
        ({"sources": ["bought"]}, ["buyer", "clerk"]),  # by kind
        ({"sources": ["Spring fair", "bought"]}, ["boss", "buyer", "clerk"]),  # either
        ({"sources": ["nobody's list"]}, []),
    ],
)
def test_the_audience_says_who_is_meant(world, audience, who):
    fair = add_source(world, "Spring fair", "import")
    north, south = add_source(world, "List north", "bought"), add_source(world, "List south", "bought")
    add_person(world, 1, name="boss", source_id=fair)
    add_person(world, 2, name="buyer", status="manager", country="US", source_id=north)
    add_person(world, 3, name="clerk", status="staff", source_id=south)
    add_person(world, 4, name="guest", status="unknown", interest="hot")
    merged = add_person(world, 5, name="twice", source_id=fair)
    with world.db.write() as session:
        session.get_one(m.Contact, merged).merged_into = 1
    publish_with(world, audience=audience)
    enrol(world, TUESDAY)
    names = {contact.id: contact.name for contact in rows(world, m.Contact)}
    assert [names[e.contact_id] for e in rows(world, m.Enrolment)] == who


@pytest.mark.parametrize("state", ["draft", "paused", "ended"])
def test_a_campaign_that_is_not_live_takes_nobody_and_decides_nothing(world, state):
    publish(world)
    add_person(world, 1)
    enrol(world, TUESDAY)
    add_person(world, 2)
    with world.db.write() as session:
        session.scalars(select(m.Campaign)).one().state = state
    assert enrol(world, TUESDAY) == 0
    assert plan.due(world, TUESDAY) == []


# ---- what is written down


def test_a_decision_keeps_what_it_rested_on(world):
    person = add_person(world)
    publish(world)
    plan_everything(world)
    found, touch = decision(world), only(world)
    assert (found.verdict, found.channel, found.kind, found.first) == ("act", touch.channel, touch.kind, True)
    assert (found.at, found.step, found.moment, found.rules_version) == (TUESDAY, 1, touch.due_at, RULES_VERSION)
    assert found.contact_id == person
    assert found.context["person"]["zones"] == ["Europe/Berlin"]
    assert {fact["channel"] for fact in found.context["person"]["consents"]} >= {"call_auto", "email"}
    assert found.context["law"] == "DE"
    assert found.context["lot"] == 0.5, "one lot for all, since nothing is drawn in this campaign"
    assert not {"Person 1", "person1@firm.example", "+493023125001"} & set(walk(found.context)), "nobody by name"
    assert found.reasons[0]["rule"] == "A5"
    assert all(sentence(plan.reason_of(reason)) for reason in found.reasons), "every reason can be told"
    assert {change["fact"] for change in found.changes} >= {"goal"}, "what would have changed it"
    assert (touch.decision_id, touch.contact_id, touch.step, touch.attempt) == (found.id, person, 1, 1)
    assert touch.consent_id is not None
    [event] = rows(world, m.TouchEvent)
    assert (event.touch_id, event.was, event.now, event.who) == (touch.id, None, "planned", "planner")


def test_chances_are_written_down_wherever_a_lot_was_drawn_or_could_have_been(world):
    for number in range(1, 41):
        add_person(world, number)
    publish_with(world, comparison_sample=0.4)
    plan_everything(world)
    modes = set()
    for found in rows(world, m.Decision):
        modes.add((found.mode, found.channel))
        assert sum(found.propensities.values()) == pytest.approx(1)
        assert all(0.05 <= chance <= 0.95 for chance in found.propensities.values()), found.propensities
        assert found.propensity == found.propensities[found.channel]
    assert modes == {("explore", "call"), ("explore", "email"), ("policy", "call")}


def test_without_a_sample_there_are_no_chances(world):
    add_person(world)
    publish(world)
    plan_everything(world)
    assert (decision(world).propensities, decision(world).propensity) == ({}, None)


def test_whoever_has_no_zone_waits_and_the_row_says_so(world):
    add_person(world, zones=[], held="needs a time zone")
    publish(world)
    plan_everything(world)
    found = decision(world)
    assert (found.verdict, found.channel, found.held) == ("held", None, "needs a time zone")
    assert [reason["code"] for reason in found.reasons] == ["needs_zone"]
    assert touches(world) == []
    [enrolment] = rows(world, m.Enrolment)
    assert (enrolment.state, enrolment.decide_at) == ("active", None), "waiting, not given up"


def test_not_acting_is_an_answer_with_a_reason(world):
    add_person(world, consents=(), business=False)
    publish(world, shape="operator_first")
    plan_everything(world)
    found = decision(world)
    assert (found.verdict, found.channel) == ("never", None)
    assert {reason["code"] for reason in found.ruled_out.values()} == {"needs_consent"}
    assert {reason["rule"] for reason in found.reasons} == {"E1"}
    [enrolment] = rows(world, m.Enrolment)
    assert (enrolment.state, enrolment.stopped_why, enrolment.decide_at) == ("done", "needs_consent", None)


def test_a_call_that_a_colleague_makes_needs_no_yes_to_automated_ones(world):
    """E1, at once and in bulk; neither is a message left on a machine."""
    add_person(world, consents=())
    publish(world, shape="operator_first", channels=["call"])
    plan_everything(world)
    planned = only(world)
    assert (planned.channel, planned.automated, planned.voicemail) == ("call", False, False)
    assert (planned.template, planned.consent_id) == ("outline", None)


def test_the_report_tells_rule_channel_count_and_a_sample(world):
    for number in (1, 2):
        add_person(world, number, consents=("email",))
    add_person(world, 3, zones=[])
    publish(world)
    enrol(world, TUESDAY)
    [batch] = plan.due(world, TUESDAY)
    report = plan.decide_batch(world, batch, TUESDAY)
    assert report.decided == 3
    told = [(row["rule"], row["channel"], row["count"]) for row in report.rows]
    assert told == [("A4", "email", 2), ("A4", "none", 1)]
    assert all(row["sample"].strip() for row in report.rows)


# ---- when


def test_a_moment_beyond_the_horizon_is_not_planned_yet(world):
    """Decided too early it would rest on old facts; nothing is written before its time."""
    publish_with(world, channels=["call"])
    add_person(world)
    enrol(world, CLOSING)
    [batch] = plan.due(world, CLOSING)
    plan.decide_batch(world, batch, CLOSING)
    assert (touches(world), rows(world, m.Decision)) == ([], [])
    [enrolment] = rows(world, m.Enrolment)
    horizon = world.settings.horizon_hours * HOUR
    assert enrolment.decide_at > CLOSING
    assert plan.due(world, enrolment.decide_at - 1) == []
    now = enrolment.decide_at
    plan.decide_batch(world, [enrolment.id], now)
    assert now < only(world).due_at <= now + horizon


def test_planning_twice_plans_nothing_twice(world):
    for number in range(1, 6):
        add_person(world, number)
    publish(world)
    enrol(world, TUESDAY)
    [batch] = plan.due(world, TUESDAY)
    for _ in range(2):  # a batch handed out twice
        plan.decide_batch(world, batch, TUESDAY)
    plan_everything(world)
    assert len(touches(world)) == len(rows(world, m.Decision)) == 5
    assert plan.due(world, TUESDAY + 30 * DAY) == [], "their touch is under way"


def test_batches_are_full_and_in_order(world, monkeypatch):
    monkeypatch.setattr(plan, "BATCH", 2)
    for number in range(1, 6):
        add_person(world, number)
    publish(world)
    assert enrol(world, TUESDAY) == 5
    assert [len(batch) for batch in plan.due(world, TUESDAY)] == [2, 2, 1]
    order = [e.contact_id for batch in plan.due(world, TUESDAY) for e in map(enrolment_of(world), batch)]
    assert order == sorted(order)


def enrolment_of(world):
    found = {e.id: e for e in rows(world, m.Enrolment)}
    return found.__getitem__


# ---- facts change


def test_deciding_again_cancels_and_plans_anew_in_one_transaction(world):
    add_person(world)
    publish(world)
    plan_everything(world)
    first = only(world)
    with world.db.write() as session:
        plan.decide_again(world, session, first.enrolment_id, TUESDAY + 60, caused_by=first.id)
    old, new = touches(world)
    assert (old.id, old.state, new.state) == (first.id, "cancelled", "planned")
    assert (new.step, new.caused_by) == (2, first.id), "a step number is never used twice"
    events = [(e.touch_id, e.now, e.why) for e in rows(world, m.TouchEvent)][1:]
    assert events == [(old.id, "cancelled", "its reasons changed"), (new.id, "planned", None)]


def test_a_failure_while_deciding_again_leaves_the_old_plan(world):
    add_person(world)
    publish(world)
    plan_everything(world)
    first = only(world)

    def cut_off():
        with world.db.write() as session:
            plan.decide_again(world, session, first.enrolment_id, TUESDAY + 60)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cut_off()
    assert (only(world).state, len(rows(world, m.Decision))) == ("planned", 1)


@pytest.mark.parametrize(
    ("withdrawn", "channel", "verdict"),
    [
        (("call_auto",), "email", "act"),  # the other channel is left
        (("call",), "email", "act"),  # no calls means none of any sort
        (("email",), "call", "act"),
        (("call_auto", "email"), None, "never"),  # nothing is left
    ],
)
def test_a_withdrawn_consent_leaves_the_other_channel_or_none(world, withdrawn, channel, verdict):
    person = add_person(world)
    publish(world)
    plan_everything(world)
    first = only(world)
    with world.db.write() as session:
        for kind in withdrawn:
            no = contacts.consent(person, kind, granted=False, at=TUESDAY, wording="no more")
            contacts.add_consent(session, no)
        session.flush()
        plan.decide_again(world, session, first.enrolment_id, TUESDAY)
    newest = rows(world, m.Decision)[-1]
    assert (newest.verdict, newest.channel) == (verdict, channel)
    assert [t.channel for t in touches(world, state="planned")] == ([channel] if channel else [])
    assert touches(world)[0].state == "cancelled"


def test_nothing_is_decided_again_for_whom_the_campaign_is_over(world):
    add_person(world)
    publish(world)
    plan_everything(world)
    with world.db.write() as session:
        enrolment = session.scalars(select(m.Enrolment)).one()
        enrolment.state, enrolment.stopped_why, enrolment.decide_at = "stopped", "goal_met", None
        plan.decide_again(world, session, enrolment.id, TUESDAY)
    assert only(world).state == "cancelled"


# ---- several planners


def test_two_planners_at_once_plan_each_person_once(world):
    people = [add_person(world, number) for number in range(1, 31)]
    publish(world)
    ready, errors = threading.Barrier(2), []

    def planner():
        ready.wait()
        try:
            plan_everything(world)
        except Exception as error:  # told below, in the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=planner) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with world.db.read() as session:
        per_person = select(m.Touch.contact_id, func.count()).group_by(m.Touch.contact_id)
        assert dict(session.execute(per_person).tuples().all()) == dict.fromkeys(people, 1)
        assert session.scalar(select(func.count(m.Decision.id))) == session.scalar(select(func.count(m.Enrolment.id)))


def test_the_planner_sees_a_change_that_came_after_the_batch_was_made(world):
    """Between handing out and deciding, somebody stopped it: nothing is decided."""
    add_person(world)
    publish(world)
    enrol(world, TUESDAY)
    [batch] = plan.due(world, TUESDAY)
    with world.db.write() as session:
        enrolment = session.scalars(select(m.Enrolment)).one()
        enrolment.state, enrolment.decide_at = "stopped", None
    assert plan.decide_batch(world, batch, TUESDAY).decided == 0
    assert touches(world) == []


def test_over_the_weekend_the_clock_of_the_plan_goes_on(world):
    """A3: on a Saturday the good hour to call is far off, so a mail goes first, on Monday."""
    add_person(world)
    publish(world)
    move_clock(world, SATURDAY)
    plan_everything(world)
    assert touches(world) == [], "Monday's slot is beyond the horizon"
    [enrolment] = rows(world, m.Enrolment)
    move_clock(world, enrolment.decide_at)
    plan_everything(world)
    assert (only(world).channel, decision(world).reasons[-2]["rule"]) == ("email", "A3")
