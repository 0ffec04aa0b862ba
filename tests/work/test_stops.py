"""A pause, a clock that jumped, a crash: nothing leaves meanwhile, nothing is caught up, and one sentence tells what
left."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import pytest
import yaml
from sqlalchemy import delete, func, select, update
from support_world import EXAMPLES, add_person, make_world, move_clock, plan_everything, publish, touches

from channels.base import Accepted
from opportune.rules.facts import DAY, HOUR
from opportune.store import ledger, notes
from opportune.store import models as m
from opportune.work import (
    afterwards,
    campaign_life,
    corrected,
    gate,
    moving,
    optout,
    plan,
    react,
    recording,
    stopping,
    stops,
    watch,
)
from opportune.work.versions import NotAllowed

PEOPLE = 4


@pytest.fixture
def world(db, tmp_path):
    """Four clerks, whose mail is due now."""
    world = make_world(db, tmp_path)
    publish(world, "clarifications")
    for number in range(1, PEOPLE + 1):
        add_person(world, number, status="staff", interest="warm")
    plan_everything(world)
    last = max(touches(world), key=lambda touch: touch.due_at)
    with world.db.write() as session:
        session.execute(update(m.Touch).values(due_at=last.due_at, not_after=last.not_after))
    move_clock(world, last.due_at)
    return world


def send(world, limit=PEOPLE, answer=True):
    """As the dispatcher does; how many left."""
    now = world.clock.now()
    with world.db.write() as session:
        claimed = ledger.claim(session, "email", now, "test", limit=limit)
    with world.db.write() as session:
        going = gate.pass_through(world, session, claimed, now)
    if answer:
        recording.record(world, going, [Accepted(f"queued as {touch.id}") for touch, _ in going])
    return len(going)


def states(world):
    return sorted(touch.state for touch in touches(world))


@pytest.mark.parametrize("key", [None, "clarifications"])
def test_a_pause_takes_effect_at_the_gate(world, key):
    """F3"""
    with world.db.write() as session:
        claimed = ledger.claim(session, "email", world.clock.now(), "test", limit=PEOPLE)
    stops.pause(world, why="wrong price", by="ana", key=key)  # after the claim
    with world.db.write() as session:
        assert gate.pass_through(world, session, claimed, world.clock.now()) == []
    assert states(world) == ["planned"] * PEOPLE
    with pytest.raises(NotAllowed):
        stops.pause(world, why="again", by="bob", key=key)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_version_that_ends_a_pause_has_the_stopped_decided_anew(world):
    """F3: nothing that waited leaves under the words of before."""
    stops.pause(world, why="wrong price", by="ana", key="clarifications")
    assert send(world) == 0
    publish(world, "clarifications", steps=[{"channel": "email"}])
    assert states(world) == ["cancelled"] * PEOPLE
    assert campaign(world)[0] == "live"
    plan_everything(world)
    assert states(world) == ["cancelled"] * PEOPLE + ["planned"] * PEOPLE


#: What somebody says of the stopped ones -> their states right after, states once the planner and the gate ran, the
#: enrolments
RESUMES = [
    ("send", ["planned"] * PEOPLE, ["sent"] * PEOPLE, "active"),
    ("drop", ["cancelled"] * PEOPLE, ["cancelled"] * PEOPLE, "stopped"),
    ("decide", ["cancelled"] * PEOPLE, ["cancelled"] * PEOPLE + ["planned"] * PEOPLE, "active"),
]


@pytest.mark.parametrize("key", [None, "clarifications"])
@pytest.mark.parametrize(("then", "at_once", "later", "enrolments"), RESUMES)
def test_whoever_resumes_says_what_becomes_of_the_stopped(world, key, then, at_once, later, enrolments):
    """F3"""
    stops.pause(world, why="wrong price", by="ana", key=key)
    assert send(world) == 0
    move_clock(world, world.clock.now() + 120)
    assert stops.resume(world, by="ana", key=key, stopped=then) == PEOPLE
    assert states(world) == at_once
    for batch in [world.clock.now()]:
        plan_everything(world)
        send(world)
        assert batch == world.clock.now()
    assert states(world) == later
    with world.db.read() as session:
        assert set(session.scalars(select(m.Enrolment.state))) == {enrolments}
    with pytest.raises(NotAllowed):
        stops.resume(world, by="ana", key=key)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("first", [None, "clarifications"])
def test_what_a_campaign_on_a_pause_of_its_own_holds_is_asked_about_when_it_goes_on(world, first):
    """F3: whoever resumes everything decides nothing for it; not even for those whom the stop of everything caught."""
    stops.pause(world, why="look", by="ana", key=first)
    if first is None:
        assert send(world) == 0
    stops.pause(world, why="wrong price", by="bob", key=None if first else "clarifications")
    assert send(world) == 0
    move_clock(world, world.clock.now() + 120)
    assert stops.resume(world, by="ana", stopped="drop") == 0
    assert states(world) == ["planned"] * PEOPLE
    assert stops.resume(world, by="bob", key="clarifications", stopped="drop") == PEOPLE


def test_what_somebody_just_asked_for_is_let_go_on_whatever_becomes_of_the_others(world):
    with world.db.write() as session:
        session.get_one(m.Touch, touches(world)[0].id).kind = "requested"
    stops.pause(world, why="look", by="ana")
    stops.resume(world, by="ana", stopped="drop")
    assert states(world) == ["cancelled"] * (PEOPLE - 1) + ["planned"]


def test_one_sentence_says_what_left(world):
    """F4"""
    assert send(world, 1) == 1
    assert send(world, 1, answer=False) == 1  # and then it died
    began = world.clock.now()
    stops.pause(world, why="wrong price", by="ana")
    assert send(world) == 0
    found = afterwards.report(world, began)
    assert found["sentence"] == "1 left, 2 stopped, 1 not sure, 0 twice"
    assert [row["to"] for row in found["lists"]["left"]] == ["person1@firm.example"]
    assert {row["state"] for row in found["lists"]["stopped"]} == {"planned"}
    assert {row["state"] for row in found["lists"]["not_sure"]} == {"sending"}
    move_clock(world, began + HOUR)
    stops.resume(world, by="ana")
    assert afterwards.report(world, began)["stopped"] == 2  # they were, whatever was decided since


@pytest.mark.parametrize("key", [None, "clarifications"])
def test_without_a_moment_it_tells_of_the_latest_stop(world, key):
    """F4: of what left before it too, and of nobody whom it did not stop."""
    publish(world, "meetings")
    assert send(world, 2) == 2
    move_clock(world, world.clock.now() + 60)
    stops.pause(world, why="wrong price", by="ana", key=key)
    with world.db.write() as session:  # due in the other campaign, which goes on
        columns = {c.name: getattr(touches(world)[0], c.name) for c in m.Touch.__table__.columns if c.name != "id"}
        other = session.scalars(select(m.Campaign.id).where(m.Campaign.key == "meetings")).one()
        columns |= {"key": "other", "token": "other", "campaign_id": other, "state": "planned"}
        session.add(m.Touch(**columns | {"sending_at": None, "provider_id": None, "message_id": None}))
    others = 1 if key is None else 0
    assert told(world) == f"2 left, {2 + others} stopped, 0 not sure, 0 twice"
    stops.resume(world, by="ana", key=key, stopped="drop")
    assert told(world) == f"2 left, {2 + others} stopped, 0 not sure, 0 twice"
    move_clock(world, world.clock.now() + HOUR)
    stops.pause(world, why="look again", by="ana", key=key)
    assert told(world) == "0 left, 0 stopped, 0 not sure, 0 twice"  # it begins where we went on
    stops.resume(world, by="ana", key=key)
    move_clock(world, world.clock.now() + 90 * DAY)
    assert afterwards.report(world)["since"] == world.clock.now() - DAY  # long over


def told(world):
    return afterwards.report(world)["sentence"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_pause_is_told_by_itself(world):
    """F4: of two campaigns that stopped one after the other, and of both when nobody says."""
    publish(world, "meetings")
    assert send(world, 1) == 1
    stops.pause(world, why="wrong price", by="ana", key="clarifications")
    stops.pause(world, why="look", by="ana", key="meetings")
    assert told(world) == "1 left, 3 stopped, 0 not sure, 0 twice"
    assert afterwards.report(world, of="clarifications")["stopped"] == 3
    assert afterwards.report(world, of="meetings")["sentence"] == "0 left, 0 stopped, 0 not sure, 0 twice"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_died_while_sending_is_a_stop_too(world):
    """F4: also when the next one begins within seconds."""
    with watch.at_work(world):
        assert not watch.died(world)  # it lives
        assert send(world, 2) == 2
    assert not watch.died(world)  # it ended in order
    never_ends = watch.at_work(world)
    never_ends.__enter__()
    [(key, life)] = notes.starting(world.db, watch.AT_WORK).items()
    (gone := subprocess.Popen(["true"])).wait()
    notes.put(world.db, key, life | {"pid": gone.pid})
    move_clock(world, world.clock.now() + 20)
    with watch.at_work(replace(world, owner="the next one")):
        assert told(world) == "2 left, 2 stopped, 0 not sure, 0 twice"
        assert not watch.died(world)  # told once
    move_clock(world, world.clock.now() + 90 * DAY)
    assert afterwards.report(world)["since"] == world.clock.now() - DAY


def test_what_left_twice_would_be_told(world):
    send(world)
    first = touches(world)[0]
    with world.db.write() as session:
        again = react.try_again(world, session, session.get_one(m.Touch, first.id), world.clock.now())
        again.state, again.sending_at = "sent", world.clock.now()
    assert afterwards.report(world, first.sending_at)["twice"] == 1


class Settable:
    """A machine whose clock somebody can set; `steady` is what nobody can."""

    def __init__(self, now):
        self.at, self.ran, self.start = now, 1000.0, "one"

    def now(self):
        return self.at

    def exact(self):
        return float(self.at)

    def steady(self):
        return self.start, self.ran

    def run(self, seconds, clock=None):
        self.ran += seconds
        self.at += seconds if clock is None else clock


#: Seconds that passed, seconds the clock says passed -> may sending go on?
CLOCKS = [
    (10, 10, True),
    (10, 10 + watch.JUMP, True),  # set right by a little
    (10, 11 + watch.JUMP, False),
    (10, 10 + HOUR, False),
    (10, 10 - HOUR, False),
    (10, -DAY, False),
    (DAY, DAY, True),  # nobody was there: no jump
    (DAY, 2 * DAY, False),
    (600, 0, False),  # it stood still
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("same_process", [True, False])
@pytest.mark.parametrize(("passed", "told", "goes_on"), CLOCKS)
def test_a_clock_that_jumps_pauses_everything(world, passed, told, goes_on, same_process):
    """F1"""
    clock = world.clock = Settable(world.clock.now())
    assert watch.look(world)
    clock.run(passed, told)
    if not same_process:
        world.extras.clear()
    assert watch.look(world) is goes_on
    switch = notes.get(world.db, gate.KILL_SWITCH)
    assert bool(switch) is not goes_on
    clock.run(1)
    assert watch.look(world)  # told once
    if not goes_on:
        assert "opportune resume" in switch["why"]
        assert send(world) == 0
        stops.resume(world, by="ana")
        assert not notes.get(world.db, gate.KILL_SWITCH)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("wrong", "noted"), [(3 * HOUR, True), (3 * HOUR, False), (-3 * HOUR, True)])
def test_whom_a_jumping_clock_stopped_is_known_once_it_is_right_again(world, wrong, noted):
    """F1: the stop was written in the wrong time, so it is held against events, not hours. `noted`: as it is written
    today, or as an older release wrote it."""
    clock = world.clock = Settable(world.clock.now())
    watch.look(world)
    clock.run(10, 10 + wrong)
    assert not watch.look(world)
    if not noted:
        switch = notes.get(world.db, gate.KILL_SWITCH)
        notes.put(world.db, gate.KILL_SWITCH, {name: switch[name] for name in ("at", "by", "why")})
    clock.run(600, 600 - wrong)
    assert not watch.look(world)
    assert send(world) == 0  # the gate puts back what is due
    clock.run(540)
    assert afterwards.report(world)["sentence"] == f"0 left, {PEOPLE} stopped, 0 not sure, 0 twice"
    assert stops.resume(world, by="ana", stopped="drop") == PEOPLE
    assert states(world) == ["cancelled"] * PEOPLE


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("told", "goes_on"), [(7 * DAY, True), (-watch.JUMP, True), (-HOUR, False)])
def test_after_a_new_start_of_the_machine_only_a_clock_set_back_can_be_told(world, told, goes_on):
    clock = world.clock = Settable(world.clock.now())
    watch.look(world)
    world.extras.clear()
    clock.start, clock.ran, clock.at = "two", 5.0, clock.at + told
    assert watch.look(world) is goes_on


def ending(world, ends):
    document = yaml.safe_load((EXAMPLES / "clarifications.yaml").read_text())
    with world.db.write() as session:
        version = session.scalars(select(m.CampaignVersion)).one()
        version.document = {**version.document, "ends": ends}
        assert document["key"] == session.scalars(select(m.Campaign.key)).one()
    world.extras.clear()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("away", "state"), [(3 * DAY, "paused"), (30, "ended")])
def test_a_campaign_whose_last_day_passed_while_we_were_down_waits_for_a_person(world, away, state):
    """F2: had we been there, it would have ended."""
    ending(world, "2026-03-04")
    clock = world.clock = Settable(1_772_712_000 - 20)  # twenty seconds before noon of the day after, UTC
    watch.look(world)
    assert campaign(world) == ("live", None)
    if away < watch.TICK:
        clock.run(away)
        watch.look(world)
        away = watch.TICK
    clock.run(away)
    world.extras.pop("tick")
    watch.look(world)
    assert campaign(world)[0] == state
    if state == "paused":
        assert "while nobody was there" in campaign(world)[1]
        assert send(world) == 0
        clock.run(watch.TICK)
        with pytest.raises(NotAllowed, match="later `ends`"):
            stops.resume(world, by="ana", key="clarifications")
        watch.look(world)
        assert campaign(world)[0] == "paused"
        assert {touch.state for touch in touches(world)} == {"planned"}  # a refusal touches nobody


def campaign(world):
    with world.db.read() as session:
        row = session.scalars(select(m.Campaign)).one()
        return row.state, row.paused_why


def test_a_correction_goes_to_exactly_those_who_got_the_first(world):
    """F4, also while the campaign is paused, and though somebody has answered meanwhile."""
    began = world.clock.now()
    assert send(world, 2) == 2
    assert send(world, 1, answer=False) == 1
    got = {touch.contact_id for touch in touches(world) if touch.state == "sent"}
    with world.db.write() as session:
        replied = session.get_one(m.Touch, touches(world)[0].id)
        react.replied(world, session, replied, "thanks", began)
    stops.pause(world, why="wrong price", by="ana", key="clarifications")
    said = {"template": "follow_up", "since": began, "by": "ana"}
    assert corrected.correct(world, "clarifications", **said) == {"planned": 2, "left_out": 0, "not_sure": 1}
    assert corrected.correct(world, "clarifications", **said)["planned"] == 0  # said twice
    with world.db.write() as session:  # owed, whatever the next decision says
        for enrolment in session.scalars(select(m.Enrolment.id)).all():
            plan.decide_again(world, session, enrolment, began)
    corrections = touches(world, kind="correction")
    assert {touch.state for touch in corrections} == {"planned"}
    assert {touch.contact_id for touch in corrections} == got
    assert {touch.caused_by for touch in corrections} == {t.id for t in touches(world) if t.state == "sent"}
    for _ in range(3):  # each in its reader's slot
        move_clock(world, min(t.due_at for t in touches(world, kind="correction", state="planned")))
        send(world)
        if not touches(world, kind="correction", state="planned"):
            break
    assert {touch.state for touch in touches(world, kind="correction")} == {"sent"}


#: What became of their touch -> corrections planned, people of whom we are not sure
FIRST = [
    ({"state": "sent"}, 1, 0),
    ({"state": "delivered"}, 1, 0),
    ({"state": "complained"}, 1, 0),
    ({"state": "bounced"}, 0, 0),  # never reached them
    ({"state": "assumed_sent"}, 0, 1),  # nobody knows
    ({"state": "uncertain"}, 0, 1),
    ({"channel": "call", "state": "no_answer"}, 0, 0),
    ({"channel": "call", "state": "busy"}, 0, 0),
    ({"channel": "call", "state": "cancel_requested"}, 0, 1),  # may be speaking to them
    ({"channel": "call", "state": "completed", "said": "sorry"}, 0, 0),  # picked up, and we had no words
    ({"channel": "call", "state": "completed", "said": "announce"}, 1, 0),
    ({"channel": "call", "state": "voicemail_left", "said": "voicemail"}, 1, 0),
    ({"channel": "call", "state": "completed", "talk_seconds": 40}, 1, 0),  # a colleague told them
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_never_got_the_first_gets_no_correction(world):
    """F4: it would be the first they hear of it."""
    began = world.clock.now()
    send(world, 1)
    first = touches(world, state="sent")[0].id
    for became, planned, not_sure in FIRST:
        with world.db.write() as session:
            corrections = select(m.Touch.id).where(m.Touch.kind == "correction").scalar_subquery()
            session.execute(delete(m.TouchEvent).where(m.TouchEvent.touch_id.in_(corrections)))
            session.execute(delete(m.Touch).where(m.Touch.kind == "correction"))
            afresh = {"channel": "email", "said": None, "talk_seconds": None}
            session.execute(update(m.Touch).where(m.Touch.id == first).values(afresh | became))
        done = corrected.correct(world, "clarifications", template="follow_up", since=began, by="ana")
        assert done == {"planned": planned, "left_out": 0, "not_sure": not_sure}, became


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_two_colleagues_who_correct_the_same_write_once(world):
    """F4: whatever moment each of them names, and though another step has left in between."""
    began = world.clock.now()
    assert send(world, 2) == 2
    said = {"template": "follow_up", "by": "ana"}
    assert corrected.correct(world, "clarifications", since=began, **said)["planned"] == 2
    assert corrected.correct(world, "clarifications", since=began - 1, **said)["planned"] == 0
    first, later = touches(world, state="sent")[0], touches(world, state="planned", kind="approach")[0]
    theirs = {"contact_id": first.contact_id, "enrolment_id": first.enrolment_id, "step": 9}
    theirs |= {"state": "sent", "sending_at": began}
    with world.db.write() as session:
        session.execute(update(m.Touch).where(m.Touch.id == later.id).values(theirs))
    again = corrected.correct(world, "clarifications", since=began - 2, **said)
    assert again == {"planned": 0, "left_out": 2, "not_sure": 0}


@pytest.mark.parametrize("act", ["move", "end"])
def test_a_correction_is_owed_whatever_becomes_of_the_campaign(world, act):
    """Said again it would not be planned again: nobody would ever hear that the price was wrong."""
    began = world.clock.now()
    assert send(world, 2) == 2
    corrected.correct(world, "clarifications", template="follow_up", since=began, by="ana")
    if act == "end":
        campaign_life.end(world, "clarifications", by="ana")
    else:
        with world.db.read() as session:
            [(id, version)] = session.execute(select(m.Campaign.id, m.Campaign.version_id)).all()
        with world.db.write() as session:
            columns = {c.name: getattr(session.get_one(m.CampaignVersion, version), c.name)
                       for c in m.CampaignVersion.__table__.columns if c.name != "id"}  # fmt: skip
            newer = m.CampaignVersion(**columns | {"sha": "another"})
            session.add(newer)
            session.flush()
        assert moving.move(world, id, newer.id, "ana") == PEOPLE
    assert {touch.state for touch in touches(world, kind="correction")} == {"planned"}
    move_clock(world, max(touch.due_at for touch in touches(world, kind="correction")))
    send(world)
    assert "cancelled" not in {touch.state for touch in touches(world, kind="correction")}


@pytest.mark.parametrize("end", ["reply", "goal met", "a colleague's reply"])
def test_a_correction_is_owed_also_to_who_answers_while_it_waits(world, end):
    """F4: they answered to the wrong date. Only what we want from them stops (promise 5)."""
    began = world.clock.now()
    assert send(world, 2) == 2
    corrected.correct(world, "clarifications", template="follow_up", since=began, by="ana")
    first, second = touches(world, state="sent")
    with world.db.write() as session:
        enrolments = [session.get_one(m.Enrolment, each.enrolment_id) for each in (first, second)]
        if end == "reply":
            react.replied(world, session, session.get_one(m.Touch, first.id), "thanks", began)
        elif end == "goal met":
            react.goal_met(world, session, enrolments[0], first.id, "booked", began)
        else:
            stopping.stop(session, enrolments[1], "colleague_replied", began)
        assert "stopped" in {each.state for each in enrolments}
    assert {touch.state for touch in touches(world, kind="correction")} == {"planned"}


@pytest.mark.parametrize("channel", [None, "email"])
def test_a_no_cancels_the_correction_too(world, channel):
    began = world.clock.now()
    send(world, 1)
    corrected.correct(world, "clarifications", template="follow_up", since=began, by="ana")
    [waits] = touches(world, kind="correction")
    said = {"reason": "said no", "evidence": "stop", "now": began, "touch_id": None, "channel": channel}
    with world.db.write() as session:
        optout.opt_out(world, session, waits.contact_id, **said)
    assert touches(world, kind="correction")[0].state == "cancelled"


def test_a_correction_outlives_what_is_dropped_after_a_pause(world):
    """Everything was stopped since the price was wrong: that is when somebody corrects, and drops what waited."""
    began = world.clock.now()
    assert send(world, 2) == 2
    stops.pause(world, why="wrong price", by="ana")
    corrected.correct(world, "clarifications", template="follow_up", since=began, by="ana")
    with world.db.write() as session:
        enrolments = {each.enrolment_id for each in touches(world, kind="correction")}
        waits = session.scalars(select(m.Touch).where(m.Touch.state == "planned", m.Touch.kind != "correction")).all()
        for touch, enrolment in zip(waits, enrolments, strict=True):  # as if their next step had been due meanwhile
            touch.enrolment_id = enrolment
    stops.resume(world, by="ana", stopped="drop")
    assert {touch.state for touch in touches(world, kind="correction")} == {"planned"}


def test_a_correction_leaves_out_who_said_no_and_names_a_template_that_exists(world):
    began = world.clock.now()
    send(world, 1)
    with pytest.raises(NotAllowed, match="there are: "):
        corrected.correct(world, "clarifications", template="no such", since=began, by="ana")
    with pytest.raises(NotAllowed, match="there is no campaign"):
        corrected.correct(world, "nothing", template="follow_up", since=began, by="ana")
    with world.db.write() as session:
        person = touches(world, state="sent")[0].contact_id
        session.get_one(m.Contact, person).email = None
    done = corrected.correct(world, "clarifications", template="follow_up", since=began, by="ana")
    assert done == {"planned": 0, "left_out": 1, "not_sure": 0}
    outside = corrected.correct(world, "clarifications", template="follow_up", since=began + 1, by="ana")
    assert outside == {"planned": 0, "left_out": 0, "not_sure": 0}


def test_the_commands(world, monkeypatch):
    from typer.testing import CliRunner

    from opportune.cli import common, register
    from opportune.cli.common import app

    register(["pause"])
    monkeypatch.setattr("opportune.cli.ledger.world", lambda: world)
    monkeypatch.setitem(common.PLACE, "practice", False)

    def run(*words):
        return CliRunner().invoke(app, list(words), catch_exceptions=False)

    send(world, 1)
    assert "Paused" in run("pause", "--why", "wrong price").stdout
    assert run("pause").exit_code == 1
    send(world)
    assert "1 left, 3 stopped, 0 not sure, 0 twice" in run("report", "--since", "2026-03-01").stdout
    assert "person2@firm.example" in run("report", "--since", "2026-03-01", "--list", "stopped").stdout
    assert "no moment" in run("report", "--since", "yesterday").stderr
    assert json.loads(run("resume", "--stopped", "drop", "--json").stdout) == {"caught": 3, "stopped": "drop"}
    told = run("correct", "clarifications", "--template", "follow_up", "--since", "2026-03-01")
    assert "1 corrections are planned" in told.stdout
    replayed = json.loads(run("replay", "--opt-outs", "--json").stdout)
    assert replayed == {"applied": 0, "failed": 0, "opt_outs": 0, "erased": 0}
    assert "not on the do-not-contact list" in run("allow", str(touches(world)[0].contact_id), "--why", "x").stderr
    with world.db.read() as session:
        assert session.scalar(select(func.count(m.Audit.id)).where(m.Audit.act.in_(("paused", "resumed")))) == 2
