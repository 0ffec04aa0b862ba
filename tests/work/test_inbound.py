"""Somebody calls us: recognised, greeted, put through, or promised a call at a time that is said; nobody is lost."""

from __future__ import annotations

import itertools
import re

import pytest
from sqlalchemy import select
from support_world import add_person, at, make_world, move_clock, plan_everything, publish, touches

from channels.base import CallState
from channels.voice import VoiceEvent
from opportune.rules.facts import DAY
from opportune.settings import SettingError
from opportune.store import addresses, events
from opportune.store import inbound as store
from opportune.store import models as m
from opportune.web import desk_inbound
from opportune.web.login_words import catalogue
from opportune.work import inbound, inbound_ends, operators, optout, plan, replay

WORDS = catalogue("desk")["en"]
OURS, ANA, STRANGER = "+442079460100", "+493023125001", "+493023125999"
HOUSE = {"house_zone": "Europe/Berlin", "house_name": "Brightdesk", "opening_hours": "Mon-Fri 09:00-18:00"}
COLLEAGUES = {"Kim": "+442079460301", "Lou": "+442079460302"}
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def world(db, tmp_path):
    """Tuesday, 13:00 in Berlin. Ana is in a campaign; nobody of ours is on duty."""
    world = make_world(db, tmp_path, **HOUSE)
    publish(world)
    for name, phone in COLLEAGUES.items():
        operators.add(world, name, phone)
    person(world, 1)
    plan_everything(world)
    return world


def person(world, number, phone=ANA, **given):
    id = add_person(world, number, phone=phone, **given)
    with world.db.write() as session:
        contact = session.get_one(m.Contact, id)
        addresses.add(session, [addresses.address(contact, "phone", phone, phone)])
    return id


def colleague(world, name="Kim"):
    operators.on_duty(world, name)


numbers = itertools.count()


def tell(world, leaf, sid="CA1", caller=ANA, status="in-progress", **more):
    """One webhook of the call; the answer, without its markup."""
    fields = {name: more.pop(name) for name in list(more) if name[0].isupper()}
    key = f"{sid}:{next(numbers)}"
    event = VoiceEvent(sid, status, key, to=OURS, caller=caller, raw={"CallSid": sid, **fields}, **more)
    return leaf(world, event, world.clock.now())


def dial(world, **more):
    """The caller listens to the greeting and presses nothing; what they get next."""
    tell(world, inbound.greet, status="ringing", **more)
    return tell(world, inbound.keys, digits="", **more)


def call(world, sid="CA1"):
    with world.db.read() as session:
        return session.scalars(select(m.InboundCall).where(m.InboundCall.sid == sid)).one()


def contact(world, id=1):
    with world.db.read() as session:
        return session.get_one(m.Contact, id)


def words(twiml):
    return " ".join(re.findall(r"<Say[^>]*>([^<]*)", twiml))


#: Who calls, as the carrier writes it -> the number it is, whom we know by it, and whether it is a way out that is told
CALLERS = [
    (ANA, ANA, 1, True),
    ("030 23125001", ANA, 1, True),  # a local number, with the country beside it
    (STRANGER, STRANGER, None, False),
    ("anonymous", None, None, False),
    ("+266696687", None, None, False),  # "ANONYMOUS" on a telephone keypad
    ("", None, None, False),
    ("sip:ana@phone.example", None, None, False),
    ("+4930" + "1" * 600, None, None, False),
    ("<script>alert(1)</script>", None, None, False),
]


def test_a_caller_is_known_by_their_number_however_it_is_written(world):
    for place, (caller, number, id, way_out) in enumerate(CALLERS):
        sid = f"CA{place}"
        heard = words(tell(world, inbound.greet, sid=sid, caller=caller, FromCountry="DE", CallerName="<b>Eve</b>"))
        assert heard.startswith("Brightdesk"), caller
        assert ("press nine" in heard) == way_out, caller
        row = call(world, sid)
        assert (row.number, row.contact_id, row.caller) == (number, id, caller[:500])
        assert "Person" not in heard, "whoever shows a number need not be its owner"


def test_of_several_with_one_number_nobody_is_guessed_and_all_are_left_in_peace_for_a_day(world):
    person(world, 2)
    plan_everything(world)
    before = contact(world).interest
    tell(world, inbound.greet)
    assert (call(world).contact_id, call(world).people) == (None, 2)
    assert contact(world).interest == before
    assert touches(world, state="planned") == []


def test_calling_us_is_a_raised_hand_and_outreach_waits_a_day(world):
    """B11: they came to us; A14, B8."""
    [planned] = touches(world, state="planned")
    tell(world, inbound.greet)
    assert [touch.state for touch in touches(world)] == ["cancelled"]
    assert (contact(world).interest, contact(world).inbound) == ("warm", True)
    now = move_clock(world, world.clock.now() + DAY)
    for batch in plan.due(world, now):
        plan.decide_batch(world, batch, now)
    assert [touch.kind for touch in touches(world, state="planned")] == [planned.kind]


#: C1: what is known -> the kind of the call
KINDS = [([], "first_time"), (["asked_before"], "returned"), (["referral"], "referral"), (["bought_before"], "repeat")]


@pytest.mark.parametrize(("signals", "kind"), KINDS)
def test_a_call_has_its_kind(world, signals, kind):
    with world.db.write() as session:
        for each in signals:
            session.add(m.Signal(contact_id=1, kind=each, at=world.clock.now() - 9 * DAY, evidence="a list"))
    tell(world, inbound.greet)
    assert call(world).kind == kind


def test_a_stranger_who_called_days_ago_has_returned(world):
    for sid, kind in (("CA1", "first_time"), ("CA2", "returned")):
        tell(world, inbound.greet, caller=STRANGER, sid=sid)
        assert call(world, sid).kind == kind
        move_clock(world, world.clock.now() + 2 * DAY)


def test_a_caller_is_put_through_to_who_was_idle_longest_and_then_the_next(world):
    """B9: briefed before they are joined; a colleague who is on the phone is rung by nobody else."""
    colleague(world)
    colleague(world, "Lou")
    assert "+442079460301" in dial(world)
    brief = words(tell(world, inbound.brief))
    assert brief == "A call comes in: Person 1, first call."
    assert "+442079460302" in dial(world, sid="CA2", caller=STRANGER), "Kim is on the phone"
    assert words(tell(world, inbound.brief, sid="CA2")) == "A call comes in: somebody we do not know yet, first call."
    missed = tell(world, inbound.after, sid="CA2", dial_status="no-answer", DialCallStatus="no-answer")
    assert "<Enqueue" in missed or "+442079460302" in missed
    tell(world, inbound.after, dial_status="completed", dial_duration=95)
    assert (call(world).state, call(world).talk_seconds) == ("talked", 95)
    assert contact(world).familiarity == "hot", "we talked: we know each other (C2)"


def test_a_caller_is_put_through_to_whoever_looks_after_them(world):
    """B9; a stranger gets who was idle longest."""
    colleague(world)
    colleague(world, "Lou")
    with world.db.write() as session:
        lou = session.scalars(select(m.Operator).where(m.Operator.phone == "+442079460302")).one()
        session.get_one(m.Contact, 1).owner_id = lou.id
    assert "+442079460302" in dial(world)
    assert "+442079460301" in dial(world, sid="CA2", caller=STRANGER)


def test_while_all_are_talking_a_caller_waits_and_gets_the_first_who_is_free(world):
    colleague(world)
    dial(world)
    assert "<Enqueue" in dial(world, sid="CA2", caller=STRANGER)
    heard = tell(world, inbound.wait, sid="CA2", caller=STRANGER)
    assert "die Eins und wir rufen Sie um 13:10 Uhr zurück" in words(heard), "in the language of their number"
    tell(world, inbound.after, dial_status="completed", dial_duration=5)
    assert "<Leave" in tell(world, inbound.wait, sid="CA2", caller=STRANGER)
    assert "+442079460301" in tell(world, inbound.from_queue, sid="CA2", caller=STRANGER, QueueResult="leave")


def test_nobody_waits_longer_than_we_say(world):
    colleague(world)
    dial(world)
    dial(world, sid="CA2", caller=STRANGER)
    move_clock(world, world.clock.now() + 5 * 60)
    assert "<Leave" in tell(world, inbound.wait, sid="CA2", caller=STRANGER)
    assert "wir rufen Sie um 13:15 Uhr zurück" in words(tell(world, inbound.from_queue, sid="CA2", caller=STRANGER))


def test_key_one_leaves_the_queue_for_a_call_back_that_the_campaign_keeps(world):
    """C4: promised for a time that is said, with priority, as a call of its own kind."""
    colleague(world)
    dial(world, caller=STRANGER)
    dial(world, sid="CA2")
    assert "<Leave" in tell(world, inbound.keys, sid="CA2", digits="1")
    heard = words(tell(world, inbound.from_queue, sid="CA2", QueueResult="leave"))
    assert "We call you back at 1:10 PM" in heard
    [planned] = touches(world, state="planned")
    assert (planned.channel, planned.kind, planned.priority) == ("call", "callback", 0)
    assert planned.due_at == at("2026-03-03 13:10")
    assert call(world, "CA2").due_at is None, "planned, so the desk need not list it"


def test_a_strangers_call_back_is_on_the_desk(world):
    assert "wir rufen Sie um 13:10 Uhr zurück" in words(dial(world, caller=STRANGER))
    tell(world, inbound.keys, caller=STRANGER, digits="1")
    [owed] = store.open_calls(world.db)
    assert (owed.number, owed.promised_at, owed.state) == (STRANGER, at("2026-03-03 13:10"), "promised")


@pytest.mark.parametrize("caller", [STRANGER, "anonymous", ANA])
def test_nobody_is_called_back_who_said_no_since(world, caller):
    dial(world, caller=caller)
    tell(world, inbound.status, caller=caller, status="completed")
    before = [owed.state for owed in store.open_calls(world.db)]
    assert before == ([] if caller == "anonymous" else ["missed"])
    tell(world, inbound.greet, sid="CA2", caller=caller, status="ringing")
    tell(world, inbound.keys, sid="CA2", caller=caller, digits="9")
    assert store.open_calls(world.db) == []


def test_nobody_is_called_back_who_said_no_by_mail_since(world):
    dial(world)
    tell(world, inbound.status, status="completed")
    with world.db.write() as session:
        optout.opt_out(world, session, 1, reason="link", evidence="", now=world.clock.now(), touch_id=None)
    assert store.open_calls(world.db) == []


def test_outside_the_hours_it_is_said_on_which_day_we_call(world):
    colleague(world)
    move_clock(world, at("2026-03-06 18:30"))
    heard = words(dial(world))
    assert "We are closed now. Press one and we call you back on Monday at 9:10 AM." in heard


def test_a_message_is_a_task_with_the_number_said_in_it(world):
    dial(world, caller=STRANGER)
    assert "<Record" in tell(world, inbound.keys, caller=STRANGER, digits="")
    left = {"RecordingUrl": "https://carrier.example/RE1", "RecordingDuration": "17"}
    heard = words(tell(world, inbound.left, caller=STRANGER, **left))
    assert f"Wir antworten um 14:00 Uhr. Ihre Anfrage hat die Nummer {call(world).id}." in heard
    said = "Hello, please call me back on 030 231 250 77, Eugene. It is about the lamps."
    tell(world, inbound.text, caller=STRANGER, TranscriptionText=said)
    tell(world, inbound.status, caller=STRANGER, status="completed")
    [owed] = store.open_calls(world.db)
    assert (owed.number, owed.name, owed.recording_seconds) == ("+493023125077", "Eugene", 17)
    assert (owed.state, owed.due_at) == ("voicemail", at("2026-03-03 14:00"))
    shown = desk_inbound.section(store.open_calls(world.db), world.clock.now(), WORDS)
    assert 'href="https://carrier.example/RE1"' in shown
    assert "Eugene" in shown
    assert inbound_ends.handled(world, owed.id, "Kim", "sent the price list")
    assert desk_inbound.section(store.open_calls(world.db), world.clock.now(), WORDS) == ""


def test_what_the_carrier_did_not_say_is_not_guessed(world):
    dial(world, caller="anonymous")
    tell(world, inbound.left, caller="anonymous", RecordingUrl="javascript:alert(1)", RecordingDuration="soon")
    [owed] = store.open_calls(world.db)
    assert (owed.number, owed.recording_seconds, owed.said) == ("", None, "")
    assert "href" not in desk_inbound.section(store.open_calls(world.db), world.clock.now(), WORDS)


def test_names_with_script_are_shown_as_text(world):
    tell(world, inbound.greet, caller=STRANGER, CallerName="<script>alert(1)</script>")
    tell(world, inbound.status, caller=STRANGER, status="completed")
    assert "&lt;script&gt;" in desk_inbound.section(store.open_calls(world.db), world.clock.now(), WORDS)
    assert "<script>" not in desk_inbound.section(store.open_calls(world.db), world.clock.now(), WORDS)


def test_a_message_that_says_never_again_is_heard(world):
    dial(world)
    tell(world, inbound.left, RecordingUrl="", TranscriptionText="Please remove me from your list.")
    assert suppressed(world)


def suppressed(world):
    with world.db.read() as session:
        return session.scalars(select(m.Suppression.reason)).all()


@pytest.mark.parametrize("moment", ["greeting", "queue", "offer"])
def test_key_nine_ends_all_contact_at_any_moment(world, moment):
    person(world, 2)  # the same number: whoever pressed, nobody there is called again
    if moment == "queue":
        colleague(world)
        dial(world, sid="CA0", caller=STRANGER)
    tell(world, inbound.greet)
    if moment != "greeting":
        tell(world, inbound.keys, digits="")
    heard = tell(world, inbound.keys, digits="9")
    if moment == "queue":
        assert "<Leave" in heard
        heard = tell(world, inbound.from_queue, QueueResult="leave")
    assert "Brightdesk will not contact you again" in words(heard)
    assert touches(world, state="planned") == []
    with world.db.read() as session:
        named = set(session.scalars(select(m.Suppression.contact_id).where(m.Suppression.kind == "person")))
    assert named == {1, 2}


def test_who_is_on_the_do_not_contact_list_is_served_and_promised_only_what_they_ask(world):
    with world.db.write() as session:
        optout.opt_out(world, session, 1, reason="link", evidence="", now=1, touch_id=None)
    assert "Press one" in words(dial(world)), "asked, not promised"
    assert "We call you back" in words(tell(world, inbound.keys, digits="1"))
    assert touches(world, state="planned") == []
    [owed] = store.open_calls(world.db)
    assert owed.note == inbound_ends.ON_THE_LIST


def test_hanging_up_first_is_a_missed_call_and_calling_again_settles_it(world):
    colleague(world)
    dial(world)
    tell(world, inbound.status, status="completed")
    assert [owed.state for owed in store.open_calls(world.db)] == ["missed"]
    assert "+442079460301" in dial(world, sid="CA2"), "the colleague is free again"
    tell(world, inbound.after, sid="CA2", dial_status="completed", dial_duration=60)
    assert [(owed.state, owed.talk_seconds) for owed in store.open_calls(world.db)] == [("talked", 60)]


def test_a_withheld_number_settles_no_strangers_message(world):
    """Two callers without a number are not one."""
    dial(world, caller="anonymous")
    tell(world, inbound.left, caller="anonymous", TranscriptionText="Please write to ana at firm dot example")
    colleague(world)
    dial(world, sid="CA2", caller="anonymous")
    tell(world, inbound.after, sid="CA2", caller="anonymous", dial_status="completed", dial_duration=60)
    assert call(world, "CA2").state == "talked"
    assert call(world).handled_at is None


def test_a_talk_keeps_the_promise_that_was_made_before(world):
    dial(world)
    tell(world, inbound.keys, digits="1")
    assert [touch.kind for touch in touches(world, state="planned")] == ["callback"]
    colleague(world)
    dial(world, sid="CA2")
    tell(world, inbound.after, sid="CA2", dial_status="completed", dial_duration=60)
    assert touches(world, state="planned") == []


ENDS = [
    (inbound.after, {"dial_status": "completed", "dial_duration": 30, "status": "completed"}),
    (inbound.status, {"status": "completed"}),
]


@pytest.mark.parametrize("order", list(itertools.permutations(ENDS)), ids=["talk first", "end first"])
def test_both_hang_up_in_the_same_instant_and_the_talk_counts(world, order):
    colleague(world)
    dial(world)
    tell(world, inbound.brief)
    for leaf, said in order:
        tell(world, leaf, **said)
    assert (call(world).state, call(world).talk_seconds, call(world).over_at is None) == ("talked", 30, False)
    with world.db.read() as session:
        assert session.scalars(select(m.OperatorCall.over_at)).one() is not None


def test_for_a_caller_who_has_gone_nobody_else_is_rung(world):
    colleague(world)
    colleague(world, "Lou")
    dial(world)
    gone = tell(world, inbound.after, dial_status="canceled", status="completed")
    assert "<Dial" not in gone
    with world.db.read() as session:
        assert [each.misses for each in session.scalars(select(m.Operator))] == [0, 0], "it was not their fault"


def test_asked_twice_the_caller_gets_the_same_words_and_nothing_happens_twice(world):
    colleague(world)
    tell(world, inbound.greet)
    event = VoiceEvent("CA1", "in-progress", "CA1:again", digits="", to=OURS, caller=ANA, raw={"CallSid": "CA1"})
    first, again = (inbound.keys(world, event, world.clock.now()) for _ in range(2))
    assert first == again
    assert "<Dial" in first
    with world.db.read() as session:
        assert len(session.scalars(select(m.OperatorCall)).all()) == 1


def test_a_call_whose_end_was_never_told_is_asked_for(world, monkeypatch):
    colleague(world)
    dial(world)
    asked = {"CA1": CallState("CA1", "completed", OURS, ANA)}
    monkeypatch.setattr(type(world.carrier), "fetch", lambda _, sid: asked[sid])
    assert inbound.missing(world) == 0, "it may well be going on"
    move_clock(world, world.clock.now() + inbound.SILENT + 1)
    assert inbound.missing(world) == 1
    assert call(world).state == "missed"
    assert "+442079460301" in dial(world, sid="CA2"), "and the colleague is free"


def test_what_was_kept_and_not_understood_is_applied_later_and_rings_nobody(world):
    colleague(world)
    now = world.clock.now()
    with world.db.write() as session:
        for leaf, more in (("", {}), ("/keys", {"Digits": "9"}), ("/wait", {})):
            payload = {"CallSid": "CA1", "From": ANA, "To": OURS, "CallStatus": "in-progress", **more}
            facts = {"touch_id": None, "kind": f"inbound{leaf}", "payload": payload, "received_at": now}
            events.keep(session, "twilio", f"inbound{leaf}:CA1:x", **facts)
    assert replay.again(world).applied == 3
    assert suppressed(world)
    with world.db.read() as session:
        assert session.scalars(select(m.OperatorCall)).all() == []
        assert events.waiting(session) == []


@pytest.mark.parametrize("setting", [{"opening_hours": "always"}, {"house_zone": "Mars/Olympus"}])
def test_hours_that_cannot_be_read_are_told_at_the_start(db, tmp_path, setting):
    from opportune.web import voice_inbound

    with pytest.raises(SettingError, match="OPPORTUNE_"):
        voice_inbound.routes(make_world(db, tmp_path, **(HOUSE | setting)))
