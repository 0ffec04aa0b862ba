"""Does `why` tell what was decided, what holds now and what would be decided at another moment, without a trace?"""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlalchemy import select
from support_world import TUESDAY, add_person, at, make_world, move_clock, plan_everything, publish

from opportune.rules.decide import decide
from opportune.rules.facts import Change, Channel, History, Person
from opportune.rules.flips import apply
from opportune.store import addresses
from opportune.store import models as m
from opportune.work import cases, whom, why

GOALS = ("meeting", "clarification")


@pytest.fixture
def world(db, tmp_path):
    made = make_world(db, tmp_path / "home")
    yield made
    made.close()


def reach(world, person, email=None, phone=None):
    """Known under these addresses."""
    with world.db.write() as session:
        contact = session.get_one(m.Contact, person)
        pairs = [("email", email or contact.email), ("phone", phone or contact.phone)]
        rows = [addresses.address(contact, kind, value, value) for kind, value in pairs if value]
        addresses.add(session, rows)


def everything(world):
    """Every row of the tables that a decision might touch."""
    with world.db.read() as session:
        tables = (m.Contact, m.Enrolment, m.Decision, m.Touch, m.TouchEvent, m.Outcome)
        columns = [table.__table__ for table in tables]
        return [session.execute(select(table).order_by(table.c.id)).all() for table in columns]


def test_the_story_of_a_planned_call(world):
    """A5, A7, B2: an executive, a meeting, the early hour; the rules by number and sentence."""
    publish(world)
    person = add_person(world)
    reach(world, person)
    plan_everything(world)
    story = why.why(world, "person1@firm.example")
    [campaign] = story["campaigns"]
    [decision] = campaign["decisions"]
    assert (story["contact"], story["status"], decision["channel"]) == (person, "executive", "call")
    assert {reason["rule"] for reason in decision["reasons"]} >= {"A5", "A7", "B2"}
    assert decision["headline"].startswith("We will call on Wed 4 Mar")
    assert all(campaign["eligibility"][kind]["eligible"] for kind in ("call_auto", "voicemail", "email"))
    stretch = decision["not_earlier"][0]
    assert (stretch["from"], stretch["code"]) == (TUESDAY, "early_better")
    assert {"fact": "goal", "value": "clarification", "channel": "email"} in decision["changes"]


def test_in_each_language_the_story_is_whole(world):
    publish(world)
    publish(world, "clarifications")
    person = add_person(world, consents=("email",), status="staff")
    plan_everything(world)
    for language, word in (("en", "Lives"), ("ru", "Часовой пояс"), ("ro", "Locuiește")):
        for moment in (None, "2026-03-04 10:00"):
            story = why.why(world, str(person), language=language, at=moment)
            assert word in story["told"][0]
            assert len(story["campaigns"]) == 2


@pytest.mark.parametrize(
    ("moment", "channel", "code"),
    [
        ("2026-03-05 14:30", "call", "goal_calls"),  # Thursday afternoon
        ("2026-02-28 20:00", "email", "write_first"),  # Saturday evening: a good moment is far (A3)
        ("2026-03-05T13:30:00+00:00", "call", "goal_calls"),  # a zone of its own
    ],
)
def test_at_another_moment_it_is_decided_anew_and_nothing_is_written(world, moment, channel, code):
    publish(world)
    person = add_person(world, status="manager")
    plan_everything(world)
    before = everything(world)
    [campaign] = why.why(world, str(person), at=moment)["campaigns"]
    found = campaign["as_if"]
    assert (found["channel"], code in [reason["code"] for reason in found["reasons"]]) == (channel, True)
    assert "of now" in found["told"]
    assert everything(world) == before


def test_what_happened_later_is_not_known_at_an_earlier_moment(world):
    publish(world)
    person = add_person(world, status="manager")
    plan_everything(world)
    with world.db.write() as session:
        enrolment = session.scalars(select(m.Enrolment)).one()
        enrolment.state, enrolment.stopped_why, enrolment.stopped_at = "stopped", "replied", TUESDAY + 3600
    now, then = (
        why.why(world, str(person), at=moment)["campaigns"][0]["as_if"]
        for moment in ("2026-03-05 14:30", "2026-03-03 13:30")
    )
    assert (now["channel"], now["reasons"][0]["code"]) == (None, "stopped")
    assert then["channel"] == "email"  # a manager's good moment comes on Wednesday afternoon


@pytest.mark.parametrize(
    ("moment", "says"),
    [
        ("2026-02-30 10:00", "no moment"),
        ("tomorrow", "no moment"),
        ("9999-12-31 10:00", "outside the years"),
        ("2026-03-29 02:30", "does not exist in Europe/Berlin"),  # the clocks go forward
    ],
)
def test_an_impossible_moment_is_said_to_be_one(world, moment, says):
    with pytest.raises(why.BadMoment, match=says):
        why.why(world, str(add_person(world)), at=moment)


def test_a_moment_needs_a_zone_to_be_read_in(world):
    person = add_person(world, zones=[])
    with pytest.raises(why.BadMoment, match="zone"):
        why.why(world, str(person), at="2026-03-05 10:00")
    assert why.why(world, str(person), at="2026-03-05T10:00+01:00")["at"] == at("2026-03-05 10:00")


def test_a_number_of_two_people_names_both(world):
    ana, bo = add_person(world, 1), add_person(world, 2)
    for person in (ana, bo):
        reach(world, person, phone="+4930231250111")
    with pytest.raises(why.NotFound, match=rf"2 people: {ana} \(Person 1\), {bo} \(Person 2\)"):
        why.why(world, "030 2312 50111")
    assert why.why(world, str(bo))["contact"] == bo


@pytest.mark.parametrize(
    "who", ["", "nobody@firm.example", "+49 30 999 99999", "424242", "x" * 100_000, "9" * 5_000, "²³"]
)
def test_a_stranger_is_said_to_be_one(world, who):
    with pytest.raises(why.NotFound, match="nobody is known") as said:
        why.why(world, who)
    assert len(str(said.value)) < 300


def test_a_campaign_that_is_not_there_names_those_that_are(world):
    publish(world)
    person = add_person(world)
    with pytest.raises(why.NotFound, match="there are: meetings"):
        why.why(world, str(person), "nothing")
    assert why.why(world, str(person), "meetings")["campaigns"] == []


def test_what_waits_for_data_says_so_and_where_it_would_lead(world):
    publish(world)
    person = add_person(world, zones=[])
    plan_everything(world)
    [campaign] = why.why(world, str(person))["campaigns"]
    assert campaign["present"] == "Waiting: needs a time zone."
    assert [change["fact"] for change in campaign["decisions"][-1]["changes"]] == ["zone"]


people = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["executive", "manager", "staff", "unknown"]),
        "interest": st.sampled_from(["cold", "warm", "hot"]),
        "bought": st.booleans(),
        "zones": st.sampled_from([["Europe/Berlin"], ["Europe/Berlin", "Asia/Omsk"], []]),
        "phone": st.sampled_from(["+4930231250101", None]),
        "email": st.sampled_from(["a@firm.example", None]),
        "prefers": st.sampled_from(["call", "email", None]),
        "consents": st.lists(st.sampled_from(["call_auto", "voicemail", "email"]), unique=True),
    }
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(people, min_size=1, max_size=4), st.integers(0, 7 * 24))
def test_applying_what_the_json_names_flips_the_decision_as_stated(world, rows, hours):
    """Stored decisions and those at another moment alike, through JSON and back."""
    for goal in ("meetings", "clarifications"):
        publish(world, goal)
    with world.db.write() as session:
        for enrolment in session.scalars(select(m.Enrolment)):
            enrolment.state = "stopped"  # people of the example before
    ids = [add_person(world, number, **row) for number, row in enumerate(rows, 1)]
    plan_everything(world)
    now = move_clock(world, world.clock.now() + 60)
    for person in ids:
        story = json.loads(json.dumps(why.why(world, str(person), at=_iso(now + hours * 3600))))
        for campaign in story["campaigns"]:
            assert _unkept(world, campaign, now) == []


def _iso(moment):
    from datetime import UTC, datetime

    return datetime.fromtimestamp(moment, UTC).isoformat()


def _unkept(world, campaign, now):
    """Changes that lead elsewhere than the JSON says, or nowhere else."""
    unkept = []
    with world.db.read() as session:
        rows = {row.id: row for row in session.scalars(select(m.Decision))}
        for told in campaign["decisions"]:
            row = rows[told["id"]]
            [case] = cases.load(world, session, [row.enrolment_id], now)
            person = TypeAdapter(Person).validate_python(row.context["person"])
            history = TypeAdapter(History).validate_python(row.context["history"])
            for change in told["changes"]:
                wanted = Change(change["fact"], change["value"], change["channel"] and Channel(change["channel"]))
                facts = apply(wanted, person, case.campaign, history, row.at)
                found = decide(*facts, case.law, row.at, case.enrolment.lot)
                if found.channel is not wanted.channel or found.channel == row.channel:
                    unkept.append((change, found.channel))
        assert whom.the_one(session, str(case.contact.id)).id == case.contact.id
    return unkept


def test_why_says_when_somebody_is_on_the_do_not_contact_list(world):
    publish(world)
    person = add_person(world)
    with world.db.write() as session:
        addresses.suppress(session, person, reason="unsubscribed", evidence="", at=1)
    story = why.why(world, str(person))
    assert "they unsubscribed" in story["told"][1]
