"""What is in doubt is shown with its age and what speaks for what; whoever knows decides, and the reason is kept."""

from __future__ import annotations

import json
import smtplib

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from support_mailbox import running_mailbox
from support_world import add_person, make_world, move_clock, only, plan_everything, publish, touches
from typer.testing import CliRunner

import channels.inbox
from channels.base import Incoming, Refused
from channels.inbox import Unreadable
from opportune.cli import common, register
from opportune.cli.common import app
from opportune.rules.facts import DAY, HOUR
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import arrivals, call_doubts, gate, inbox, optout, react, reconcile, recording, uncertain

register(["uncertain"])


@pytest.fixture
def world(db, tmp_path):
    """A clerk's mail may have left: the connection died after the final dot."""
    world = make_world(db, tmp_path)
    publish(world, "clarifications")
    add_person(world, status="staff", interest="warm")
    plan_everything(world)
    move_clock(world, only(world).due_at)
    doubt(world, "email")
    return world


def doubt(world, channel):
    now = world.clock.now()
    with world.db.write() as session:
        claimed = ledger.claim(session, channel, now, "test", limit=5)
        [(touch, _)] = gate.pass_through(world, session, claimed, now)
        ledger.move(session, touch, "uncertain", now=now, who="dispatcher", why="dropped after the dot")


def mail(world):
    return touches(world)[0]


def test_a_doubt_is_listed_with_its_age_and_its_evidence(world):
    move_clock(world, mail(world).sending_at + 2 * HOUR)
    reconcile.uncertain(world)
    [told] = uncertain.listed(world)
    assert (told["id"], told["age"], told["channel"], told["name"]) == (mail(world).id, 2 * HOUR, "email", "Person 1")
    assert [each["what"] for each in told["evidence"]] == ["dropped after the dot"]
    assert told["closes_at"] == told["next_look"] == mail(world).sending_at + DAY
    assert uncertain.waiting(world)["not_sure_whether_it_left"] == 1


@pytest.mark.parametrize(("left", "state"), [(True, "assumed_sent"), (False, "not_sent")])
def test_who_knows_decides_and_the_reason_is_kept(world, left, state):
    assert uncertain.decide(world, mail(world).id, left=left, why="the reader told me", by="ana") == state
    assert mail(world).state == state
    assert uncertain.listed(world) == []
    with world.db.read() as session:
        row = session.scalars(select(m.Audit).where(m.Audit.act == f"decided_{state}")).one()
        assert (row.who, row.why, row.subject) == ("ana", "the reader told me", f"touch {mail(world).id}")
        assert session.scalars(select(m.Enrolment.decide_at)).one() == world.clock.now()  # nobody is left open (B7)


@pytest.fixture
def form(db, tmp_path):
    """What a form was asked for may have left: no campaign is behind it."""
    world = make_world(db, tmp_path)
    who = add_person(world)
    with world.db.write() as session:
        lead = m.Lead(
            public_id="x", idempotency_key="x", form="lead_magnet", form_version="1", contact_id=who, fields={},
            answer_by="email", received_at=world.clock.now(),
        )  # fmt: skip
        session.add(lead)
        session.flush()
        arrivals.leads_arrived(world, session, [(lead, session.get_one(m.Contact, who))], world.clock.now())
    doubt(world, "email")
    return world


def says_no(world, channel):
    no = {"reason": "form", "evidence": "", "now": world.clock.now(), "touch_id": None, "channel": channel}
    with world.db.write() as session:
        optout.opt_out(world, session, mail(world).contact_id, **no)


def states(world):
    return [touch.state for touch in touches(world)]


def test_what_a_person_asked_for_and_did_not_leave_leaves_again_at_once(form):
    """Promise 1: also where an operator knows it sooner than the reconciler; under the same Message-ID."""
    uncertain.decide(form, mail(form).id, left=False, why="the server says so", by="ana")
    assert states(form) == ["not_sent", "planned"]
    again = touches(form)[1]
    assert (again.due_at, again.message_id) == (form.clock.now(), mail(form).message_id)
    doubt(form, "email")
    uncertain.decide(form, again.id, left=False, why="nor did this one", by="ana")
    assert states(form) == ["not_sent", "not_sent"]  # two transmissions at most


#: What they said no to five minutes after it may have left -> does it leave again?
NOES = [(None, False), ("email", False), ("call", True)]


@pytest.mark.parametrize(("channel", "leaves"), NOES)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_after_a_no_to_mail_nothing_is_sent_a_second_time(form, channel, leaves):
    """Promise 3: not by the reconciler, not by whoever knows that it did not leave, not after a late refusal."""
    began = mail(form).sending_at
    move_clock(form, began + 300)
    says_no(form, channel)
    move_clock(form, began + reconcile.REQUESTED_AGAIN)
    reconcile.uncertain(form)
    assert states(form) == (["not_sent", "planned"] if leaves else ["uncertain"])
    if not leaves:
        uncertain.decide(form, mail(form).id, left=False, why="the server says so", by="ana")
        assert states(form) == ["not_sent"]


@pytest.mark.parametrize(("channel", "leaves"), NOES)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_after_a_no_to_mail_a_refusal_for_now_plans_no_other_try(form, channel, leaves):
    says_no(form, channel)
    with form.db.write() as session:
        touch = session.get_one(m.Touch, mail(form).id)
        react.answered(form, session, touch, Refused("451", "later", permanent=False), form.clock.now())
    assert states(form) == ["not_sent", *["planned"] * leaves]


def test_a_refusal_that_is_read_when_the_mail_is_in_doubt_already_counts_as_one(world):
    """The process slept for a quarter of an hour with a mail under way, and the reaper was faster."""
    with world.db.read() as session:
        going = [(session.get_one(m.Touch, mail(world).id), session.get_one(m.PreparedMessage, mail(world).id))]
    recording.record(world, going, [Refused("550 5.1.1", "no such user", permanent=True)])
    assert (mail(world).state, mail(world).result) == ("not_sent", "refused")
    with world.db.read() as session:
        assert session.get_one(m.Contact, mail(world).contact_id).email is None  # E7
        assert session.scalars(select(m.Audit.act).where(m.Audit.act == "illegal_move")).all() == []
    assert not [touch for touch in touches(world) if touch.state == "planned" and touch.channel == "email"]


def test_without_a_reason_nothing_is_decided(world):
    with pytest.raises(ValueError, match="--why"):
        uncertain.decide(world, mail(world).id, left=True, why=" ", by="ana")
    assert mail(world).state == "uncertain"


def test_what_is_not_in_doubt_is_not_decided(world):
    uncertain.decide(world, mail(world).id, left=True, why="seen", by="ana")
    with pytest.raises(uncertain.Settled, match="not in doubt any more: assumed_sent"):
        uncertain.decide(world, mail(world).id, left=False, why="no", by="bob")
    with pytest.raises(uncertain.Settled, match="there is no attempt 99"):
        uncertain.decide(world, 99, left=False, why="no", by="bob")


#: What came back -> the state it proves. By its Message-ID in the thread, or by the token it was sent to.
PROOFS = [
    ("From: person1@firm.example", "Subject: Re: hello\nIn-Reply-To: {id}\n\nThanks", "sent"),
    ("From: person1@firm.example", "Subject: Out of office\nAuto-Submitted: auto-replied\nIn-Reply-To: {id}\n\nAway",
     "sent"),
    ("From: MAILER-DAEMON@firm.example", "Return-Path: <>\nSubject: failure notice\nReferences: {id}\n\n550 5.1.1 no",
     "bounced"),
    (
        "From: MAILER-DAEMON@firm.example",
        "Subject: delivered\nTo: bounce+{token}@ours.example\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n'
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
        "Final-Recipient: rfc822; person1@firm.example\nAction: delivered\nStatus: 2.0.0\n\n--b--\n",
        "delivered",
    ),
    ("From: MAILER-DAEMON@firm.example", "Return-Path: <>\nSubject: failure notice\nReferences: {id}\n\n"
     "452 4.2.2 mailbox full", "bounced"),
    ("From: MAILER-DAEMON@firm.example", "Return-Path: <>\nSubject: failure notice\nReferences: {id}\n\n"
     "550 5.7.1 refused by policy", "bounced"),
    ("From: person1@firm.example", "Subject: I am back\nAuto-Submitted: auto-replied\nIn-Reply-To: {id}\n"
     "Date: Tue, 03 Mar 2026 08:00:00 +0000\n\nI was away until 2 March 2026.", "sent"),
]  # fmt: skip


@pytest.mark.parametrize(("sender", "rest", "state"), PROOFS)
def test_what_comes_back_proves_that_it_left(world, sender, rest, state):
    """A7"""
    text = f"{sender}\nMessage-ID: <back@firm.example>\n{rest}".format(
        id=mail(world).message_id, token=mail(world).token
    )
    assert inbox._take_in(world, "box", Incoming("7:1", text.encode()))
    assert mail(world).state == state
    with world.db.read() as session:
        enrolment = session.scalars(select(m.Enrolment)).one()
        cost = session.scalars(select(m.TouchCost.kind)).all()
    ahead = enrolment.decide_at or touches(world, state="planned")
    assert bool(ahead) == (enrolment.state == "active"), "nobody is left with nothing ahead (B7)"
    assert cost == ["mail"], "what left is paid for (F1)"


def test_a_mail_of_which_nothing_is_heard_is_treated_as_sent_after_a_day(world):
    began = mail(world).sending_at
    for at in (began + HOUR, began + DAY - 1):
        move_clock(world, at)
        assert reconcile.uncertain(world) == 0
    move_clock(world, began + DAY)
    assert reconcile.uncertain(world) == 1
    assert mail(world).state == "assumed_sent"
    assert len(touches(world)) == 1  # and never sent again


#: What left, and what the night finds: a call's report still comes, a mail's never need.
LEFT = [("call", 0), ("email", 1)]


@pytest.mark.parametrize(("channel", "found"), LEFT)
def test_a_mail_that_left_leaves_nobody_with_nothing_ahead(world, channel, found):
    """B7"""
    with world.db.write() as session:
        touch = session.get(m.Touch, mail(world).id)
        touch.state, touch.channel = "sent", channel
    assert reconcile.stuck(world) == found
    with world.db.read() as session:
        assert session.scalars(select(m.Enrolment.decide_at)).all() == [world.clock.now() if found else None]


#: Is there a copy, does the mailbox answer -> the state after two minutes
COPIES = [(True, True, "sent"), (False, True, "uncertain"), (True, False, "uncertain")]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("copy", "answers", "state"), COPIES)
def test_the_folder_of_sent_mail_is_asked_by_the_message_id(world, copy, answers, state):
    """No copy proves nothing, and neither does a mailbox that does not answer."""
    with running_mailbox() as mailbox:
        if copy:
            with smtplib.SMTP("127.0.0.1", mailbox.smtp) as server:
                text = f"Message-ID: {mail(world).message_id}\r\nSubject: hello\r\n\r\nWords\r\n"
                server.sendmail("bounce@ours.example", ["person1@firm.example"], text)
        given = {"imap_host": "127.0.0.1", "imap_port": mailbox.imap if answers else 9, "imap_user": "practice",
                 "imap_password": SecretStr("practice"), "imap_security": "none", "imap_sent": "Sent"}  # fmt: skip
        world.settings = world.settings.model_copy(update=given)
        move_clock(world, mail(world).sending_at + reconcile.MAIL_LOOKS[0] - 1)
        reconcile.uncertain(world)
        assert mail(world).state == "uncertain"
        move_clock(world, mail(world).sending_at + reconcile.MAIL_LOOKS[0])
        reconcile.uncertain(world)
    assert mail(world).state == state


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_mailbox_that_does_not_answer_is_asked_once_in_a_pass_and_after_the_calls(world, monkeypatch):
    """Each question takes a minute, and the same loop sends what somebody just asked for."""
    asked = []

    def silent(*given):
        asked.append(given[-1])
        raise Unreadable("no answer")

    monkeypatch.setattr(channels.inbox, "has_copy", silent)
    monkeypatch.setattr(call_doubts, "resolve", lambda *_: asked.append("call") or True)
    world.settings = world.settings.model_copy(update={"imap_host": "127.0.0.1", "imap_sent": "Sent"})
    for number, channel in ((2, "email"), (3, "call")):
        add_person(world, number, status="staff", interest="warm")
        plan_everything(world)
        with world.db.write() as session:
            touch = session.scalars(select(m.Touch).order_by(m.Touch.id.desc()).limit(1)).one()
            touch.state, touch.channel, touch.sending_at = "uncertain", channel, mail(world).sending_at
            touch.message_id = f"<{number}@ours.example>"
    move_clock(world, mail(world).sending_at + reconcile.MAIL_LOOKS[0])
    assert reconcile.uncertain(world) == 1
    assert asked == ["call", mail(world).message_id]
    assert all(touch.look_at > world.clock.now() for touch in touches(world, channel="email"))


def test_the_commands_list_and_decide(tmp_path, monkeypatch):
    home = tmp_path / "house"
    monkeypatch.setenv("OPPORTUNE_HOME", str(home))
    monkeypatch.setenv("OPPORTUNE_SECRET", "a secret of the tests, long enough to sign")
    monkeypatch.setitem(common.PLACE, "practice", False)

    def run(*words):
        return CliRunner().invoke(app, list(words), catch_exceptions=False)

    assert json.loads(run("uncertain", "--json").stdout) == []
    assert "Nothing is in doubt" in run("uncertain").stdout
    here = common.world()
    here.clock = type("Still", (), {"now": lambda _: 0, "exact": lambda _: 0.0})()
    with here.db.write() as session:
        person = m.Contact(
            name="Ana [x] Stan", status="staff", business=True, interest="cold", bought=False, language="en", zones=[],
            asked_for_contact=False, created_at=1, version=1,
        )  # fmt: skip
        session.add(person)
        session.flush()
        values = {"key": "k", "token": "t", "contact_id": person.id, "step": 1, "attempt": 1, "channel": "email",
                  "kind": "approach", "template": "meeting", "automated": False, "voicemail": False, "due_at": 1,
                  "not_after": 1, "rules_version": "1"}  # fmt: skip
        [touch] = ledger.plan(session, [values], 1, "test")
        touch.state, touch.sending_at = "uncertain", 1
    assert "mail to Ana [x] Stan" in run("uncertain").stdout
    refused = run("uncertain", "decide", str(touch.id), "sent")
    assert (refused.exit_code, "--why" in refused.stderr) == (1, True)
    assert "treated as sent" in run("uncertain", "decide", str(touch.id), "sent", "--why", "she told me").stdout
    assert json.loads(run("uncertain", "--json").stdout) == []
