"""What providers told us is kept before it is understood; what failed waits in a list, and opt-outs outlive the
database."""

from __future__ import annotations

import base64
import json

import pytest
from sqlalchemy import delete, select, update
from support_world import (
    add_person,
    make_world,
    move_clock,
    only,
    plan_everything,
    publish,
    touches,
)

from channels.base import Accepted, Incoming
from channels.voice import parse_event
from opportune import app
from opportune.store import events, ledger
from opportune.store import models as m
from opportune.work import (
    calls,
    cases,
    gate,
    inbox,
    journal,
    optout,
    react,
    replay,
    uncertain,
)


@pytest.fixture
def world(db, tmp_path):
    """An executive was called; the last report has not come."""
    world = make_world(db, tmp_path)
    publish(world)
    add_person(world)
    plan_everything(world)
    now = move_clock(world, only(world).due_at)
    with world.db.write() as session:
        claimed = ledger.claim(session, "call", now, "test", limit=5)
        [(touch, _)] = gate.pass_through(world, session, claimed, now)
        react.answered(world, session, touch, Accepted("CA1"), now)
    return world


def call(world):
    return touches(world)[0]


def last_report(world):
    body = b"CallSid=CA1&CallStatus=no-answer&AccountSid=ACpractice0&SequenceNumber=3"
    return calls.status(world, call(world).token, parse_event(body), world.clock.now())


def kept(world):
    with world.db.read() as session:
        return session.scalars(select(m.ProviderEvent).order_by(m.ProviderEvent.id)).all()


@pytest.fixture
def defect(monkeypatch):
    """A bug of ours, until the test mends it."""

    def breaks(*_given, **_named):
        raise RuntimeError("a defect of ours")

    with monkeypatch.context() as patch:
        patch.setattr(react, "call_over", breaks)
        patch.setattr(inbox, "_apply", breaks)
        yield patch


def test_a_report_that_we_fail_to_understand_is_kept_and_applied_later(world, defect):
    with pytest.raises(RuntimeError):
        last_report(world)
    [event] = kept(world)
    assert (event.applied_at, event.tries, call(world).state) == (None, 1, "sent")
    assert event.failed_why == "RuntimeError: a defect of ours"
    assert uncertain.waiting(world)["events_not_understood"] == 1
    assert replay.again(world) == replay.Replayed(applied=0, failed=1)
    defect.undo()
    assert replay.again(world) == replay.Replayed(applied=1, failed=0)
    assert (call(world).state, call(world).result) == ("no_answer", "no_answer")
    assert uncertain.waiting(world)["events_not_understood"] == 0
    assert replay.again(world) == replay.Replayed()  # harmless twice


@pytest.mark.usefixtures("defect")
def test_by_itself_it_is_tried_three_times_and_then_waits_for_a_person(world):
    with pytest.raises(RuntimeError):
        last_report(world)
    for _ in range(9):
        move_clock(world, world.clock.now() + 300)
        replay.again(world, by_itself=True)
    assert kept(world)[0].tries == events.TRIES


def test_what_fails_keeps_nothing_behind_it_waiting(world, defect, monkeypatch):
    monkeypatch.setattr(replay, "PAGE", 2)
    for number in range(2):
        stop_mail_of_a_dead_process(world, f"<{number}@firm.example>")
    ringing = {"touch_id": call(world).id, "kind": "status", "payload": {"CallSid": "CA1", "CallStatus": "ringing"}}
    with world.db.write() as session:
        events.keep(session, "twilio", "status:1", received_at=world.clock.now(), **ringing)
    assert replay.again(world) == replay.Replayed(applied=1, failed=2)
    assert call(world).state == "ringing"


def test_what_is_being_taken_in_just_now_is_left_to_who_does_it(world):
    with world.db.write() as session:
        given = {"touch_id": call(world).id, "kind": "status", "payload": {"CallSid": "CA1", "CallStatus": "ringing"}}
        events.keep(session, "twilio", "status:1", received_at=world.clock.now(), **given)
    assert replay.again(world, by_itself=True) == replay.Replayed()
    move_clock(world, world.clock.now() + replay.SETTLING)
    assert replay.again(world, by_itself=True) == replay.Replayed(applied=1)
    assert call(world).state == "ringing"


def stop_mail_of_a_dead_process(world, id="<stop@firm.example>"):
    """Read from the mailbox and kept; then its process died."""
    lines = ["From: person1@firm.example", f"To: reply+{call(world).token}@ours.example", "Subject: Re: hello",
             f"Message-ID: {id}", "", "Stop, do not contact me again.", ""]  # fmt: skip
    payload = {"raw": base64.b64encode("\r\n".join(lines).encode()).decode()}
    with world.db.write() as session:
        given = {"touch_id": None, "kind": "reply", "payload": payload, "received_at": world.clock.now()}
        events.keep(session, inbox.PROVIDER, id, **given)


def said_no(world):
    with world.db.read() as session:
        people = session.scalars(select(m.Contact)).all()
        return sorted(cases.suppressed(world, session, people))


def test_an_opt_out_whose_process_died_holds_within_seconds(world):
    """A14: the next pass of the live loop applies it before anything leaves."""
    stop_mail_of_a_dead_process(world)
    assert replay.abandoned(world) == 0  # whoever took it in may be about to
    assert said_no(world) == []
    move_clock(world, world.clock.now() + replay.MOMENT)
    assert replay.abandoned(world) == 1
    assert said_no(world) == [call(world).contact_id]
    assert replay.abandoned(world) == 0  # harmless twice


def test_what_failed_once_is_no_matter_of_seconds(world, defect):
    """Three tries would be used up before anybody could mend the defect."""
    stop_mail_of_a_dead_process(world)
    assert [replay.abandoned(world, quiet=0) for _ in range(9)] == [0] * 9
    [event] = [each for each in kept(world) if each.provider == inbox.PROVIDER]
    assert event.tries == 1
    defect.undo()
    move_clock(world, world.clock.now() + replay.SETTLING)
    assert replay.again(world, by_itself=True).applied == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_starts_with_what_its_predecessor_left(world, monkeypatch):
    """A14: no age limit, since who kept it lives no more."""
    stop_mail_of_a_dead_process(world)
    monkeypatch.setattr(app, "settings", lambda: world.settings)
    monkeypatch.setattr(app, "open_world", lambda _settings, **_owner: world)
    monkeypatch.setattr(app, "build", said_no)
    assert app.create() == [call(world).contact_id]


#: What was asked of us when it failed -> what applying it later says of the call; nobody listens to words any more
LATE = [
    ("words", {"CallStatus": "in-progress", "AnsweredBy": "human"}, lambda touch: (touch.state, touch.said),
     ("answered", None)),
    ("keys", {"CallStatus": "in-progress", "Digits": "9"}, lambda touch: touch.pressed, "9"),
    ("after", {"CallStatus": "in-progress", "DialCallStatus": "completed", "DialCallDuration": "7"},
     lambda touch: touch.talk_seconds, 7),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "said", "look", "expected"), LATE)
def test_each_kind_of_event_can_be_applied_later(world, kind, said, look, expected):
    with world.db.write() as session:
        payload = {"CallSid": "CA1", **said}
        given = {"touch_id": call(world).id, "kind": kind, "payload": payload, "received_at": world.clock.now()}
        events.keep(session, "twilio", f"{kind}:1", **given)
    assert replay.again(world) == replay.Replayed(applied=1)
    assert look(call(world)) == expected
    if kind == "keys":
        assert touches(world, state="planned") == []


def cursor(world):
    with world.db.read() as session:
        row = session.get(m.Mailbox, "box")
        return row.validity, row.uid


def mail(uid, body="Please call me tomorrow"):
    text = f"From: person1@firm.example\nMessage-ID: <{uid}@firm.example>\nSubject: Re: hello\n\n{body}"
    return Incoming(uid, text.encode())


def test_one_mail_that_breaks_us_does_not_stop_the_mailbox(world, defect):
    with world.db.write() as session:
        session.execute(update(m.Touch).values(channel="email", sent_at=world.clock.now()))
    assert inbox._take_in(world, "box", mail("7:1"))
    assert inbox._take_in(world, "box", mail("7:2"))
    assert cursor(world) == (7, 2)
    assert [(event.tries, event.applied_at) for event in kept(world)] == [(1, None), (1, None)]
    assert not inbox._take_in(world, "box", mail("7:1"))  # read again: known
    assert kept(world)[0].tries == 1
    defect.undo()
    assert replay.again(world) == replay.Replayed(applied=2)
    assert call(world).result == "replied"


def test_a_mail_that_cannot_even_be_read_is_kept_too(world, monkeypatch):
    def breaks(_raw):
        raise LookupError("unknown encoding")

    monkeypatch.setattr(inbox.inbox, "read", breaks)
    assert inbox._take_in(world, "box", mail("7:1"))
    [event] = kept(world)
    assert (event.kind, event.tries, cursor(world)) == ("unreadable", 1, (7, 1))


def test_a_restore_does_not_bring_back_whom_we_may_not_contact(world):
    """B7"""
    optout.by_token(world, call(world).token, world.clock.now())
    with world.db.write() as session:  # and somebody we never met, and one who was taken back
        now = world.clock.now()
        no = {"reason": "replied stop", "evidence": "stop", "now": now}
        optout.by_address(world, session, "stranger@firm.example", **no)
        optout.by_address(world, session, "person2@firm.example", channel="email", **no)
    mistaken = add_person(world, 3)
    with world.db.write() as session:
        said = {"reason": "operator", "evidence": "", "now": world.clock.now(), "touch_id": None}
        optout.opt_out(world, session, mistaken, **said)
    optout.allow(world, f"#{mistaken}", why="wrong button", by="ana")
    with world.db.write() as session:  # the backup knows nothing of all that
        session.execute(delete(m.Suppression))
        session.execute(delete(m.Outcome))
        session.execute(update(m.Enrolment).values(state="active", stopped_why=None, decide_at=world.clock.now()))
        session.add(m.Address(contact_id=call(world).contact_id, kind="email", value="person1@firm.example"))
    add_person(world, 2)
    plan_everything(world)
    assert touches(world, state="planned")
    assert replay.opt_outs(world) >= 4
    with world.db.read() as session:
        people = {each.email: each for each in session.scalars(select(m.Contact))}
        no = cases.suppressed(world, session, list(people.values()))
        by_mail = cases.suppressed(world, session, list(people.values()), "email")
    assert set(no) == {people["person1@firm.example"].id}
    assert people["person2@firm.example"].id in by_mail
    assert mistaken not in by_mail
    assert touches(world, state="planned", contact_id=call(world).contact_id) == []
    assert replay.opt_outs(world) == 0  # harmless twice


def test_a_journal_of_the_first_days_is_understood(world):
    """Without kinds; its entries hold all the same."""
    digest = world.signer.address_digest("person1@firm.example")
    journal.path(world).parent.mkdir(parents=True, exist_ok=True)
    line = {"at": 1, "contact": 1, "reason": "link", "digests": [digest]}
    journal.path(world).write_text(json.dumps(line) + "\n")
    assert replay.opt_outs(world) == 1
    with world.db.read() as session:
        assert cases.suppressed(world, session, session.scalars(select(m.Contact)).all())
