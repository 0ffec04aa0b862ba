"""Is what people say of how to reach them kept, and does it change what we do (A9, A18, C4)?"""

from __future__ import annotations

import pytest
import support_leads
from sqlalchemy import select
from support_mailed import mailed
from support_world import add_person, at, make_world, plan_everything, publish, touches

from channels.base import Incoming
from channels.form_answers import check
from channels.forms import FORMS
from opportune.rules.facts import CallResult, Channel, Preference
from opportune.rules.habit import WAIT
from opportune.store import models as m
from opportune.store.desk import open_wishes
from opportune.work import callbacks, desk, importing, inbox, leads, preferences, react
from opportune.work.preferences import Where

STATED, MARKER, HABIT = "stated", "marker", "habit"


@pytest.fixture
def world(db, tmp_path):
    world = make_world(db, tmp_path)
    yield world
    world.close()


def person(world, number=1):
    with world.db.read() as session:
        return session.get_one(m.Contact, number)


def enrolment(world):
    with world.db.read() as session:
        return session.scalars(select(m.Enrolment)).one()


def liking(world, number=1):
    contact = person(world, number)
    return contact.prefers, contact.prefers_strength, contact.prefers_evidence


def remarks(world, **where):
    with world.db.read() as session:
        return list(session.scalars(select(m.Remark).filter_by(**where).order_by(m.Remark.id)))


def reply(world, text, uid="7:1"):
    """A mail that answers our first one."""
    lines = ["From: person1@firm.example", f"To: reply+{touches(world)[0].token}@ours.example", "Subject: Re: hello",
             f"Message-ID: <{uid}@firm.example>", "Content-Type: text/plain; charset=utf-8",
             "Content-Transfer-Encoding: 8bit", "", text, ""]  # fmt: skip
    assert inbox._take_in(world, "box", Incoming(uid, "\r\n".join(lines).encode()))


@pytest.fixture
def clerk(world):
    """Somebody who got a mail of a campaign that clarifies, and is in one for meetings."""
    mailed(world)
    return world


#: (strength, channel) as they come -> the one that counts
ORDERS = [
    ([(MARKER, "email"), (STATED, "call")], (STATED, "call")),
    ([(STATED, "call"), (MARKER, "email")], (STATED, "call")),  # a weaker one never overrules
    ([(HABIT, "email"), (MARKER, "call")], (MARKER, "call")),
    ([(MARKER, "email"), (HABIT, "call")], (MARKER, "email")),
    ([(STATED, "call"), (STATED, "email")], (STATED, "email")),  # the newer of two equals
    ([(MARKER, "call"), (MARKER, "email")], (MARKER, "email")),
    ([(HABIT, "call"), (HABIT, "email")], (HABIT, "email")),
]


@pytest.mark.parametrize(("said", "counts"), ORDERS)
def test_stated_beats_marker_beats_habit_and_newer_beats_older(world, said, counts):
    add_person(world)
    with world.db.write() as session:
        contact = session.scalars(select(m.Contact)).one()
        for step, (strength, channel) in enumerate(said):
            preferences.remember(session, contact, Preference(Channel(channel), f"word {step}", strength),
                                 Where("reply", "x", step))  # fmt: skip
    assert (liking(world)[1], liking(world)[0]) == counts
    assert [(r.strength, r.channel) for r in remarks(world)] == said  # none is lost


def test_a_reply_that_asks_for_mail_changes_the_plan_in_another_campaign(clerk):
    """A9: the call planned for the meeting gives way in the same transaction."""
    publish(clerk, "meetings")
    plan_everything(clerk)
    meeting = [t for t in touches(clerk, state="planned") if t.channel == "call"]
    assert len(meeting) == 1
    reply(clerk, "Thanks. Please send me emails, I never answer the phone.\r\n\r\n> Call me back on 030 1234567")
    assert liking(clerk)[:2] == ("email", MARKER)
    assert liking(clerk)[2] == "Please send me emails, I never answer the phone."
    assert touches(clerk, id=meeting[0].id)[0].state == "cancelled"
    assert {t.channel for t in touches(clerk, state="planned")} == {"email"}
    assert remarks(clerk, kind="callback") == []  # what they quote is not theirs


def test_a_reply_that_asks_to_be_called_is_promised_and_kept(clerk):
    """C4: number, name and time are found; the reply itself still stops the campaign's other touches."""
    now = clerk.clock.now()
    reply(clerk, "Bitte nicht mailen. Call me back on 030 23125077 tomorrow at 15, Eugene")
    said = remarks(clerk, kind="callback")[0]
    assert (said.number, said.name, said.said_when) == ("+493023125077", "Eugene", "tomorrow at 15")
    assert said.promised_at == at("2026-03-04 15:00") > now
    assert person(clerk).phone == "+493023125077"
    [call] = touches(clerk, state="planned")
    assert (call.channel, call.kind, call.due_at) == ("call", "callback", at("2026-03-04 15:00"))


def test_a_callback_without_a_time_is_promised_in_ten_minutes_to_the_known_number(clerk):
    known, now = person(clerk).phone, clerk.clock.now()
    reply(clerk, "Please call me back.")
    assert person(clerk).phone == known
    assert remarks(clerk, kind="callback")[0].promised_at == now + 600
    assert [(t.channel, t.kind) for t in touches(clerk, state="planned")] == [("call", "callback")]


def test_nobodys_number_is_taken_over(clerk):
    """A number that belongs to another person is noted, and the known one is used."""
    other = add_person(clerk, 2)
    with clerk.db.write() as session:
        session.add(m.Address(contact_id=other, kind="phone", value=person(clerk, other).phone))
    known = person(clerk).phone
    reply(clerk, f"Please call me back on {person(clerk, other).phone}")
    assert (person(clerk).phone, remarks(clerk)[-1].note) == (
        known, f"the number belongs to contact {other}; nobody's number is taken over"
    )  # fmt: skip
    assert [t.kind for t in touches(clerk, state="planned", contact_id=1)] == ["callback"]


def test_our_own_number_in_a_reply_is_not_theirs(clerk):
    known = person(clerk).phone
    reply(clerk, f"I missed a call from {clerk.settings.twilio_caller}, please call me back")
    assert person(clerk).phone == known


def test_a_callback_at_an_hour_that_could_be_two_is_listed_at_the_desk(clerk):
    reply(clerk, "Call me back after 8")
    assert touches(clerk, state="planned") == []
    assert [wish.message for wish in open_wishes(clerk.db)] == ["Call me back after 8 · after 8"]


def test_a_callback_next_month_is_listed_at_the_desk_and_nobody_rings_in_ten_minutes(clerk):
    reply(clerk, "Please call me back next month")
    assert touches(clerk, state="planned") == []
    assert [wish.message for wish in open_wishes(clerk.db)] == ["Please call me back next month · next month"]


def test_stop_is_an_optout_before_it_is_anything_else(clerk):
    reply(clerk, "Stop calling me. Please call me back never again, remove me.")
    with clerk.db.read() as session:
        assert session.scalar(select(m.Suppression.reason)) == "replied stop"
    assert remarks(clerk) == []


def test_a_promise_of_theirs_to_call_is_remembered(clerk):
    reply(clerk, "I'll call you back next week")
    assert [(r.kind, r.words) for r in remarks(clerk)] == [("will_call", "I'll call you back next week")]


def post(world, key, **given):
    form = FORMS[key]
    answers = check(form, {"name": "Ana Stan", "email": "ana@acme.example", "phone": "+493023125001", **given})
    assert answers.problems == {}
    support_leads.take(world, form, answers, leads.Visit("visit"))


def test_what_a_form_asks_is_stated_and_its_free_text_only_a_marker(world):
    """A18: the answer to our question counts more than words in passing."""
    post(world, "booking", when="2026-03-10T10:00", answer_by="call", message="Please send me an email")
    assert liking(world) == ("call", STATED, "form booking")
    assert [(r.strength, r.channel) for r in remarks(world)] == [(STATED, "call"), (MARKER, "email")]


def test_a_callback_request_hidden_in_a_form_is_promised(world):
    """C4: the number in the text is the one to ring."""
    publish(world)
    post(world, "booking", when="2026-03-10T10:00", answer_by="call", country="RO", zone="Europe/Bucharest",
         message="Sunați-mă la 0722 123 456, Andrei", consent_call="yes", consent_call_auto="yes")  # fmt: skip
    assert person(world).phone == "+40722123456"
    assert remarks(world, kind="callback")[0].name == "Andrei"
    assert enrolment(world).promised_at == world.clock.now() + 600


def test_the_callback_form_keeps_the_time_its_text_names(world):
    publish(world)
    post(world, "callback", answer_by="call", zone="Europe/Berlin", consent_call="yes",
         message="Please call me tomorrow after 4pm")  # fmt: skip
    assert enrolment(world).promised_at == at("2026-03-04 16:00")


def take_list(world, text):
    path = world.settings.home / "people.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return importing.import_contacts(world, path)


def test_notes_of_a_list_are_markers_and_its_column_is_stated(world):
    take_list(world, "name,email,country,prefers,notes\n"
                     "Ana,ana@acme.example,RO,,Nu răspunde; preferă e-mailul\n"
                     "Bob,bob@acme.example,GB,call,prefers email\n")  # fmt: skip
    assert liking(world, 1) == ("email", MARKER, "preferă e-mailul")
    assert liking(world, 2) == ("call", STATED, "list people")


def test_an_old_list_read_again_does_not_overrule_what_was_said_since(world):
    text = "name,email,country,prefers\nBob,bob@acme.example,GB,call\n"
    take_list(world, text)
    post(world, "booking", email="bob@acme.example", name="Bob", when="2026-03-10T10:00", answer_by="email")
    take_list(world, text)
    assert liking(world)[:2] == ("email", STATED)
    assert len(remarks(world, source="list")) == 1


def called(world):
    """The planned call was answered by a person."""
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch).where(m.Touch.state == "planned")).one()
        touch.channel, touch.state, touch.sending_at, touch.sent_at = "call", "completed", 1, 1
        touch.result, touch.talk_seconds = "talked", 200
        return touch.token


#: result, note -> what is remembered of the person
NOTES = [
    (CallResult.INTERESTED, "always in meetings", ("email", MARKER, "always in meetings")),
    (CallResult.EMAIL_PLEASE, "", ("email", MARKER, "said so on the phone")),
    (CallResult.CALL_BACK, "просил перезвонить завтра", ("call", MARKER, "просил перезвонить завтра")),
    (CallResult.INTERESTED, "nice talk", (None, None, None)),
]


@pytest.mark.parametrize(("result", "note", "expected"), NOTES)
def test_an_operators_note_is_read(world, result, note, expected):
    publish(world)
    add_person(world)
    plan_everything(world)
    assert desk.enter(world, called(world), result, note)
    assert liking(world) == expected


def test_an_operators_callback_keeps_the_time_of_the_note(world):
    publish(world)
    add_person(world)
    plan_everything(world)
    desk.enter(world, called(world), CallResult.CALL_BACK, "back in the office tomorrow after 15")
    assert [(t.kind, t.due_at) for t in touches(world, state="planned")] == [("callback", at("2026-03-04 15:00"))]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_new_number_after_a_wrong_one_keeps_the_callback(world):
    """C4, E7: a stranger picked up; in their answer to our mail they tell their own number."""
    publish(world)
    add_person(world)
    plan_everything(world)
    desk.enter(world, called(world), CallResult.WRONG_PERSON, "")
    assert person(world).phone is None
    reply(world, "Please call me back on +49 30 23125077 tomorrow at 15")
    assert [(t.kind, t.due_at) for t in touches(world, state="planned")] == [("callback", at("2026-03-04 15:00"))]
    assert open_wishes(world.db) == []


#: note -> what is promised, and what the desk lists (C4)
LATER = [
    ("in two weeks", "2026-03-18 09:00", None),
    ("12 March 15:00", "2026-03-12 15:00", None),  # not today at 15:00
    ("peste o lună", None, "peste o lună · peste o lună"),  # not understood: a person sets the time
    ("talked on Monday, wants prices", None, "talked on Monday, wants prices · Monday"),  # which Monday?
]


@pytest.mark.parametrize(("note", "promised", "listed"), LATER)
def test_an_operators_callback_is_for_the_day_of_the_note_or_listed(world, note, promised, listed):
    publish(world)
    add_person(world)
    plan_everything(world)
    [call] = touches(world, state="planned")
    world.clock.move_to(call.due_at + 300)  # on Wednesday, 4 March, after the talk
    desk.enter(world, called(world), CallResult.CALL_BACK, note)
    assert enrolment(world).promised_at == (promised and at(promised))
    assert [t for t in touches(world, state="planned") if t.channel == "call"] == []  # none in ten minutes
    assert [wish.message for wish in open_wishes(world.db)] == ([listed] if listed else [])


def past(world, channel, *results):
    with world.db.write() as session:
        for step, result in enumerate(results):
            key = f"old:{channel}:{step}"
            session.add(m.Touch(
                key=key, token=key, contact_id=1, step=1, attempt=1, channel=channel, kind="approach", template="x",
                automated=False, voicemail=False, state="completed", due_at=1, not_after=2, fence=0, sent_at=1,
                rules_version="", rank=0, result=result, result_at=1,
            ))  # fmt: skip


def test_how_somebody_answered_before_is_a_habit(world):
    add_person(world)
    past(world, "email", "replied", "replied", "replied", None)
    past(world, "call", "no_answer", "busy", "voicemail_left", "no_such_number")
    with world.db.write() as session:
        contact = session.scalars(select(m.Contact)).one()
        assert preferences.renew_habit(session, contact, world.clock.now())
        assert not preferences.renew_habit(session, contact, world.clock.now())  # nothing new
    assert liking(world) == ("email", HABIT, "answered 3 of 4 mails, 0 of 3 calls")


def test_a_habit_does_not_disturb_what_was_said(world):
    add_person(world, prefers="call", prefers_strength="marker")
    past(world, "email", "replied", "replied")
    past(world, "call", "no_answer", "no_answer")
    with world.db.write() as session:
        assert not preferences.renew_habit(session, session.scalars(select(m.Contact)).one(), world.clock.now())


def test_a_text_of_100000_characters_and_names_of_any_script_survive(clerk):
    reply(clerk, "Перезвоните мне на +49 30 23125077, דוד 🦄\r\n\r\n" + "слово и ещё слово. " * 5000)
    said = remarks(clerk, kind="callback")[0]
    assert (said.name, said.number) == ("דוד 🦄", "+493023125077")


def test_who_cannot_be_rung_by_itself_is_still_listed(world):
    """No campaign is live: the words and the number wait at the desk."""
    add_person(world)
    with world.db.write() as session:
        contact = session.scalars(select(m.Contact)).one()
        assert callbacks.asked(world, session, contact, "Please call me back", Where("reply", "x", world.clock.now()))
    assert [(wish.name, wish.message) for wish in open_wishes(world.db)] == [("Person 1", "Please call me back")]


def test_what_a_visitor_pastes_from_our_mail_is_not_theirs(world):
    post(world, "booking", when="2026-03-10T10:00", answer_by="email",
         message="About your mail:\n> Please call me back on 030 23125077\n> I never read email")  # fmt: skip
    assert [(r.kind, r.strength) for r in remarks(world)] == [("prefers", STATED)]


def test_an_operators_note_changes_the_plan_of_another_campaign(world):
    publish(world)
    add_person(world)
    plan_everything(world)
    token = called(world)
    publish(world, "meetings", key="more-meetings")
    plan_everything(world)
    [other] = touches(world, state="planned")
    assert other.channel == "call"
    desk.enter(world, token, CallResult.INTERESTED, "Can't talk on the phone")
    assert touches(world, id=other.id)[0].state == "cancelled"
    assert {t.channel for t in touches(world, state="planned")} == {"email"}


def test_who_asks_to_be_called_is_hot(clerk):
    """B11: asking for a call is the strongest sign, in whatever words."""
    reply(clerk, "Please call me back")
    assert (person(clerk).interest, person(clerk).asked_for_contact) == ("hot", True)


def test_the_call_that_makes_a_habit_is_followed_by_mail_for_that_reason(world):
    publish(world)
    add_person(world)
    past(world, "email", "replied", "replied")
    past(world, "call", "no_answer")
    plan_everything(world)
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch).where(m.Touch.state == "planned")).one()
        touch.channel, touch.state, touch.sending_at, touch.sent_at = "call", "no_answer", 1, 1
        session.flush()
        react.call_over(world, session, touch, CallResult.NO_ANSWER, world.clock.now(), 0)
    assert liking(world) == ("email", HABIT, "answered 2 of 2 mails, 0 of 2 calls")


def test_the_night_notices_a_promised_call_that_never_came(clerk):
    """A9."""
    reply(clerk, "I'll call you back next week")
    said_at = clerk.clock.now()
    assert preferences.by_night(clerk, said_at + WAIT - 1) == 0
    assert preferences.by_night(clerk, said_at + WAIT) == 1
    assert preferences.by_night(clerk, said_at + WAIT) == 0
    assert liking(clerk) == ("email", HABIT, "promised to call back and did not")
