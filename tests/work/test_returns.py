"""What follows from what came back: for the person, for the address, for our domain, for the reply inbox."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from support_world import add_person, at, make_world, move_clock, plan_everything, publish, touches

from channels.base import Accepted, Incoming
from opportune.rules.facts import DAY
from opportune.store import contacts, ledger
from opportune.store import models as m
from opportune.work import gate, importing, inbox, mail_ends, react, replies

HARD, FULL, BLOCKED = "550 5.1.1 User unknown", "552 5.2.2 Mailbox full", "550 5.7.26 Unauthenticated"


@pytest.fixture
def world(db, tmp_path):
    """Somebody who got the first mail of a campaign for meetings, and of another one that only asks."""
    world = make_world(db, tmp_path, mail_sender="anna@ours.example")
    publish(world, "clarifications")
    publish(world, "meetings")
    add_person(world, status="staff", interest="warm")
    plan_everything(world)
    send(world)
    return world


def send(world):
    """The next mail that is due leaves."""
    due = min((each for each in touches(world, state="planned", channel="email")), key=lambda each: each.due_at)
    now = move_clock(world, due.due_at)
    with world.db.write() as session:
        claimed = ledger.claim(session, "email", now, "test", limit=1)
        for touch, _ in gate.pass_through(world, session, claimed, now):
            react.answered(world, session, touch, Accepted("queued as 1"), now)
    return mail(world)


def mail(world):
    """The mail that left last."""
    return max((each for each in touches(world, channel="email") if each.sent_at), key=lambda each: each.sent_at)


def comes(world, text, *headers, subject="Re: hello", sender="person1@firm.example", number=1, token=None):
    """One mail comes back, to the reply address of the last touch."""
    to = f"reply+{mail(world).token if token is None else token}@ours.example"
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}", f"Message-ID: <{number}@firm.example>", *headers]
    return inbox._take_in(world, "box", Incoming(f"7:{number}", "\r\n".join([*lines, "", text, ""]).encode()))


def bounces(world, diagnostic, number=1):
    machine = {"sender": "MAILER-DAEMON@firm.example", "subject": "Undelivered Mail Returned to Sender"}
    return comes(world, f"<person1@firm.example>: {diagnostic}", "Return-Path: <>", number=number, **machine)


def contact(world):
    with world.db.read() as session:
        return session.scalars(select(m.Contact)).one()


def enrolments(world):
    with world.db.read() as session:
        return list(session.scalars(select(m.Enrolment).order_by(m.Enrolment.id)))


def no_entries(world):
    with world.db.read() as session:
        return [each.reason for each in session.scalars(select(m.Suppression).where(m.Suppression.kind == "person"))]


def counted(world):
    """(bounced, blocked, complained) of our sending domain."""
    with world.db.read() as session:
        rows = [row for row in session.scalars(select(m.SendingTally)) if row.key.startswith("from:")]
    return tuple(sum(getattr(row, name) for row in rows) for name in ("bounced", "blocked", "complained"))


def another(world, number, **given):
    """A mail like the last one that left."""
    columns = {each.key: getattr(mail(world), each.key) for each in m.Touch.__table__.columns if each.key != "id"}
    columns |= {"key": f"other:{number}", "token": f"other{number}", "attempt": 10 + number, "provider_id": None}
    columns |= {"message_id": f"<other{number}@ours.example>", **given}
    with world.db.write() as session:
        session.add(touch := m.Touch(**columns))
    return touch


# ---- bounces


def test_an_address_that_does_not_exist_is_cleaned_out(world):
    """E7"""
    bounces(world, HARD)
    assert (mail(world).state, contact(world).email, counted(world)) == ("bounced", None, (1, 0, 0))


def test_a_refusal_of_our_domain_is_never_the_persons_fault(world):
    bounces(world, BLOCKED)
    assert (mail(world).state, contact(world).email, counted(world)) == ("bounced", "person1@firm.example", (0, 1, 0))
    assert mail(world).result == mail_ends.OURS
    assert no_entries(world) == []


def test_a_full_mailbox_empties(world):
    bounces(world, FULL)
    assert (contact(world).email, counted(world)) == ("person1@firm.example", (0, 0, 0))


def test_a_mailbox_that_stays_full_is_given_up(world):
    """E7"""
    now, last = world.clock.now(), mail(world)
    for number in range(1, mail_ends.SOFT_BOUNCES):
        another(world, number, state="bounced", sent_at=last.sent_at - number, result_at=now - number * 30 * DAY)
    bounces(world, FULL)
    assert contact(world).email is None


def test_what_was_our_domains_fault_is_not_counted_against_a_full_mailbox(world):
    """E7"""
    now, last = world.clock.now(), mail(world)
    for number in range(1, mail_ends.SOFT_BOUNCES):
        another(world, number, state="bounced", sent_at=last.sent_at - number, result="blocked", result_at=now - DAY)
    bounces(world, FULL)
    assert contact(world).email == "person1@firm.example"


def goes_on(world):
    """How the campaign whose mail came back goes on within two weeks, and whether it still stands."""
    mine = mail(world).enrolment_id
    for _ in range(14):
        move_clock(world, world.clock.now() + DAY)
        plan_everything(world)
        if planned := touches(world, state="planned", enrolment_id=mine):
            return planned[0].channel
    return next((each.stopped_why or "held") for each in enrolments(world) if each.id == mine)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("diagnostic", [FULL, BLOCKED])
def test_a_full_mailbox_is_written_to_again_and_a_bounce_that_blames_our_domain_closes_nobody(world, diagnostic):
    """E7: neither says anything of the address; nor is it held for want of one."""
    with world.db.write() as session:
        session.execute(m.Contact.__table__.update().values(phone=None))
    bounces(world, diagnostic)
    assert goes_on(world) == "email"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("closes", [False, True])
def test_a_new_address_by_list_goes_on_where_the_old_one_bounced(world, closes):
    """E7: whether the enrolment is held for one or, since they want no calls either, was closed."""
    with world.db.write() as session:
        session.execute(m.Contact.__table__.update().values(phone=None))
        session.add(m.Address(contact_id=1, kind="phone", value="+493023125001", given=""))
        if closes:
            session.add(contacts.consent(1, "call", granted=False, at=world.clock.now(), wording="no calls"))
            session.execute(m.Contact.__table__.update().values(phone="+493023125001"))
    bounces(world, HARD)
    assert goes_on(world) == ("email_bounced" if closes else "held")
    path = world.settings.home / "better.csv"
    path.write_text("name,email,phone\nPerson 1,better@firm.example,+493023125001\n")
    importing.import_contacts(world, path, source="better", basis="existing customers")
    assert contact(world).email == "better@firm.example"
    assert goes_on(world) == "email"


# ---- complaints, absences


def test_a_complaint_is_a_no_everywhere(world):
    """E1"""
    report = "\r\n".join(["--b", "Content-Type: message/feedback-report", "", "Feedback-Type: abuse", "", "--b--"])
    kind = "Content-Type: multipart/report; report-type=feedback-report; boundary=b"
    comes(world, report, kind, sender="feedback@provider.example", subject="FW: hello")
    assert (mail(world).state, no_entries(world)) == ("complained", ["complaint"])
    assert counted(world) == (0, 0, 1)
    assert touches(world, state="planned") == []


def away(world, text, **given):
    now = move_clock(world, at("2026-03-04 09:00"))
    comes(world, text, "Auto-Submitted: auto-replied", "Date: Wed, 04 Mar 2026 08:00:00 +0000", **given)
    return now


ABSENCES = [
    ("I am away until 19 March.", at("2026-03-19 00:00")),
    ("Ich bin ab dem 19.03.2026 wieder im Haus.", at("2026-03-19 00:00")),
    ("Вернусь 19 марта.", at("2026-03-19 00:00")),
    ("Sunt plecat până pe 19 martie.", at("2026-03-19 00:00")),
    ("I am away and do not know for how long.", None),
    ("Away until 2126-03-19", None),  # mistyped
]


@pytest.mark.parametrize(("text", "until"), ABSENCES)
def test_who_is_away_is_left_in_peace_on_every_channel_until_they_are_back(world, text, until):
    week = away(world, text) + 7 * DAY
    until = until or week
    assert touches(world, state="planned") == []
    assert {(each.state, each.decide_at) for each in enrolments(world)} == {("active", until)}
    assert mail(world).result is None, "no answer of a person"
    assert replies.listed(world, everything=True) == []
    plan_everything(world)
    assert touches(world, state="planned") == [], "the planner waits too"
    move_clock(world, until)
    plan_everything(world)
    assert touches(world, state="planned"), "and goes on then"


def test_who_was_back_before_we_wrote_is_not_waited_for(world):
    before = [(each.id, each.due_at) for each in touches(world, state="planned")]
    away(world, "I am away until 2 March 2026.")
    assert [(each.id, each.due_at) for each in touches(world, state="planned")] == before


def test_an_absence_does_not_break_a_promise(world):
    """C4: whom we promised a call is called."""
    with world.db.write() as session:
        session.execute(m.Enrolment.__table__.update().values(promised_at=at("2026-03-04 15:00")))
    away(world, "I am away until 19 March.")
    assert {each.promised_at for each in enrolments(world)} == {at("2026-03-04 15:00")}
    assert all((each.decide_at or 0) < at("2026-03-19 00:00") for each in enrolments(world))


# ---- people


def test_what_a_person_writes_waits_in_the_reply_inbox_until_it_is_answered(world):
    """B7"""
    comes(world, "What does it cost?\r\n\r\nOn Tue, 3 Mar 2026, Anna wrote:\r\n> unsubscribe here")
    [waiting] = replies.listed(world)
    assert (waiting["name"], waiting["text"], waiting["attempt"]) == (
        "Person 1", "What does it cost?", mail(world).key
    )  # fmt: skip
    replies.handle(world, waiting["id"], by="ana", note="told the price")
    assert replies.listed(world) == []
    [handled] = replies.listed(world, everything=True)
    assert (handled["handled_by"], handled["note"]) == ("ana", "told the price")
    with pytest.raises(replies.NoReply, match="handled by ana"):
        replies.handle(world, waiting["id"], by="bob")
    with pytest.raises(replies.NoReply, match="opportune replies"):
        replies.handle(world, 999, by="bob")


def test_an_answer_stops_the_enrolment_on_every_channel(world):
    """Promise 5"""
    comes(world, "Thanks, let me think.")
    answered = mail(world).enrolment_id
    assert [each for each in touches(world, state="planned") if each.enrolment_id == answered] == []
    assert next(each for each in enrolments(world) if each.id == answered).state == "stopped"


@pytest.mark.parametrize("text", ["stop", "Please unsubscribe me", "Не пишите мне больше", "Dezabonare"])
def test_who_says_no_is_heard_and_needs_no_answer(world, text):
    comes(world, text)
    assert no_entries(world) == ["replied stop"]
    assert touches(world, state="planned") == []
    assert replies.listed(world) == []
    [kept] = replies.listed(world, everything=True)
    assert (kept["meant"], kept["handled_by"], kept["text"]) == ("opt_out", "opportune", text)


def test_a_wish_in_a_reply_counts(world):
    """A9"""
    comes(world, "Please don't call me, email is better.")
    assert (contact(world).prefers, replies.listed(world)[0]["meant"]) == ("email", "opt_out_call")


def test_a_stranger_is_kept_and_shown_apart(world):
    comes(world, "Do you sell pumps?", sender="new@else.example", token="unknown")
    assert replies.listed(world) == []
    [kept] = replies.listed(world, everything=True)
    assert (kept["name"], kept["contact_id"], kept["text"]) == (None, None, "Do you sell pumps?")


def test_somebody_we_know_who_answers_nothing_of_ours_is_heard(world):
    """A9: she writes from an address of hers that we never wrote to."""
    with world.db.write() as session:
        session.add(m.Address(contact_id=contact(world).id, kind="email", value="home@ana.example", given=""))
    comes(world, "I prefer email to calls.", sender="home@ana.example", token="unknown")
    assert contact(world).prefers == "email"
    assert [each["contact_id"] for each in replies.listed(world)] == [contact(world).id]


# ---- matching


def test_without_token_and_thread_the_subject_tells_which_mail_was_answered(world):
    first = mail(world)
    second = another(world, 1, sent_at=first.sent_at + 60)
    with world.db.write() as session:
        session.execute(m.PreparedMessage.__table__.delete())
        for touch, subject in ((first, "About your pumps"), (second, "A demo on Thursday?")):
            session.add(
                m.PreparedMessage(touch_id=touch.id, subject=subject, content=b"", hash="x", prepared_at=1)
            )  # fmt: skip
    comes(world, "Yes", subject="AW: Re: about your pumps", token="")
    assert [each.result for each in (touch_of(world, first), touch_of(world, second))] == ["replied", None]
    comes(world, "No", subject="Something else", token="", number=2)
    assert touch_of(world, second).result == "replied", "else the latest one"


def touch_of(world, touch):
    return next(each for each in touches(world) if each.id == touch.id)


def test_a_bounce_that_lost_its_token_is_known_by_whom_it_was_for(world):
    report = "\r\n".join(
        ["--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; x", "",
         "Final-Recipient: rfc822; Person1@firm.example", "Action: failed", "Status: 5.1.1", "", "--b--"]
    )  # fmt: skip
    kind = "Content-Type: multipart/report; report-type=delivery-status; boundary=b"
    comes(world, report, kind, sender="postmaster@firm.example", subject="Returned", token="")
    assert (mail(world).state, contact(world).email) == ("bounced", None)


def test_a_bounce_of_nothing_we_sent_touches_nobody(world):
    before = [(each.id, each.state) for each in touches(world)]
    comes(world, f"<else@firm.example>: {HARD}", "Return-Path: <>", sender="MAILER-DAEMON@x.example", token="",
          subject="failure notice")  # fmt: skip
    assert [(each.id, each.state) for each in touches(world)] == before
    assert contact(world).email == "person1@firm.example"
