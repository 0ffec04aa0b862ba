"""What is done about what the carrier says, whom nobody dials, what a day may cost, which number is shown.

Over real HTTP: a server on loopback answers as Twilio would.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select
from support_wire import Wire
from support_world import TUESDAY, add_person, make_world, move_clock, plan_everything, publish, touches

from channels.voice import VoiceEvent
from opportune.rules.facts import DAY, HOUR
from opportune.store import models as m
from opportune.store import pacing, tallies
from opportune.work import callbacks, calls, calls_held, dialling, dispatch, number_book, numbers, pace, spending
from opportune.work.number_book import NoNumber

LITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OURS = "+442079460100"


@pytest.fixture
def wire():
    server = Wire()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def world(db, tmp_path, wire):
    """Three Germans whose calls are due; we may call thirty a second."""
    world = make_world(db, tmp_path, twilio_url=wire.url, calls_per_second=30)
    publish(world)
    for number in (1, 2, 3):
        add_person(world, number)
    plan_everything(world)
    due_now(world)
    return world


def due_now(world):
    with world.db.write() as session:
        for touch in session.scalars(select(m.Touch).where(m.Touch.state == "planned")):
            touch.due_at, touch.not_after = world.clock.now(), world.clock.now() + HOUR


def refuses(wire, code, status=400):
    wire.answer = status, {"code": code, "message": "No.", "more_info": "", "status": status}


def accepts(wire):
    accepts.number = getattr(accepts, "number", 0) + 1
    wire.answer = 201, {"sid": f"CA{accepts.number}", "status": "queued", "queue_time": "0"}


def held(world):
    return {each["what"]: each["why"] for each in calls_held.told(world)}


def next_calls(world, seconds=2):
    move_clock(world, world.clock.now() + seconds)
    due_now(world)
    return dispatch.calls(world)


def only_one(world):
    """Of the three only the first one's call is left."""
    with world.db.write() as session:
        for touch in session.scalars(select(m.Touch).where(m.Touch.contact_id > 1)):
            session.query(m.TouchEvent).filter_by(touch_id=touch.id).delete()
            session.delete(touch)


@LITE
def test_a_wrong_token_stops_all_calls_until_somebody_has_mended_it(world, wire):
    refuses(wire, 20003, 401)
    dispatch.calls(world)
    assert "OPPORTUNE_TWILIO_TOKEN" in held(world)["calls"]
    asked = len(wire.forms)  # those that were on the wire: two or all three
    assert next_calls(world).sent == next_calls(world, DAY).sent == 0
    assert len(wire.forms) == asked > 1
    accepts(wire)
    assert calls_held.resume(world, None, by="me") == 1
    assert held(world) == {}
    move_clock(world, TUESDAY + 7 * DAY)
    only_one(world)
    assert next_calls(world).sent == 1


@LITE
@pytest.mark.parametrize("country", ["de", None])
def test_a_country_that_is_switched_off_waits_and_the_others_go_on(world, wire, country):
    """Until somebody lets it go on, or everything."""
    refuses(wire, 21215)
    dispatch.calls(world)
    assert "geo permissions" in held(world)["calls to DE"]
    with world.db.write() as session:
        session.get_one(m.Contact, 3).phone = "+442079460777"
    accepts(wire)
    asked = len(wire.forms)  # two or all three: the first answer may come before the third leaves
    next_calls(world)
    assert [form["To"] for form in wire.forms[asked:]] == [["+442079460777"]]
    assert calls_held.resume(world, "fr", by="me") == 0
    assert "geo permissions" in held(world)["calls to DE"]
    assert calls_held.resume(world, country, by="me") == 1
    assert held(world) == {}


@LITE
@pytest.mark.parametrize(("ahead", "sent"), [(DAY, 1), (2 * pacing.FAR / 3, 0)], ids=["wrong", "busy"])
def test_turns_that_a_wrong_clock_took_are_nobodys(world, wire, ahead, sent):
    """F1: it was hours ahead, and is set right: calls go on. A queue of some minutes is one, and is kept."""
    only_one(world)
    accepts(wire)
    with world.db.write() as session:
        pacing.turns(session, pace.PACE, space=1.0, number=1, now=world.clock.exact() + ahead)
    assert dispatch.calls(world).sent == sent


@LITE
@pytest.mark.parametrize("code", [10004, 86008, 22005, 20429])
def test_too_fast_lowers_the_pace(world, wire, code):
    refuses(wire, code, 429 if code == 20429 else 400)
    dispatch.calls(world)
    with world.db.read() as session:
        assert pace.rate(world, session, world.clock.now()) == 15
    assert held(world)["pace"].startswith("15 calls a second")
    assert {touch.state for touch in touches(world)} == {"not_sent", "planned"}  # nothing was placed: once more


@LITE
def test_a_call_that_waits_at_the_carrier_says_that_we_are_too_fast(world, wire):
    wire.answer = 201, {"sid": "CA7", "status": "queued", "queue_time": "9000"}
    only_one(world)
    dispatch.calls(world)
    assert touches(world)[0].state == "sent"
    assert "9 seconds" in held(world)["pace"]


@LITE
def test_a_call_that_would_be_dialled_after_its_window_is_cancelled_at_once(world, wire):
    wire.answer = 201, {"sid": "CA8", "status": "queued", "queue_time": str(2 * HOUR * 1000)}
    only_one(world)
    dispatch.calls(world)
    assert touches(world)[0].state == "cancel_requested"
    assert wire.forms[1]["Status"] == ["canceled"]


@LITE
@pytest.mark.parametrize("code", [21210, 21212])
def test_a_number_of_ours_that_is_not_verified_rests_until_somebody_says_use(world, wire, code):
    refuses(wire, code)
    dispatch.calls(world)
    assert OURS in held(world)["calls"]  # it was the only one
    asked = len(wire.forms)
    assert next_calls(world).sent == 0
    assert len(wire.forms) == asked
    number_book.use(world, OURS, by="me")
    assert held(world) == {}


@LITE
@pytest.mark.parametrize("code", [21211, 21217])
def test_an_invalid_number_is_cleaned_out_and_the_person_is_written_to(world, wire, code):
    """E7"""
    only_one(world)
    refuses(wire, code)
    dispatch.calls(world)
    assert [(t.channel, t.state) for t in touches(world)] == [("call", "failed"), ("email", "planned")]
    with world.db.read() as session:
        assert session.get_one(m.Contact, 1).phone is None


@LITE
@pytest.mark.parametrize("code", [21214, 13224])
def test_a_number_that_cannot_be_reached_is_tried_once_more_the_next_day(world, wire, code):
    only_one(world)
    refuses(wire, code)
    dispatch.calls(world)
    first, again = touches(world)
    assert (first.state, again.attempt, again.due_at - first.settled_at) == ("not_sent", 2, DAY)
    next_calls(world, DAY)
    with world.db.read() as session:
        assert session.get_one(m.Contact, 1).phone is None  # E7
    assert len(wire.forms) == 2


TOLD = [21201, 21205, 21213, 20404, 21216, 21610, 99999]


@LITE
@pytest.mark.parametrize("code", TOLD)
def test_what_only_a_person_can_mend_is_told(world, wire, code):
    only_one(world)
    refuses(wire, code)
    dispatch.calls(world)
    assert "No." in held(world)[f"error {code}"]


def ends(world, sip, status="failed"):
    """Every call that left ends so."""
    for touch in touches(world, state="sent"):
        event = VoiceEvent(touch.provider_id, status, f"{touch.provider_id}:{sip}", sip_code=sip)
        calls.status(world, touch.token, event, world.clock.now())


def one_call(world, wire):
    only_one(world)
    accepts(wire)
    dispatch.calls(world)


@LITE
def test_who_marked_us_as_unwanted_is_not_called_again(world, wire):
    """E1: SIP 607; email is not forbidden by it."""
    one_call(world, wire)
    ends(world, 607)
    with world.db.read() as session:
        assert {(row.channel, row.reason) for row in session.scalars(select(m.Suppression))} == {("call", "unwanted")}
    assert {touch.channel for touch in touches(world, state="planned")} == {"email"}


@LITE
@pytest.mark.parametrize(("sip", "counted"), [(607, (1, 1, 0)), (608, (1, 0, 1)), (486, (1, 0, 0))])
def test_complaints_count_against_the_number_that_was_seen(world, wire, sip, counted):
    one_call(world, wire)
    ends(world, sip)
    with world.db.read() as session:
        seen = tallies.since(session, [f"caller:{OURS}"], 0)[f"caller:{OURS}"]
    assert (seen.sent, seen.complained, seen.blocked) == counted


@LITE
@pytest.mark.parametrize(
    ("what", "calls_made", "complaints", "rests"),
    [
        ("complained", 10, 2, False),  # too few to tell
        ("complained", 50, 3, True),
        ("complained", 100, 3, False),  # a small share
        ("blocked", 50, 2, True),  # taken for spam
    ],
)
def test_a_number_with_complaints_rests_by_itself(world, what, calls_made, complaints, rests):
    """E7, E11: by the table number_rest.toml."""
    number_book.add(world, OURS, "main", by="me")
    touch = m.Touch(caller=OURS)
    with world.db.write() as session:
        tallies.count(session, {f"caller:{OURS}": {"sent": calls_made}}, TUESDAY)
        for _ in range(complaints):
            numbers.complained(session, touch, what, TUESDAY)
    [told] = number_book.listed(world)
    assert (told.state == "rests", bool(told.rest_why)) == (rests, rests)
    if rests:
        number_book.use(world, OURS, by="me")
        move_clock(world, TUESDAY + HOUR)
        with world.db.write() as session:
            numbers.complained(session, touch, what, TUESDAY + HOUR)
        assert number_book.listed(world)[0].state == "in use"  # what was complained of before counts no more


@LITE
def test_people_see_a_number_of_their_country_and_always_the_same(world):
    for number in ("+493023125900", "+493023125901", "+33142685900", OURS):
        number_book.add(world, number, "", by="me")

    def shown(country, contact):
        with world.db.write() as session:
            touch = m.Touch(
                contact_id=contact, sending_at=1, **SAME, key=f"k{contact}", token=f"t{contact}", step=contact
            )
            session.add(touch)
            session.flush()
            return numbers.caller_for(world, session, touch, country, TUESDAY)

    assert shown("FR", 1) == "+33142685900"
    assert shown("US", 2) == OURS  # no number there: the default
    first = shown("DE", 3)
    assert first in ("+493023125900", "+493023125901")
    with world.db.write() as session:
        [touch] = session.scalars(select(m.Touch).where(m.Touch.caller == first))
        other = {"+493023125900", "+493023125901"} - {first}
        fresh = m.Touch(contact_id=3)
        assert numbers._chosen(world, session, 3, "FR", TUESDAY) == first  # moved away: still the same
    number_book.rest(world, first, days=None, why="reviews", by="me")
    with world.db.write() as session:
        assert {numbers._chosen(world, session, fresh.contact_id, "DE", TUESDAY)} == other
        assert numbers.caller_for(world, session, touch, "DE", TUESDAY) == first  # words asked for twice


SAME = {
    "attempt": 9, "channel": "call", "kind": "approach", "template": "announce", "automated": True, "voicemail": False,
    "state": "sent", "due_at": 1, "not_after": 1, "fence": 0, "rules_version": "1", "rank": 0,
}  # fmt: skip


@LITE
def test_what_is_said_of_our_numbers_is_kept_with_its_day_and_who_looked(world):
    """E11"""
    number_book.add(world, "+44 20 7946 0123", "sales", by="me")
    number_book.note(world, "+442079460123", directory="listed as Brightdesk", reputation=None, by="Ann")
    number_book.note(world, "+442079460123", directory=None, reputation="two stars: calls at lunch", by="Bob")
    [told] = number_book.listed(world)
    assert (told.directory_note, told.reputation_note) == ("listed as Brightdesk", "two stars: calls at lunch")
    assert (told.noted_at, told.noted_by, told.country) == (world.clock.now(), "Bob", "GB")


@LITE
@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda w: number_book.add(w, "020 7946 0123", "", by="me"), "with \\+ and the country's code"),  # local format
        (lambda w: number_book.add(w, "+44 909 879 0000", "", by="me"), "premium-rate"),
        (lambda w: number_book.use(w, "+442079460123", by="me"), "none of ours"),
        (lambda w: number_book.note(w, OURS, directory=None, reputation=None, by="me"), "say what you saw"),
    ],
)
def test_what_cannot_be_a_number_of_ours_is_told(world, act, told):
    with pytest.raises(NoNumber, match=told):
        act(world)


NEVER = [
    # number, whether it is dialled
    ("+4930231250", ""),
    ("+12125550123", ""),
    ("+18005550199", ""),  # toll-free: it costs them, not us
    ("+449098790000", "premium"),
    ("+499001234567", "premium"),
    ("+33810123456", "shared-cost"),
    ("+870773111632", "satellite"),
    ("+881622412345", "satellite"),
    ("+49112", "emergency"),
    ("+1911", "emergency"),
    ("+44999", "emergency"),
    ("+49115", "short"),
    ("020 7946 0123", "no international number"),
]


@pytest.mark.parametrize(("number", "why"), NEVER)
def test_what_is_never_dialled(number, why):
    told = dialling.never(number)
    assert why in told
    assert bool(told) == bool(why)


@LITE
@pytest.mark.parametrize("number", ["+449098790000", OURS, "+442079460999", "+442079460555"])
def test_such_a_number_is_asked_for_once_more_before_the_call_and_email_takes_over(world, wire, number):
    """Premium-rate, our own, the colleague's of the settings, one of the pool: however it came into the book."""
    number_book.add(world, "+442079460555", "", by="me")
    only_one(world)
    with world.db.write() as session:
        session.get_one(m.Contact, 1).phone = number
    assert dispatch.calls(world).sent == 0
    next_calls(world)
    assert wire.forms == []
    assert [(t.channel, t.state) for t in touches(world)] == [("call", "cancelled"), ("email", "planned")]


@LITE
def test_nobody_makes_our_own_number_theirs(world):
    with world.db.write() as session:
        person = session.get_one(m.Contact, 1)
        assert "our own" in callbacks._take_number(world, session, person, OURS)
        assert person.phone != OURS


@LITE
def test_calls_under_way_count_at_what_they_will_cost(db, tmp_path, wire):
    """Or fifty would leave before the first one is billed."""
    world = make_world(db, tmp_path, twilio_url=wire.url, calls_per_second=30)
    publish(world, caps={"per_day": 2, "per_week": 4, "daily_spend": 1.5 * spending.EXPECTED})
    for number in (1, 2, 3):
        add_person(world, number)
    plan_everything(world)
    due_now(world)
    accepts(wire)
    assert dispatch.calls(world).claimed == 3
    assert len(wire.forms) == 2
    assert [t.due_at % DAY for t in touches(world, state="planned")] == [0]  # tomorrow, UTC


@LITE
@pytest.mark.parametrize(("automated", "leave"), [(True, 2), (False, 1)])
def test_all_calls_of_a_day_together_have_a_cap_and_a_colleagues_leg_costs_too(world, wire, automated, leave):
    object.__setattr__(world.settings, "calls_daily_spend", 1.5 * spending.EXPECTED)
    with world.db.write() as session:
        rows = session.scalars(select(m.Touch)).all()
        for touch in rows:
            touch.automated = automated
        held_back = spending.over_all(world, session, rows, world.clock.now())
    assert len(rows) - len(held_back) == leave
    assert {why for why, _ in held_back.values()} == {"the day's spend on calls is reached"}
