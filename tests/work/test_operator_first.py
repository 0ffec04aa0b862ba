"""A colleague's phone rings first; the person's only once a colleague accepts. Signed forms over real HTTP."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from xml.etree import ElementTree

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette
from support_web import browsing
from support_world import ClosedLid, add_person, make_world, move_clock, only, plan_everything, publish, touches
from twilio.request_validator import RequestValidator

from channels.base import Accepted, CallState, Refused, Unknown
from opportune.rules.facts import HOUR
from opportune.store import events, ledger
from opportune.store import models as m
from opportune.store.once import insert_once
from opportune.web import twilio, voice_operator
from opportune.work import calls, dispatch, operator_first, operator_rows, operators, optout, react, reconcile, replay
from opportune.work.operator_line import MOST_WAITS

PUBLIC = "http://ours.example"
LITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the others run on both engines
ANNA, BORIS = "+442079460301", "+442079460302"


class Carrier:
    """Takes every order; `answer` says otherwise. `listed` is its call list."""

    def __init__(self):
        self.orders, self.cancelled, self.ended, self.listed, self.answer = [], [], [], [], None

    def place(self, order):
        self.orders.append(order)
        return self.answer or Accepted(f"CA-colleague-{len(self.orders)}")

    def cancel(self, sid):
        self.cancelled.append(sid)

    def end(self, sid):
        self.ended.append(sid)

    def find(self, to, _since):
        return [call for call in self.listed if call.to == to]


class Phones:
    """The carrier's side: what it posts, signed, and what it is told."""

    def __init__(self, world, client):
        self.world, self.client, self.carrier = world, client, Carrier()
        world.__dict__["carrier"] = self.carrier
        self.count = 0

    def post(self, path, sid, status="in-progress", again=False, **fields):
        self.count += not again
        form = {"AccountSid": "ACpractice0", "CallSid": sid, "CallStatus": status, **fields}
        form["SequenceNumber"] = str(self.count)
        signature = RequestValidator("token").compute_signature(PUBLIC + path, form)
        answer = self.client.post(path, data=form, headers={"X-Twilio-Signature": signature})
        assert answer.status_code in (200, 204), (path, answer.status_code, answer.text)
        return answer.text

    def ring(self):
        return operator_first.ring(self.world)

    @property
    def line(self):
        """Path of the colleague's leg that rang last, and its CallSid."""
        return self.carrier.orders[-1].url.removeprefix(PUBLIC), f"CA-colleague-{len(self.carrier.orders)}"

    def pick_up(self):
        path, sid = self.line
        return self.post(path, sid)

    def press(self, key, twiml=None, **more):
        path, sid = self.line
        action = ElementTree.fromstring(twiml).find("Gather").get("action") if twiml else f"{PUBLIC}{path}/accept"
        return self.post(action.removeprefix(PUBLIC), sid, Digits=key, **more)

    def accept(self):
        self.pick_up()
        return self.press("1")

    def follow(self, twiml):
        """The redirect that keeps the colleague on the line."""
        return self.post(ElementTree.fromstring(twiml).find("Redirect").text.removeprefix(PUBLIC), self.line[1])

    def child(self, status, leaf="status", touch=None, **fields):
        token = (touch or self.dialled).token
        return self.post(f"/voice/{token}/{leaf}", "CA-person", status, ParentCallSid=self.line[1], **fields)

    @property
    def dialled(self):
        return next(t for t in touches(self.world) if t.channel == "call" and t.sending_at)

    def after(self, twiml, status, seconds=0, **more):
        action = ElementTree.fromstring(twiml).find("Dial").get("action").removeprefix(PUBLIC)
        return self.post(action, self.line[1], DialCallStatus=status, DialCallDuration=str(seconds), **more)


@pytest.fixture
def world(db, tmp_path):
    return make_world(db, tmp_path, calls_per_second=30)


@pytest.fixture
def phones(world):
    with browsing(Starlette(routes=[*twilio.routes(world), *voice_operator.routes(world)])) as client:
        yield Phones(world, client)


def colleague(world, name="Anna", phone=ANNA, language="en"):
    operators.add(world, name, phone, language)
    operators.on_duty(world, phone)


def due_calls(world, people=1):
    """So many people are to be called by a colleague, now."""
    publish(world)
    for number in range(1, people + 1):
        add_person(world, number)
    plan_everything(world)
    planned = touches(world)
    with world.db.write() as session:
        for touch in session.scalars(select(m.Touch)):
            touch.channel, touch.kind, touch.automated, touch.template = "call", "approach", False, "announce"
            touch.due_at = planned[0].due_at
    move_clock(world, planned[0].due_at)


def rows(world, **where):
    with world.db.read() as session:
        return list(session.scalars(select(m.OperatorCall).filter_by(**where).order_by(m.OperatorCall.id)))


def the(world, phone=ANNA):
    with world.db.read() as session:
        return session.scalars(select(m.Operator).where(m.Operator.phone == phone)).one()


@LITE
def test_nobody_is_dialled_before_a_colleague_accepts(world, phones):
    due_calls(world)
    colleague(world)
    assert dispatch.calls(world).claimed == 0  # never by itself
    assert phones.ring().rung == 1
    assert [(order.to, order.detect) for order in phones.carrier.orders] == [(ANNA, False)]
    briefing = phones.pick_up()
    assert "Person 1" in briefing
    assert touches(world)[0].provider_id is None
    assert "+4930" not in briefing  # whoever picks up hears no number
    assert only(world, channel="call").state == "planned"
    twiml = phones.press("1", briefing)
    number = ElementTree.fromstring(twiml).find("Dial/Number")
    assert (number.text, number.get("url")) == ("+493023125001", f"{PUBLIC}/voice/{phones.dialled.token}/whisper")
    assert phones.dialled.state == "sending"  # committed before these words left


@LITE
def test_a_laptop_that_was_closed_before_the_turn_rings_no_colleague_on_waking(world, phones):
    """F7"""
    due_calls(world)
    colleague(world)
    world.clock = ClosedLid(world.clock.at)
    assert phones.ring().refused == 1
    assert phones.carrier.orders == []
    assert [row.state for row in rows(world)] == ["missed"]


def test_a_talk_from_ring_to_result_and_the_next_one_on_the_same_line(world, phones):
    """B10, E2"""
    due_calls(world, people=2)
    colleague(world)
    phones.ring()
    twiml = phones.accept()
    for status in ("initiated", "ringing"):
        phones.child(status)
    assert phones.child("in-progress", "whisper").endswith("<Response />")
    phones.child("completed", CallDuration="95")
    following = phones.follow(phones.after(twiml, "completed", 95, DialCallSid="CA-person"))
    talk = phones.dialled
    assert (talk.state, talk.result, talk.talk_seconds, talk.provider_id) == ("completed", "talked", 95, "CA-person")
    assert "Person 2" in following
    assert [row.state for row in rows(world)] == ["over", "briefed"]
    assert len(phones.carrier.orders) == 1  # nobody rings a colleague who is on the line
    assert phones.ring().rung == 0


#: Which legs tell the end, in this order, what they say of it -> state and result (E2)
ENDS = [
    ("person colleague", "busy", "busy", "busy"),
    ("colleague person", "busy", "busy", "busy"),
    ("colleague", "no-answer", "no_answer", "no_answer"),  # the person's own report is lost
    ("person", "failed", "failed", "no_such_number"),  # with SIP 404
    ("colleague", "failed", "failed", "no_such_number"),
    ("person colleague", "canceled", "no_answer", "no_answer"),  # a colleague hung up while it rang: missed there (A8)
]


@LITE
@pytest.mark.parametrize(("legs", "told", "state", "result"), ENDS)
def test_either_leg_may_tell_the_end_and_in_any_order(world, phones, legs, told, state, result):
    due_calls(world)
    colleague(world)
    phones.ring()
    twiml = phones.accept()
    phones.child("ringing")
    sip = {"SipResponseCode": "404"} if told == "failed" else {}
    for leg in legs.split():
        if leg == "person":
            phones.child(told, **sip)
        else:
            phones.after(twiml, told, DialCallSid="CA-person", **sip)
    assert (phones.dialled.state, phones.dialled.result) == (state, result)
    follow_ups = [(t.channel, t.caused_by) for t in touches(world, state="planned")]
    assert follow_ups in ([], [("email", phones.dialled.id)])


def test_accepting_twice_dials_once(world, phones):
    due_calls(world)
    colleague(world)
    phones.ring()
    first = phones.accept()
    assert first.count("<Number") == 1
    for again in (True, False):  # the carrier repeats its webhook; and a late, second press
        assert "<Number" not in phones.press("1", again=again)
    assert phones.dialled.state == "sending"
    phones.child("initiated")
    assert phones.dialled.state == "sent"


def test_two_colleagues_never_get_the_same_person(world, phones):
    due_calls(world)
    colleague(world)
    colleague(world, "Boris", BORIS)
    assert phones.ring().rung == 1
    assert phones.ring().rung == 0
    asked = {"touch_id": only(world, channel="call").id, "operator_id": the(world, BORIS).id, "token": "second"}
    with world.db.write() as session:  # and should we ever try, the table refuses
        assert not insert_once(session, m.OperatorCall, asked | {"state": "ringing", "created_at": 1, "moved_at": 1})


@LITE
def test_the_longest_idle_is_rung_first_and_the_next_one_when_they_do_not_pick_up(world, phones):
    """B9"""
    due_calls(world)
    colleague(world, "Boris", BORIS)
    move_clock(world, world.clock.now() + 5)
    colleague(world)
    phones.ring()
    assert phones.carrier.orders[-1].to == BORIS
    path, sid = phones.line
    phones.post(f"{path}/status", sid, "no-answer")
    phones.ring()
    assert phones.carrier.orders[-1].to == ANNA
    assert [row.state for row in rows(world)] == ["missed", "ringing"]


#: What the person is -> whose phone rings first, and whose once that one let it pass. Boris was idle longest.
SUITED = {
    "looked after by Anna": ({"owner": ANNA}, ANNA, BORIS),
    "a speaker of Russian": ({"language": "ru"}, ANNA, BORIS),
    "looked after by Boris, whatever their language": ({"owner": BORIS, "language": "ru"}, BORIS, ANNA),
    "anybody": ({}, BORIS, ANNA),
    "of a language that nobody speaks": ({"language": "fr"}, BORIS, ANNA),
}


@pytest.mark.parametrize("person", SUITED)
def test_who_suits_the_person_is_rung_before_who_was_idle_longest(world, phones, person):
    """B9, on both engines."""
    facts, first, then = SUITED[person]
    due_calls(world)
    colleague(world, "Boris", BORIS, "de")
    move_clock(world, world.clock.now() + 5)
    colleague(world, language="ru")
    with world.db.write() as session:
        contact = session.scalars(select(m.Contact)).one()
        contact.language = facts.get("language", "en")
        contact.owner_id = the(world, facts["owner"]).id if "owner" in facts else None
    assert phones.ring().rung == 1
    assert phones.carrier.orders[-1].to == first
    assert phones.ring().rung == 0
    phones.pick_up()
    phones.press("2")
    phones.ring()
    assert phones.carrier.orders[-1].to == then


#: How a colleague lets a call pass -> the row's end, and whether they are still on duty
PASSES = {
    "2": ("declined", True),
    "3": ("declined", False),
    "": ("missed", True),
}


@LITE
@pytest.mark.parametrize("key", PASSES)
def test_a_colleague_may_let_a_call_pass(world, phones, key):
    due_calls(world)
    colleague(world)
    phones.ring()
    phones.pick_up()
    twiml = phones.press(key)
    assert (rows(world)[0].state, the(world).on_duty_since is not None) == PASSES[key]
    if key == "2":  # nobody else waits: a goodbye, and they are free again
        assert "Nobody else" in phones.follow(twiml)
    assert only(world, channel="call").state == "planned"
    colleague(world, "Boris", BORIS)
    phones.ring()
    assert phones.carrier.orders[-1].to == BORIS  # the next free colleague is asked


@LITE
def test_after_three_missed_calls_a_colleague_is_off_duty_and_it_says_why(world, phones):
    due_calls(world, people=4)
    colleague(world)
    for _ in range(3):
        assert phones.ring().rung == 1
        path, sid = phones.line
        phones.post(f"{path}/status", sid, "no-answer")
    assert phones.ring().rung == 0
    assert the(world).on_duty_since is None
    assert the(world).off_duty_why == "missed 3 calls in a row, the last one: no-answer"


#: What the carrier answers to the colleague's ring -> the row, and how many calls they missed in a row
ANSWERS = [
    (Unknown("timeout"), "ringing", 0),  # their phone may be ringing, or may not
    (Refused("21211", "no such number", permanent=True), "missed", 0),  # their number is wrong: off duty
    (Refused("20429", "too many", permanent=False, scope="sender"), "missed", 1),
]


@LITE
@pytest.mark.parametrize(("answer", "state", "misses"), ANSWERS)
def test_a_ring_that_is_refused_or_in_doubt_is_not_repeated_for_that_person(world, phones, answer, state, misses):
    due_calls(world)
    colleague(world)
    phones.carrier.answer = answer
    phones.ring()
    assert rows(world)[0].state == state
    move_clock(world, world.clock.now() + 121)
    for _ in range(2):
        assert phones.ring().rung == 0
    assert (rows(world)[0].state, the(world).misses) == ("missed", misses)
    assert len(phones.carrier.orders) == 1


def test_the_line_that_dies_right_after_accepting_leaves_a_doubt_that_the_carrier_settles(world, phones):
    """Nobody knows whether the words that dial arrived. Never dialled again; the call list tells."""
    due_calls(world)
    colleague(world)
    phones.ring()
    phones.accept()  # the answer is lost here
    path, sid = phones.line
    phones.post(f"{path}/status", sid, "completed")
    assert phones.dialled.state == "uncertain"
    assert phones.ring().rung == 0
    phones.carrier.listed = [CallState("CA-person", "in-progress", "+493023125001", "+442079460100")]
    move_clock(world, world.clock.now() + 31)
    assert reconcile.uncertain(world) == 1
    assert (phones.dialled.state, phones.dialled.provider_id) == ("sent", "CA-person")


@LITE
def test_a_call_that_the_carrier_never_dialled_is_told_so_and_nobody_is_rung_again_that_day(world, phones):
    due_calls(world)
    colleague(world)
    phones.ring()
    phones.accept()
    for seconds in (ledger.SENDING_LIMIT + 1, 2 * HOUR):  # neither leg ever says a word
        move_clock(world, world.clock.now() + seconds)
        reconcile.reap(world)
        reconcile.uncertain(world)
        reconcile.uncertain(world)
    assert phones.dialled.state == "not_sent"


@LITE
def test_who_opts_out_while_their_phone_rings_is_left_in_peace(world, phones):
    due_calls(world)
    colleague(world)
    phones.ring()
    twiml = phones.accept()
    phones.child("ringing")
    touch = phones.dialled
    with world.db.write() as session:
        said = {"reason": "link", "evidence": "link", "now": world.clock.now(), "touch_id": None}
        sids = optout.opt_out(world, session, touch.contact_id, **said)
    optout.cancel_calls(world, sids)
    assert phones.carrier.cancelled == ["CA-person"]
    assert "Hangup" in phones.child("in-progress", "whisper")  # should they pick up in that very moment
    assert "taken back" in phones.after(twiml, "canceled", DialCallSid="CA-person")
    assert phones.dialled.state == "cancelled"


@LITE
@pytest.mark.parametrize("what", ["a no that we had not heard of", "after their hours"])
def test_who_picks_up_is_looked_at_once_more(world, phones, what):
    due_calls(world)
    colleague(world)
    phones.ring()
    phones.accept()
    touch = phones.dialled
    if what == "after their hours":
        move_clock(world, touch.not_after + calls.RINGING + 1)
    else:
        with world.db.write() as session:
            session.add(m.Suppression(contact_id=touch.contact_id, kind="person", reason="operator", at=1))
    assert "Hangup" in phones.child("in-progress", "whisper")


#: What happened between the ring and the key -> what the colleague hears
MEANWHILE = {
    "opted out": "no longer needed",
    "window over": "no longer needed",
    "campaign paused": "Not now",
}


@LITE
@pytest.mark.parametrize("what", MEANWHILE)
def test_the_gate_is_asked_when_they_accept_and_the_colleague_hears_why_not(world, phones, what):
    due_calls(world)
    colleague(world)
    phones.ring()
    phones.pick_up()
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch)).one()
        if what == "opted out":
            said = {"reason": "link", "evidence": "link", "now": world.clock.now(), "touch_id": None}
            optout.opt_out(world, session, touch.contact_id, **said)
        elif what == "campaign paused":
            session.scalars(select(m.Campaign)).one().state = "paused"
    if what == "window over":
        move_clock(world, touch.not_after + 1)
    twiml = phones.press("1")
    assert MEANWHILE[what] in twiml
    assert "<Dial" not in twiml
    assert not any(t.sending_at for t in touches(world))


@LITE
def test_nobody_is_rung_for_somebody_whom_the_gate_holds_back(world, phones):
    due_calls(world)
    colleague(world)
    with world.db.write() as session:
        session.scalars(select(m.Campaign)).one().state = "paused"
    assert phones.ring().rung == 0
    assert only(world, channel="call").due_at > world.clock.now()


@LITE
def test_a_call_that_no_colleague_took_in_its_time_is_decided_anew(world, phones):
    due_calls(world)
    touch = only(world, channel="call")
    move_clock(world, touch.not_after)
    assert phones.ring().late == 1
    states = {t.id: t.state for t in touches(world)}
    assert states.pop(touch.id) == "expired"
    with world.db.read() as session:
        enrolment = session.scalars(select(m.Enrolment)).one()
    assert "planned" in states.values() or enrolment.decide_at is not None


def test_a_promise_comes_before_everything_else(world, phones):
    """C4, B8"""
    due_calls(world, people=3)
    colleague(world)
    with world.db.write() as session:
        for touch in session.scalars(select(m.Touch)):
            touch.priority = {1: 0, 2: 3, 3: 0}[touch.contact_id]
            touch.kind = "callback" if touch.contact_id == 3 else "approach"
    phones.ring()
    assert rows(world)[0].touch_id == next(t.id for t in touches(world) if t.contact_id == 3)


@LITE
def test_a_promised_call_that_a_colleague_dropped_before_it_rang_is_made_all_the_same(world, phones):
    """C4"""
    due_calls(world)
    with world.db.write() as session:
        session.scalars(select(m.Touch)).one().kind = "callback"
        session.scalars(select(m.Enrolment)).one().promised_at = world.clock.now()
    colleague(world)
    phones.ring()
    twiml = phones.accept()
    phones.child("initiated")
    phones.after(twiml, "canceled", DialCallSid="CA-person")
    assert phones.dialled.state == "cancelled"
    move_clock(world, world.clock.now() + react.RETRY_AFTER)
    plan_everything(world)
    assert [touch.kind for touch in touches(world, state="planned")] == ["callback"]


@LITE
@pytest.mark.parametrize(
    ("turn", "accepted_ago", "most", "rung"),
    [
        (3, HOUR, 1, 0),  # one cold call is enough for today
        (3, HOUR, 2, 1),
        (3, 12 * HOUR, 1, 1),  # that was another day
        (3, HOUR, 0, 1),  # no limit
        (2, HOUR, 1, 1),  # the one before was no cold one
    ],
)
def test_cold_calls_of_a_colleague_are_capped(world, phones, turn, accepted_ago, most, rung):
    """E10"""
    due_calls(world, people=2)
    colleague(world)
    object.__setattr__(world.settings, "cold_calls_per_colleague", most)
    with world.db.write() as session:
        before, now = session.scalars(select(m.Touch).order_by(m.Touch.id)).all()
        before.state, before.priority, now.priority = "no_answer", turn, 3
        then, anna = world.clock.now() - accepted_ago, session.scalars(select(m.Operator)).one()
        row = operator_rows.opened(session, anna.id, before.id, "over", then)
        row.accepted_at = row.over_at = then
    assert phones.ring().rung == rung
    if not rung:
        with world.db.write() as session:
            session.scalars(select(m.Touch).where(m.Touch.state == "planned")).one().priority = 2
        assert phones.ring().rung == 1, "everybody else is called as ever"


@pytest.mark.parametrize(("turn", "kind"), [(2, "approach"), (0, "callback")])
def test_who_made_enough_cold_calls_keeps_no_other_colleague_from_one(world, phones, turn, kind):
    """E10 beside B9, on both engines: Anna looks after everybody, and what is warm or promised is still hers."""
    due_calls(world, people=3)
    colleague(world, "Boris", BORIS)
    colleague(world)
    object.__setattr__(world.settings, "cold_calls_per_colleague", 1)
    anna, boris, now = the(world).id, the(world, BORIS).id, world.clock.now()
    with world.db.write() as session:
        before, cold, warm = session.scalars(select(m.Touch).order_by(m.Touch.id)).all()
        before.state, before.priority, cold.priority, warm.priority, warm.kind = "no_answer", 3, 3, turn, kind
        for contact in session.scalars(select(m.Contact)):
            contact.owner_id = anna
        row = operator_rows.opened(session, anna, before.id, "over", now - HOUR)
        row.accepted_at = row.over_at = now - HOUR
    phones.ring()
    assert {row.operator_id: row.touch_id for row in rows(world, state="ringing")} == {boris: cold.id, anna: warm.id}


@LITE
def test_without_any_colleague_the_number_of_the_settings_stands_in(world, phones):
    due_calls(world)
    assert phones.ring().rung == 1
    assert phones.carrier.orders[-1].to == world.settings.operator_phone
    colleague(world)  # from now on the colleagues who were entered
    with world.db.read() as session:
        assert [each.phone for each in operators.listed(session)] == [ANNA]


@LITE
def test_a_colleague_waits_on_the_line_only_while_somebody_is_due_soon(world, phones):
    due_calls(world, people=2)
    colleague(world)
    with world.db.write() as session:
        session.scalars(select(m.Touch).where(m.Touch.contact_id == 2)).one().due_at += 30
    phones.ring()
    phones.pick_up()
    twiml = phones.follow(phones.press("2"))
    for _ in range(2):
        assert "<Pause" in twiml
        twiml = phones.follow(twiml)
    move_clock(world, world.clock.now() + 30)
    assert "Person 2" in phones.follow(twiml)
    assert MOST_WAITS > 3


@LITE
def test_colleagues_are_rung_no_faster_than_our_pace(db, tmp_path):
    world = make_world(db, tmp_path, calls_per_second=1)
    carrier = world.__dict__["carrier"] = Carrier()
    due_calls(world, people=3)
    for number in range(3):
        colleague(world, f"Colleague {number}", f"+44207946031{number}")
    assert [operator_first.ring(world).rung for _ in range(3)] == [1, 0, 0]
    for _ in range(2):
        move_clock(world, world.clock.now() + 2)
        operator_first.ring(world)
    assert len({order.to for order in carrier.orders}) == 3


@LITE
@pytest.mark.parametrize("order", ["end first", "end twice", "another leg"])
def test_reports_out_of_order_harm_nobody(world, phones, order):
    due_calls(world)
    colleague(world)
    phones.ring()
    path, sid = phones.line
    if order == "another leg":
        phones.pick_up()
        assert "Hangup" in phones.post(path, "CA-stranger")
        assert "Hangup" in phones.post(f"{path}/accept", "CA-stranger", Digits="1")
        assert rows(world)[0].state == "briefed"
        return
    for _ in range(2 if order == "end twice" else 1):
        phones.post(f"{path}/status", sid, "completed")
    assert "Hangup" in phones.pick_up()
    assert "Hangup" in phones.press("1")
    assert the(world).misses == 1
    assert only(world, channel="call").state == "planned"


@LITE
def test_a_briefing_lasts_under_fifteen_seconds_whatever_is_known(world, phones):
    """B10"""
    due_calls(world)
    colleague(world)
    with world.db.write() as session:
        firm = m.Company(name="Firm " * 40, facts={f"fact {n}": "long " * 30 for n in range(9)}, created_at=1)
        session.add(firm)
        session.flush()
        person = session.scalars(select(m.Contact)).one()
        person.company_id, person.title, person.name = firm.id, "Head & <Chief> " * 20, "Maria Weber"
        person.notes = "between ourselves"
    phones.ring()
    twiml = phones.pick_up()
    assert "Maria Weber, Head &amp; &lt;Chief&gt;" in twiml
    words = " ".join(unescape(re.sub("<[^>]+>", "", twiml)).split())
    assert words.endswith("1 call, 2 next, 3 pause.")
    assert "between" not in words  # anybody may have picked up
    assert len(words) / 14 < 15


@LITE
def test_unsigned_and_unknown_lines_change_nothing(world, phones):
    due_calls(world)
    colleague(world)
    phones.ring()
    path, sid = phones.line
    for leaf in ("", "/accept", "/next", "/after", "/status", "/sorry"):
        assert phones.client.post(f"{path}{leaf}", data={"CallSid": sid}).status_code == 403
    assert "Hangup" in phones.post("/voice/operator/0000/accept", sid, Digits="1")
    with world.db.read() as session:
        assert session.scalar(select(func.count(m.ProviderEvent.id))) == 0


def at_once(*acts):
    """All of these in the same moment; what each gave back."""
    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result() for each in [pool.submit(act) for act in acts]]


def test_two_workers_and_two_presses_at_once_ring_once_and_dial_once(world, phones):
    due_calls(world)
    colleague(world)
    colleague(world, "Boris", BORIS)
    assert sum(done.rung for done in at_once(phones.ring, phones.ring, phones.ring)) == 1
    phones.pick_up()
    answers = at_once(*[lambda: phones.press("1")] * 4)
    assert sum("<Number" in answer for answer in answers) == 1
    with world.db.read() as session:
        marks = select(func.count(m.TouchEvent.id)).where(m.TouchEvent.now == "sending")
        assert session.scalar(marks) == 1


@LITE
def test_what_a_dead_process_had_kept_is_understood_but_dials_nobody(world, phones):
    """Kept, and killed before it was applied: an accept is void, the end of the line counts."""
    due_calls(world)
    colleague(world)
    phones.ring()
    phones.pick_up()
    path, sid = phones.line
    with world.db.write() as session:
        for number, (leaf, more) in enumerate(
            {"accept": {"Digits": "1"}, "status": {"CallStatus": "completed"}}.items()
        ):
            form = {"AccountSid": "ACpractice0", "CallSid": sid, "CallStatus": "in-progress", **more}
            key = f"operator {leaf}:{path.rpartition('/')[2]}:{sid}::{90 + number}"
            events.keep(session, "twilio", key, kind=f"operator {leaf}", payload=form, received_at=1, touch_id=None)
    assert replay.abandoned(world) == 2
    assert [row.state for row in rows(world)] == ["declined"]  # hung up during the briefing
    assert only(world, channel="call").state == "planned"


@LITE
def test_a_campaign_may_name_its_own_number_while_nobody_is_entered(world, phones):
    publish(world, "meetings", calls={"operator_phone": ANNA})
    add_person(world)
    plan_everything(world)
    move_clock(world, touches(world)[0].due_at)
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch)).one()
        touch.channel, touch.kind, touch.automated, touch.template = "call", "approach", False, "announce"
    phones.ring()
    assert [order.to for order in phones.carrier.orders] == [ANNA]


@LITE
def test_health_says_who_is_on_duty_and_how_many_wait(world, phones):
    due_calls(world, people=2)
    colleague(world)
    assert operators.waiting(world) == {"colleagues_on_duty": 1, "calls_waiting_for_a_colleague": 2}


@LITE
def test_a_number_that_the_carrier_will_not_dial_is_told_by_the_colleagues_leg(world, phones):
    """13224: no carrier delivers to it. No leg of the person's ever was; the touch does not hang in the air."""
    due_calls(world)
    colleague(world)
    phones.ring()
    twiml = phones.accept()
    assert "could not be reached" in phones.after(twiml, "failed", ErrorCode="13224")
    assert phones.dialled.state in ("failed", "not_sent")
