"""What came back by mail is applied once, whatever bytes it is made of."""

from __future__ import annotations

import base64
from functools import partial

import pytest
from sqlalchemy import select, text
from support_mailed import mailed
from support_world import add_person, at, make_world, move_clock, only, plan_everything, publish, touches

from channels.base import Accepted, Incoming
from opportune.store import ledger, said_rows
from opportune.store import models as m
from opportune.work import gate, inbox, optout, react, recording


@pytest.fixture
def world(db, tmp_path):
    """A clerk who got our mail."""
    world = make_world(db, tmp_path)
    mailed(world)
    return world


def mail(world, sender, subject, body, *headers):
    lines = [f"From: {sender}", f"To: reply+{only(world).token}@ours.example", f"Subject: {subject}",
             "Message-ID: <one@firm.example>", *headers, "", body, ""]  # fmt: skip
    return Incoming("7:1", "\r\n".join(lines).encode())


def cursor(world):
    with world.db.read() as session:
        row = session.get(m.Mailbox, "box")
        return row.validity, row.uid


def in_base64(text):
    return base64.b64encode(text.encode()).decode()


#: A NUL byte, which PostgreSQL cannot store, would otherwise stop the mailbox at this mail for ever
NULS = [
    ("person1@firm.example", "Re: hello", "Here\0is why", ()),
    ("person1@firm.example", "Re: hello", in_base64("Here\0is why"), ("Content-Transfer-Encoding: base64",)),
    ("MAILER-DAEMON@firm.example", "failure \0 notice", "no such user", ("Return-Path: <>",)),
    ("MAILER-DAEMON@firm.example", f"=?utf-8?b?{in_base64('failure' + chr(0))}?=", "no user", ("Return-Path: <>",)),
]


@pytest.mark.parametrize(("sender", "subject", "body", "headers"), NULS)
def test_a_nul_byte_does_not_stop_the_mailbox(world, sender, subject, body, headers):
    assert inbox._take_in(world, "box", mail(world, sender, subject, body, *headers))
    assert cursor(world) == (7, 1)
    assert touches(world)[0].result in ("replied", "bounced")


def test_a_reply_that_comes_twice_counts_once(world):
    answer = mail(world, "person1@firm.example", "Re: hello", "Here is why")
    assert [inbox._take_in(world, "box", answer) for _ in range(2)] == [True, False]
    with world.db.read() as session:
        assert sorted(session.scalars(select(m.Outcome.kind))) == ["goal_met", "reply"]


def report(world, number, kind, *fields):
    """What a mail server tells by itself: how delivery went, or that the reader complained."""
    said = "\r\n".join(["--b", f"Content-Type: message/{kind}", "", *fields, "", "--b--"])
    structure = f"Content-Type: multipart/report; report-type={kind}; boundary=b"
    return Incoming(f"7:{number}", mail(world, "MAILER-DAEMON@firm.example", "A report", said, structure).raw.replace(
        b"<one@", b"<%d@" % number))  # fmt: skip


def delivery(world, number, action, status):
    block = ("Final-Recipient: rfc822; person1@firm.example", f"Action: {action}", f"Status: {status}")
    return report(world, number, "delivery-status", "Reporting-MTA: dns; x", "", *block)


def complaint(world, number):
    return report(world, number, "feedback-report", "Feedback-Type: abuse")


def told(world, ways):
    """Where the mail stands after each report."""
    for number, way in enumerate(ways, start=1):
        inbox._take_in(world, "box", way(world, number))
        yield touches(world)[0].state


DELIVERED = partial(delivery, action="delivered", status="2.0.0")
LATE = partial(delivery, action="delayed", status="4.4.1")
LOST = partial(delivery, action="failed", status="4.2.2")
REPORTS = [
    ([DELIVERED, DELIVERED], ["delivered", "delivered"]),
    ([LATE, DELIVERED, LOST], ["sent", "delivered", "bounced"]),  # taken, and thrown out by the last server
    ([LOST, DELIVERED], ["bounced", "bounced"]),  # only forward
    ([complaint, DELIVERED], ["complained", "complained"]),
    ([DELIVERED, complaint], ["delivered", "complained"]),
    ([LOST, complaint], ["bounced", "bounced"]),
]


@pytest.mark.parametrize(("ways", "states"), REPORTS)
def test_reports_move_a_mail_only_forward_and_it_counts_as_sent(world, ways, states):
    """F1, B2: for caps and costs it left, whatever became of it."""
    assert list(told(world, ways)) == states
    assert states[-1] in ledger.LEFT
    with world.db.read() as session:
        [left] = session.execute(text(f"SELECT COUNT(*) FROM touch t WHERE {said_rows.left('t')}")).scalars()
        assert left == 1


#: Who complained of a mail that nothing names -> who gets nothing more from us
NAMED = [
    ("rfc822; <New@Else.example>", {("email", "new@else.example")}),  # whom we have not met yet
    ("<other@firm.example>", {("email", "other@firm.example"), ("person", None)}),
    ("redacted", set()),
]


@pytest.mark.parametrize(("reader", "closed"), NAMED)
def test_a_complaint_of_a_mail_that_nothing_names_is_heard_by_its_address(world, reader, closed):
    """E1"""
    add_person(world, 2, email="other@firm.example", phone=None)
    with world.db.write() as session:
        session.add(m.Address(contact_id=2, kind="email", value="other@firm.example", given=""))
    strange = report(world, 1, "feedback-report", "Feedback-Type: abuse", f"Original-Rcpt-To: {reader}")
    strange = Incoming(strange.uid, strange.raw.replace(only(world).token.encode(), b"unknown"))
    inbox._take_in(world, "box", strange)
    with world.db.read() as session:
        found = session.execute(select(m.Suppression.kind, m.Suppression.digest, m.Suppression.reason)).all()
    assert set(found) == {
        (kind, address and world.signer.address_digest(address), "complaint") for kind, address in closed
    }
    assert only(world).state == "sent", "nothing says that it was this one"


def test_a_broken_unsubscribe_link_is_answered_like_an_unknown_one(world):
    assert not optout.by_token(world, "a\0b", world.clock.now())


# ---- what was asked for and went twice: the same bytes, and so the same token and Message-ID

BY_TOKEN, BY_THREAD = "To: bounce+{token}@ours.example", "References: {id}"
#: Where the second attempt stands, what the bounce names -> where the two stand then, and of which it tells
TWICE = [
    ("sent", BY_TOKEN, ("not_sent", "bounced"), 2),
    ("sent", BY_THREAD, ("not_sent", "bounced"), 2),
    ("uncertain", BY_TOKEN, ("not_sent", "bounced"), 2),
    ("planned", BY_TOKEN, ("not_sent", "planned"), 1),  # only the first can have left
    ("planned", BY_THREAD, ("not_sent", "planned"), 1),
]


@pytest.mark.parametrize(("second", "named", "states", "attempt"), TWICE)
def test_what_comes_back_of_a_mail_that_went_twice_is_of_the_one_that_left_last(world, second, named, states, attempt):
    """Promise 1"""
    with world.db.write() as session:
        first = session.get(m.Touch, only(world).id)
        first.kind, first.state = "requested", "not_sent"
        again = react.try_again(world, session, first, world.clock.now(), due_at=world.clock.now())
        again.state, again.sending_at = second, None if second == "planned" else world.clock.now()
        names = named.format(token=first.token, id=first.message_id)
    back = f"From: MAILER-DAEMON@x.example\nReturn-Path: <>\n{names}\nSubject: failure notice\n\n452 4.2.2 full\n"
    inbox._take_in(world, "box", Incoming("7:1", back.encode()))
    assert tuple(each.state for each in touches(world)) == states
    with world.db.read() as session:
        of = session.scalars(select(m.ProviderEvent.touch_id)).one()
        assert session.get_one(m.Touch, of).attempt == attempt


# ---- what comes back before its server's answer is written down, which waits for the slowest mail of the group


@pytest.fixture
def leaving(db, tmp_path):
    """A clerk's mail is on its way."""
    world = make_world(db, tmp_path)
    publish(world, "clarifications")
    add_person(world, status="staff", interest="warm")
    plan_everything(world)
    now = move_clock(world, only(world).due_at)
    with world.db.write() as session:
        return world, gate.pass_through(world, session, ledger.claim(session, "email", now, "test", limit=1), now)


def taken(leaving):
    """What its server said is written down; the mail, and when its campaign is decided again."""
    world, going = leaving
    recording.record(world, going, [Accepted("queued as 1")])
    with world.db.read() as session:
        cost = session.scalars(select(m.TouchCost.kind)).all()
        assert cost == ["mail"], "what left is paid for once (F1)"
        return touches(world)[0], session.scalars(select(m.Enrolment.decide_at)).one()


def test_a_bounce_faster_than_the_answer_stands(leaving):
    world, _ = leaving
    daemon, headers = "MAILER-DAEMON@firm.example", ("Return-Path: <>",)
    inbox._take_in(world, "box", mail(world, daemon, "failure notice", "452 4.2.2 mailbox full", *headers))
    bounced, decide_at = taken(leaving)
    assert (bounced.state, bounced.result, decide_at) == ("bounced", "bounced", world.clock.now())


@pytest.mark.parametrize("of_an_earlier_mail", [False, True])
def test_who_is_away_is_left_in_peace_whatever_was_on_its_way(leaving, of_an_earlier_mail):
    world, going = leaving
    headers = ("Auto-Submitted: auto-replied", "Date: Tue, 03 Mar 2026 08:00:00 +0000")
    away = mail(world, "person1@firm.example", "Automatic reply: hello", "I am away until 19 March.", *headers)
    if of_an_earlier_mail:
        earlier(world)
        away = Incoming(away.uid, away.raw.replace(going[0][0].token.encode(), b"earlier"))
    inbox._take_in(world, "box", away)
    _, decide_at = taken(leaving)
    assert decide_at == at("2026-03-19 00:00")


def earlier(world):
    """A mail that left last week."""
    columns = {each.key: getattr(only(world), each.key) for each in m.Touch.__table__.columns if each.key != "id"}
    columns |= {"key": "earlier", "token": "earlier", "step": 0, "state": "sent", "sent_at": 1, "message_id": "<e@x>"}
    with world.db.write() as session:
        session.add(m.Touch(**columns))
