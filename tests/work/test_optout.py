"""No means no, whichever way it is said, on every address we know, and for whoever comes with one of them later."""

from __future__ import annotations

import asyncio
import json
import os
import stat

import pytest
import support_leads
from sqlalchemy import String, cast, delete, select, update
from support_world import add_person, make_world, move_clock, only, plan_everything, publish, touches

from channels.base import Accepted, Incoming
from channels.form_answers import Answers
from channels.forms import FORMS
from channels.voice import VoiceEvent
from opportune import faults
from opportune.rules.facts import CallResult
from opportune.store import addresses, contacts, ledger
from opportune.store import leads as stored
from opportune.store import models as m
from opportune.work import (
    calls,
    campaign_life,
    cases,
    consents,
    desk,
    gate,
    inbox,
    intake,
    journal,
    leads,
    optout,
    plan,
    react,
    registers,
    replay,
    saidno,
    talks,
    whom,
)

ELSEWHERE = ("ana.private@mail.example", "+4930231259999")


@pytest.fixture
def world(db, tmp_path):
    """An executive with two more addresses, who was called once; the next step is planned."""
    world = make_world(db, tmp_path)
    publish(world)
    person = add_person(world)
    with world.db.write() as session:
        known = ("person1@firm.example", "+493023125001", *ELSEWHERE)
        session.add_all(
            m.Address(contact_id=person, kind="email" if "@" in value else "phone", value=value) for value in known
        )
    plan_everything(world)
    now = move_clock(world, only(world).due_at)
    with world.db.write() as session:
        claimed = ledger.claim(session, "call", now, "test", limit=5)
        [(touch, _)] = gate.pass_through(world, session, claimed, now)
        react.answered(world, session, touch, Accepted("CA1"), now)
    report(world, "in-progress", answered_by="human")
    return world


def call(world):
    return touches(world)[0]


def report(world, status, leaf=calls.status, **facts):
    said = VoiceEvent("CA1", status, f"{status} {facts}", raw={"CallSid": "CA1"}, **facts)
    return leaf(world, call(world).token, said, world.clock.now())


def mail(world, body, sender="person1@firm.example", *headers):
    lines = [f"From: {sender}", f"To: reply+{call(world).token}@ours.example", "Subject: Re: hello",
             f"Message-ID: <{hash(body) % 9999}@firm.example>", *headers, "", body, ""]  # fmt: skip
    assert inbox._take_in(world, "box", Incoming("7:1", "\r\n".join(lines).encode()))


def complaint(world):
    report = ('Content-Type: multipart/report; report-type=feedback-report; boundary="b"', "MIME-Version: 1.0")
    body = "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n\r\n--b--"
    mail(world, body, "abuse@provider.example", *report)


def form(world, message):
    answers = Answers({"name": "Person 1", "email": "person1@firm.example", "message": message}, {})
    support_leads.take(world, FORMS["callback"], answers, leads.Visit("key"))


WAYS = {
    "link": lambda world: optout.by_token(world, call(world).token, world.clock.now()),
    "key 9": lambda world: report(world, "in-progress", talks.keys, digits="9"),
    "reply in English": lambda world: mail(world, "Stop"),
    "reply in Russian": lambda world: mail(world, "Не пишите мне больше"),
    "reply in Romanian": lambda world: mail(world, "Dezabonare"),
    "complaint": complaint,
    "operator": lambda world: desk.enter(world, call(world).token, CallResult.DO_NOT_CALL, "he was angry"),
    "form message": lambda world: form(world, "Please remove me from your list."),
}


def in_force(world):
    with world.db.read() as session:
        return session.scalars(select(m.Suppression).where(m.Suppression.undone_at.is_(None))).all()


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_saying_no_is_the_same_no(world, way):
    WAYS[way](world)
    rows = in_force(world)
    every = ("person1@firm.example", "+493023125001", *ELSEWHERE)
    assert {row.digest for row in rows if row.digest} >= {world.signer.address_digest(each) for each in every}
    assert {row.contact_id for row in rows} == {call(world).contact_id}
    assert {row.channel for row in rows} == {None}
    [entry] = journal.read(world)
    assert entry["reason"] == rows[0].reason
    assert {digest for _, digest in entry["no"]} == {row.digest for row in rows if row.digest}
    assert touches(world, state="planned") == []
    with world.db.read() as session:
        assert session.scalars(select(m.Enrolment.state)).one() != "active"
        assert session.scalars(select(m.Outcome.kind).where(m.Outcome.kind == "opt_out")).one()


def test_said_twice_it_is_stored_and_journaled_once(world):
    for _ in range(2):
        optout.by_token(world, call(world).token, world.clock.now())
    assert len(in_force(world)) == 5  # the person and four addresses
    assert len(list(journal.read(world))) == 1


def never_leaves(world, person):
    """Nothing is planned for this person, and the gate would let nothing out either."""
    with world.db.read() as session:
        contact = session.get_one(m.Contact, person)
        return person in cases.suppressed(world, session, [contact])


@pytest.mark.parametrize("address", ["stranger@firm.example", "+4930231250777"])
def test_who_said_no_before_we_met_is_never_contacted(world, address):
    """E4"""
    with world.db.write() as session:
        optout.by_address(world, session, address, reason="replied stop", evidence="stop", now=world.clock.now())
    column = "email" if "@" in address else "phone"
    person = add_person(world, 2, **{column: address})
    plan_everything(world)
    assert never_leaves(world, person)
    assert not [touch for touch in touches(world, contact_id=person) if touch.state == "planned"]


def test_a_no_from_an_address_that_turned_out_wrong_holds_all_the_same(world):
    """Their mail bounced once, now they write from there; the planned call must not ring."""
    person = add_person(world, 2)
    plan_everything(world)
    assert touches(world, contact_id=person, state="planned")
    with world.db.write() as session:
        session.add(m.Address(contact_id=person, kind="email", value="ana@before.example", invalid_at=1))
        session.flush()
        optout.by_address(
            world, session, "ana@before.example", reason="replied stop", evidence="stop", now=world.clock.now()
        )
    assert not touches(world, contact_id=person, state="planned")


def test_a_stop_from_somebody_unknown_is_heard(world):
    """E4"""
    text = "From: nobody.knows@me.example\nMessage-ID: <x@me.example>\nSubject: your mail\n\nUnsubscribe"
    assert inbox._take_in(world, "box", Incoming("7:9", text.encode()))
    [row] = in_force(world)
    assert (row.contact_id, row.digest) == (None, world.signer.address_digest("nobody.knows@me.example"))


@pytest.mark.parametrize(("kind", "old"), [("email", "ana@before.example"), ("phone", "+4930231250888")])
def test_a_suppressed_old_address_keeps_the_person_suppressed(world, kind, old):
    """E11: whoever said no under an earlier address is not asked again under the new one, by planner nor gate."""
    person = add_person(world, 2)
    with world.db.write() as session:
        contact = session.get_one(m.Contact, person)
        addresses.add(session, [addresses.address(contact, kind, old, old)])
        entry = (kind, world.signer.address_digest(old))
        optout._keep(world, session, None, [entry], "said_no", "a list", world.clock.now(), None)
    assert never_leaves(world, person)
    plan_everything(world)
    assert not [touch for touch in touches(world, contact_id=person) if touch.state == "planned"]


def test_it_outlives_the_persons_data(world):
    optout.by_token(world, call(world).token, world.clock.now())
    with world.db.write() as session:
        contact = session.get_one(m.Contact, call(world).contact_id)
        contact.name, contact.email, contact.phone = "", None, None
        session.execute(update(m.Address).values(value="erased " + cast(m.Address.id, String)))
    assert never_leaves(world, add_person(world, 1))
    assert never_leaves(world, add_person(world, 3, email=ELSEWHERE[0]))


def test_a_person_who_later_gets_a_suppressed_address_is_left_in_peace_altogether(world):
    optout.by_token(world, call(world).token, world.clock.now())
    person = add_person(world, 4)
    with world.db.write() as session:
        contact = session.get_one(m.Contact, person)
        addresses.add(session, [addresses.address(contact, "phone", ELSEWHERE[1], ELSEWHERE[1])])
        saidno.mark(world, session, [contact], world.clock.now())
    assert never_leaves(world, person)


#: What somebody says of one way -> which way is closed, which one remains
ONE_WAY = [("Don't call me", "call", "email"), ("Don't email me, call", "email", "call")]


@pytest.mark.parametrize(("words", "closed", "open_"), ONE_WAY)
def test_who_refuses_one_way_is_reached_only_the_other(world, words, closed, open_):
    mail(world, words)
    assert {row.channel for row in in_force(world)} == {closed}
    with world.db.read() as session:
        contact = session.get_one(m.Contact, call(world).contact_id)
        assert cases.suppressed(world, session, [contact], closed)
        assert not cases.suppressed(world, session, [contact], open_)
        assert not cases.suppressed(world, session, [contact])


def test_a_closed_way_is_closed_at_the_gate_and_a_later_yes_opens_it(world):
    person = add_person(world, 5)
    plan_everything(world)
    [touch] = touches(world, contact_id=person, state="planned")
    assert touch.channel == "call"
    now = move_clock(world, touch.due_at)
    with world.db.write() as session:  # by the number's hash alone: nobody decided anew
        number = [("phone", world.signer.address_digest("+493023125005"))]
        optout._keep(world, session, None, number, "no", "", now - 60, "call")
        claimed = ledger.claim(session, "call", now, "test", limit=5)
        assert gate.pass_through(world, session, claimed, now) == []
    assert {t.channel for t in touches(world, contact_id=person, state="planned")} <= {"email"}
    with world.db.write() as session:
        contact = session.get_one(m.Contact, person)
        session.add(contacts.consent(person, "call_auto", granted=True, at=now, wording="call me after all"))
        session.flush()
        assert not cases.suppressed(world, session, [contact], "call")


def test_a_misclick_is_undone_with_its_reason(world):
    desk.enter(world, call(world).token, CallResult.DO_NOT_CALL, "wrong button")
    with pytest.raises(ValueError, match="--why"):
        optout.allow(world, "person1@firm.example", why="", by="ana")
    assert optout.allow(world, "person1@firm.example", why="I pressed the wrong button", by="ana") == 5
    assert in_force(world) == []
    assert not never_leaves(world, call(world).contact_id)
    with world.db.read() as session:
        row = session.scalars(select(m.Audit).where(m.Audit.act == "allowed")).one()
        assert (row.who, row.why) == ("ana", "I pressed the wrong button")
        assert session.scalars(select(m.Enrolment.state)).one() == "active"
        assert {each.undone_why for each in session.scalars(select(m.Suppression))} == {"I pressed the wrong button"}
    with pytest.raises(ValueError, match="not on the do-not-contact list"):
        optout.allow(world, "person1@firm.example", why="again", by="ana")
    with pytest.raises(whom.NotFound):
        optout.allow(world, "nobody@firm.example", why="who", by="ana")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_misclick_undone_after_the_end_of_a_campaign_opens_nothing_there(world):
    """B7: nobody would ever decide about them in it."""
    desk.enter(world, call(world).token, CallResult.DO_NOT_CALL, "wrong button")
    campaign_life.end(world, "meetings", by="ana")
    optout.allow(world, "person1@firm.example", why="I pressed the wrong button", by="ana")
    with world.db.read() as session:
        after = session.scalars(select(m.Enrolment)).one()
        assert (after.state, after.stopped_why, after.decide_at) == ("stopped", "opted_out", None)


class Carrier:
    """Remembers what it was asked to cancel."""

    def __init__(self):
        self.cancelled = []

    def cancel(self, sid):
        self.cancelled.append(sid)
        return True


def list_of_noes(world, number):
    (world.settings.home / "no.csv").write_text(f"phone\n+4930231250999\n{number}\n")
    saidno.read(world, world.settings.home / "no.csv", None)


def register(world, number):
    (world.settings.home / "register.txt").write_text(f"+4930231250999\n{number}\n")
    registers.read(world, world.settings.home / "register.txt", "DE")


@pytest.fixture
def rings(world):
    """Whose phone rings: somebody else's, by the call CA2."""
    world.__dict__["carrier"] = Carrier()
    person = add_person(world, 2, email=None)
    with world.db.write() as session:
        session.add(m.Address(contact_id=person, kind="phone", value="+493023125002"))
    plan_everything(world)
    now = move_clock(world, only(world, contact_id=person).due_at)
    with world.db.write() as session:
        claimed = ledger.claim(session, "call", now, "test", limit=5)
        [(touch, _)] = gate.pass_through(world, session, claimed, now)
        react.answered(world, session, touch, Accepted("CA2"), now)
    return person


@pytest.mark.parametrize("way", [list_of_noes, register])
def test_a_list_of_noes_stops_at_once_whoever_is_known(world, rings, way):
    way(world, "+493023125002")
    assert world.carrier.cancelled == ["CA2"]
    assert only(world, contact_id=rings).state == "cancel_requested"
    with world.db.read() as session:
        enrolment = session.scalars(select(m.Enrolment).where(m.Enrolment.contact_id == rings)).one()
        contact = session.get_one(m.Contact, rings)
        assert cases.suppressed(world, session, [contact], "call")
        assert way is register or enrolment.stopped_why == "opted_out"
        assert session.scalars(select(m.Outcome)).all() == [], "it says nothing of what we did"
    way(world, "+493023125002")
    assert world.carrier.cancelled == ["CA2"], "the same list once more changes nothing"


def form_posted(world):
    fields = {"name": "Person 2", "phone": "+493023125002", "message": "Please remove me from your list."}
    row = leads.row(world, FORMS["callback"], Answers(fields, {}), leads.Visit("key"), world.clock.now())
    asyncio.run(intake.of(world).put(row))


def form_understood_later(world):
    fields = {"name": "Person 2", "phone": "+493023125002", "message": "Please remove me from your list."}
    row = leads.row(world, FORMS["callback"], Answers(fields, {}), leads.Visit("key"), world.clock.now())
    with world.db.write() as session:
        stored.store_leads(session, [row])
    assert leads.understand_waiting(world) == 1


def unwanted_says_the_network(world):
    """SIP 607 of another call to the same number."""
    with world.db.write() as session:
        for contact in session.scalars(select(m.Contact)):
            contact.phone = "+493023125002"
    report(world, "failed", sip_code=607)


@pytest.mark.parametrize("way", [form_posted, form_understood_later, unwanted_says_the_network])
def test_the_carrier_is_asked_at_once_to_cancel_what_rings_somewhere_else(world, rings, way):
    """E2: nobody waits for the reconciler."""
    way(world)
    assert touches(world, contact_id=rings)[0].state == "cancel_requested"
    assert world.carrier.cancelled == ["CA2"]


SHARED = "+4930231250000"


def said_no_both(world):
    """Two at one number; the second one's no is taken back."""
    ana, bob = (add_person(world, number, email=None, phone=SHARED) for number in (7, 8))
    with world.db.write() as session:
        for who, value in ((ana, SHARED), (ana, "ana@firm.example"), (bob, SHARED)):
            session.add(m.Address(contact_id=who, kind="email" if "@" in value else "phone", value=value))
        for who in (bob, ana):
            no = {"reason": "operator", "evidence": "", "now": world.clock.now(), "touch_id": None}
            optout.opt_out(world, session, who, **no)
    assert optout.allow(world, f"#{ana}", why="a wrong click", by="ana") == 3  # she, her number, her address
    return ana, bob


def test_taking_back_one_persons_no_leaves_the_other_ones(world):
    ana, bob = said_no_both(world)
    assert never_leaves(world, bob)
    with pytest.raises(ValueError, match=f"somebody else at one of their addresses said no: #{bob}"):
        optout.allow(world, f"#{ana}", why="a wrong click", by="ana")
    assert optout.allow(world, f"#{bob}", why="a wrong click, too", by="ana") == 2
    assert not never_leaves(world, ana)
    assert not never_leaves(world, bob)


def test_a_restore_brings_back_the_no_of_whoever_shares_a_number_with_somebody_allowed(world):
    _, bob = said_no_both(world)
    with world.db.write() as session:  # the backup is older
        session.execute(delete(m.Suppression))
    replay.opt_outs(world)
    assert never_leaves(world, bob)


def test_a_no_at_a_number_outlives_that_somebody_else_there_is_allowed_again(world):
    """Whoever comes with it later is not contacted, and it holds without the person's data."""
    bob = said_no_both(world)[1]
    ana = add_person(world, 9, email=None, phone=SHARED)
    with world.db.write() as session:
        session.add(m.Address(contact_id=ana, kind="phone", value=SHARED))
        no = {"reason": "operator", "evidence": "", "now": world.clock.now(), "touch_id": None}
        optout.opt_out(world, session, ana, **no)
    optout.allow(world, f"#{bob}", why="a wrong click", by="ana")
    assert never_leaves(world, add_person(world, 10, email=None, phone=SHARED))


def test_a_journal_line_cut_off_by_a_crash_is_passed_over(world):
    optout.by_token(world, call(world).token, world.clock.now())
    file = journal.path(world)
    whole = file.read_text()
    file.write_text(whole + json.dumps({"at": 1, "no": []})[:9] + "\n[1]\n" + whole)
    assert len(list(journal.read(world))) == 2


def test_what_is_said_after_a_line_that_was_cut_off_is_not_lost_with_it(world):
    journal.append(world, {"at": 1})
    with journal.path(world).open("a") as file:
        file.write('{"at": 2, "no": [["em')
    journal.append(world, {"at": 3})
    assert [entry["at"] for entry in journal.read(world)] == [1, 3]


def test_what_a_power_cut_left_in_the_journal_ends_no_restore(world):
    journal.append(world, {"at": 1})
    with journal.path(world).open("ab") as file:
        file.write(b'{"at": 2, "no": [["em\xff\xfe')
    journal.append(world, {"at": 3})
    assert [entry["at"] for entry in journal.read(world)] == [1, 3]


def test_the_name_of_a_new_journal_is_on_the_disk_before_anything_is_in_it(world, monkeypatch):
    synced, whole = [], os.fsync

    def sync(file):
        synced.append("folder" if stat.S_ISDIR(os.fstat(file).st_mode) else "journal")
        whole(file)

    monkeypatch.setattr(os, "fsync", sync)
    for _ in range(2):
        journal.append(world, {"at": 1})
    assert synced == ["folder", "journal", "journal"]


class GaveWay(Exception):
    """As PostgreSQL tells one of two that wait for each other."""

    sqlstate = "40P01"


WAITED_FOR_EACH_OTHER = {
    "link": WAYS["link"],
    "operator": WAYS["operator"],
    "their page": lambda world: consents.by_token(world, call(world).token, None, world.clock.now()),
    "journal": lambda world: replay.opt_outs(world),
    "list": lambda world: list_of_noes(world, "+493023125001"),
}


@pytest.mark.parametrize("way", WAITED_FOR_EACH_OTHER)
def test_whoever_is_told_to_give_way_says_no_once_more(world, way):
    """B5: they hear that it holds, and no error."""
    digest = world.signer.address_digest("+493023125001")
    if way == "journal":
        journal.append(world, {"at": 1, "reason": "x", "channel": None, "no": [["phone", digest]]})
    times = iter((GaveWay(),))

    def once(point):
        if point == "optout.written" and (error := next(times, None)):
            raise error

    faults.arm(once)
    try:
        WAITED_FOR_EACH_OTHER[way](world)
    finally:
        faults.arm(None)
    assert next(times, None) is None, "it was told to give way"
    assert never_leaves(world, call(world).contact_id)


def test_a_disk_that_takes_only_half_a_line_took_nothing(world, monkeypatch):
    whole = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda file, text: whole(file, text[:9]))
        with pytest.raises(OSError, match="disk"):
            journal.append(world, {"at": 1, "reason": "link"})
    journal.append(world, {"at": 2})
    assert [entry["at"] for entry in journal.read(world)] == [2]


def test_planner_and_gate_see_the_same_noes(world):
    """What one reads in bulk and the other as objects."""
    mail(world, "Don't call me")
    with world.db.write() as session:
        plan.facts_changed(world, session, [call(world).contact_id], world.clock.now())
        session.execute(update(m.Enrolment).values(state="active", stopped_why=None, decide_at=world.clock.now()))
    plan_everything(world)
    assert {t.channel for t in touches(world, state="planned")} <= {"email"}
