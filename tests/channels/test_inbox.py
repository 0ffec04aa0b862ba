"""Is what comes back understood: who answers, to which touch, what is new in it, and do they want us to stop?"""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support_mailbox import Mailbox, running_mailbox

from channels.inbox import Unreadable, fetch, read, wants_to_stop
from channels.message import Letter, build, tagged
from channels.returned_when import return_date
from channels.stop import refusal
from channels.written import new_words

NOW = 1_767_600_000  # Monday 5 January 2026, 08:00 UTC


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with running_mailbox() as running:
        running.post("/_sim/clock", now=NOW)
        yield running


def deliver(mailbox: Mailbox, token: str) -> int:
    """Lays one mail of ours into the practice mailbox and gives its id."""
    letter = Letter(
        "anna@acme.test",
        f"{token}@reader.test",
        "A question about the pump, Пётр",
        "May I call on Thursday?\n\nTo hear no more from us: unsubscribe here.",
        f"<{token}.1@acme.test>",
        reply_to=tagged("reply@acme.test", token),
        references=("<first@acme.test>",),
        touch=token,
    )
    with smtplib.SMTP("127.0.0.1", mailbox.smtp) as client:
        client.sendmail(tagged("bounce@acme.test", token), letter.recipient, build(letter, NOW))
    return mailbox.taken_for(letter.recipient)[-1]["id"]


def newer(mailbox: Mailbox, cursor: str | None, limit: int = 500):
    return fetch("127.0.0.1", mailbox.imap, "practice", "practice", "none", cursor, limit)


def answered(mailbox: Mailbox, token: str, kind: str, text: str):
    """The one mail that comes back when the reader answers so."""
    known = newer(mailbox, None)
    mailbox.post("/_sim/reply", id=deliver(mailbox, token), kind=kind, text=text)
    (incoming,) = newer(mailbox, known[-1].uid if known else None)
    return read(incoming.raw)


def test_a_persons_answer_is_bound_to_its_touch_and_stripped_of_our_words(mailbox: Mailbox):
    back = answered(mailbox, "t1", "human", "Yes, Thursday suits.\nAt ten?")
    assert (back.kind, back.token, back.sender) == ("reply", "t1", "t1@reader.test")
    assert (back.in_reply_to, back.references) == ("<t1.1@acme.test>", ("<first@acme.test>", "<t1.1@acme.test>"))
    assert back.subject == "Re: A question about the pump, Пётр"
    assert back.text == "Yes, Thursday suits.\nAt ten?"
    assert not wants_to_stop(back.text)  # "unsubscribe" stands only in the quote


def test_a_bounce_names_the_touch_and_whether_the_address_is_dead(mailbox: Mailbox):
    hard = answered(mailbox, "t2", "bounce", "550 5.1.1 User unknown")
    assert (hard.kind, hard.token, hard.status, hard.hard) == ("bounce", "t2", "5.1.1", True)
    for diagnostic in ("552 5.2.2 Over quota", "550 5.7.26 Unauthenticated", "451 4.4.1 No answer"):
        soft = answered(mailbox, "t3", "bounce", diagnostic)
        assert (soft.kind, soft.status, soft.hard) == ("bounce", diagnostic.split()[1], False)


def test_a_complaint_and_an_automatic_answer_are_told_apart_from_people(mailbox: Mailbox):
    complaint = answered(mailbox, "t4", "complaint", "")
    assert (complaint.kind, complaint.token) == ("complaint", "t4")
    away = answered(mailbox, "t5", "auto", "I am out of the office until 19 January.")
    assert (away.kind, away.token, away.return_date) == ("auto_reply", "t5", date(2026, 1, 19))


def test_the_cursor_gives_each_mail_once_and_in_order(mailbox: Mailbox):
    answered(mailbox, "t0", "human", "zero")
    cursor = newer(mailbox, None)[-1].uid
    assert newer(mailbox, cursor) == []
    number = deliver(mailbox, "t6")
    for text in ("one", "two", "three"):
        mailbox.post("/_sim/reply", id=number, text=text)
    first, second = newer(mailbox, cursor, limit=2)
    (third,) = newer(mailbox, second.uid)
    assert [read(each.raw).text for each in (first, second, third)] == ["one", "two", "three"]
    assert newer(mailbox, third.uid) == []


def test_a_renumbered_mailbox_is_read_anew(mailbox: Mailbox):
    answered(mailbox, "t7", "human", "here")
    everything = newer(mailbox, None)
    assert newer(mailbox, f"1:{10**6}") == everything  # that cursor is of another UIDVALIDITY


def test_an_empty_mailbox_is_no_trouble():
    with running_mailbox() as empty:
        assert newer(empty, None) == []


def test_a_mailbox_that_cannot_be_read_says_what_to_look_at(mailbox: Mailbox):
    for port, password in ((9, "practice"), (mailbox.imap, "wrong"), (mailbox.smtp, "practice")):
        with pytest.raises(Unreadable, match="OPPORTUNE_IMAP"):
            fetch("127.0.0.1", port, "practice", password, "none", None)


PERSON = "From: Bob <bob@reader.test>\nTo: reply+t9@acme.test\nSubject: Re: pump\n"


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("", "reply"),
        ("Auto-Submitted: no\n", "reply"),  # RFC 3834: a person
        ("Auto-Submitted: auto-replied\n", "auto_reply"),
        ("Auto-Submitted: auto-generated; x=y\n", "auto_reply"),
        ("X-Autoreply: yes\n", "auto_reply"),
        ("X-Autorespond: pump\n", "auto_reply"),
        ("Precedence: bulk\n", "auto_reply"),
        ("Precedence: first-class\n", "reply"),
        ("Return-Path: <>\n", "auto_reply"),  # whoever has no return address is a machine
        ("Return-Path: <bob@reader.test>\n", "reply"),
    ],
)
def test_headers_tell_machines_from_people(headers: str, kind: str):
    assert read(f"{headers}{PERSON}\nhello\n".encode()).kind == kind


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("Automatic reply: pump", "auto_reply"),
        ("Out of the office Re: pump", "auto_reply"),
        ("Автоответ: насос", "auto_reply"),
        ("Răspuns automat: pompa", "auto_reply"),
        ("Re: our automatic reply tool", "reply"),  # only where the subject begins so
    ],
)
def test_the_subject_is_the_last_sign(subject: str, kind: str):
    assert read(f"From: bob@reader.test\nSubject: {subject}\n\nx\n".encode()).kind == kind


def test_a_bounce_without_a_report_is_known_by_its_sender_and_the_code_in_its_words():
    raw = b"From: MAILER-DAEMON@mx.test\nReturn-Path: <>\nSubject: failure notice\n\nbob@x.test: 550 5.1.1 unknown\n"
    back = read(raw)
    assert (back.kind, back.status, back.hard) == ("bounce", "5.1.1", True)


#: What a report says of its readers -> is it in all their mailboxes?
NOTHING_FAILED = [
    (["delayed"], False),
    (["delivered"], True),
    (["relayed"], False),  # to a server that reports nothing: nobody knows
    (["delivered", "delayed"], False),
    (["Delivered (to mailbox)", "delivered"], True),
]


@pytest.mark.parametrize(("actions", "delivered"), NOTHING_FAILED)
def test_a_report_that_nothing_failed_is_no_bounce(actions: list[str], delivered: bool):
    readers = [f"Final-Recipient: rfc822; b@x.test\nAction: {action}\nStatus: 4.0.0\n" for action in actions]
    report = "\n".join(["Reporting-MTA: dns; x\n", *readers])
    raw = (
        "From: MAILER-DAEMON@x.test\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        f"--b\n\nlate\n--b\nContent-Type: message/delivery-status\n\n{report}\n--b--\n"
    )
    assert (read(raw.encode()).kind, read(raw.encode()).delivered) == ("notice", delivered)


def test_the_touch_is_found_in_the_returned_headers_when_the_address_lost_its_token():
    raw = (
        "From: MAILER-DAEMON@x.test\nTo: postmaster@acme.test\nContent-Type: multipart/report; boundary=b\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed\nStatus: 5.1.1\n\n"
        "--b\nContent-Type: message/rfc822\n\nSubject: pump\nX-Opportune-Touch: t77\n\nhello\n--b--\n"
    )
    assert read(raw.encode()).token == "t77"


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("Yes.\n\nOn Mon, 5 Jan 2026, Anna wrote:\n> May I call?\n", "Yes."),
        ("Yes.\n\nOn Mon, 5 Jan 2026 at 08:00, Anna Long-Name\n<anna@acme.test> wrote:\n> May I?\n", "Yes."),  # wrapped
        ("Да.\n\nпн, 5 янв. 2026 г. в 10:00, Анна <anna@acme.test>:\n> Можно?\n", "Да."),  # Gmail in Russian
        ("Yes.\nOn Mon, Anna wrote:\n> May I call?\n", "Yes."),  # no empty line between
        ("Да.\n\n05.01.2026, Анна пишет:\n> Можно?\n", "Да."),
        ("Yes.\n\n-----Original Message-----\nFrom: Anna\nMay I call?\n", "Yes."),  # Outlook
        ("Yes.\n\nFrom: Anna <a@b>\nSent: Monday\nTo: Bob\n\nMay I call?\n", "Yes."),
        ("Yes.\n-- \nBob, Reader Ltd\n", "Yes."),  # a signature
        ("> May I call?\nYes.\n> When?\nAt ten.\n", "Yes.\nAt ten."),  # between the lines
        ("On Monday I wrote:\nit is fine\n", "On Monday I wrote:\nit is fine"),  # no quote follows
        ("", ""),
    ],
)
def test_only_what_is_new_in_an_answer_counts(text: str, new: str):
    assert new_words(text) == new


def test_html_without_a_plain_part_is_read_too():
    raw = (
        "From: b@r.test\nContent-Type: text/html; charset=utf-8\n\n<style>p{}</style><p>Yes,<br>please &amp; "
        "soon</p><blockquote>unsubscribe</blockquote>"
    )
    assert read(raw.encode()).text == "Yes,\nplease & soon"


@pytest.mark.parametrize(
    "text",
    [
        "stop",
        "STOP.",
        "Please stop!",
        "Stop it now, thanks",
        "Unsubscribe",
        "Hi Anna,\nplease unsubscribe me.\nBob",
        "Please remove me from your list",
        "Take me off this list.",
        "stop emailing me",
        "Don't write to me again",
        "I don’t want any more of this",  # a typographic apostrophe
        "I do not want to receive your letters",
        "No more emails please",
        "не пишите мне больше",
        "Пожалуйста, больше не пишите",
        "Не надо мне писать",
        "Отпишите меня",
        "прошу удалить... удалите мой адрес",
        "хватит слать",
        "СТОП",
        "dezabonare",
        "Vreau să mă dezabonez",
        "Nu-mi mai scrieți",
        "Bitte abmelden",
        "Merci de me désabonner",
        "Don't contact me again",
        "Don't call me and don't write to me",
        "Не звоните и не пишите",
        "не пишите",
    ],
)
def test_whoever_asks_us_to_stop_is_heard(text: str):
    assert wants_to_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "Please don't stop, this is useful",
        "Don't unsubscribe me!",
        "I do not want to unsubscribe",
        "не отписывайте меня",
        "Nu vreau să mă dezabonez",
        "I will stop by your office on Monday",
        "We had to stop the machine. Can you help?",
        "Please don't call, write to me",  # A9: a preference
        "Не звоните, пишите на почту",  # A9
        "Don't email me, call me instead",  # A9
        "Yes.\n\nOn Mon, Anna wrote:\n> unsubscribe here\n",  # our own words
        "Yes.\n> stop\n",
        "I never write on Fridays, sorry for the delay",
        "We don't call our customers at night",
        "",
    ],
)
def test_whoever_does_not_is_not_taken_to(text: str):
    assert not wants_to_stop(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Don't call me", "call"),  # nothing in it speaks against a letter
        ("Please don't call", "call"),
        ("не звоните мне", "call"),
        ("Nu mă mai sunați", "call"),
        ("No more calls, please", "call"),
        ("Don't call me, send me an email", "call"),
        ("Don't call me. Email me please.", "call"),
        ("Nu mă mai sunați, scrieți-mi pe mail", "call"),
        ("Don't email me, call", "email"),
        ("Не пишите, лучше позвоните", "email"),
        ("Please don't email me. Call me.", "email"),
        ("Don't call me before 10", None),  # when, not whether
        ("Не звоните до 10 утра", None),
        ("Nu mă sunați înainte de 10", None),
        ("Please don't call me on Mondays", None),
        ("Don't call me right now", None),
        ("Never call me again. Unsubscribe.", "everything"),
        ("I prefer email", None),  # A9: no refusal at all
    ],
)
def test_who_refuses_one_way_closes_only_that_way(text: str, said: str | None):
    assert refusal(text) == said


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I am away until 2026-01-19.", date(2026, 1, 19)),
        ("Back on January 19th", date(2026, 1, 19)),
        ("away from 10 Jan to 19 Jan 2026", date(2026, 1, 19)),
        ("Я в отпуске с 12 по 19 января.", date(2026, 1, 19)),
        ("вернусь 19.01.2026", date(2026, 1, 19)),
        ("Sunt plecat până pe 19 ianuarie", date(2026, 1, 19)),
        ("Ich bin bis 19. Januar im Urlaub", date(2026, 1, 19)),
        ("returning 3 January", date(2027, 1, 3)),  # that day is over: the next one
        ("until 01/02/2026", None),  # February or January: not plain
        ("until 31 February", None),
        ("Founded 3 May 1990, we care", None),  # says nothing of being back
        ("I will be back soon", None),
    ],
)
def test_the_day_of_return_is_read_where_it_is_plain(text: str, day: date | None):
    assert return_date(text, "Mon, 05 Jan 2026 08:00:00 +0000") == day


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(raw: bytes):
    assert read(b"From: x\nSubject: y\n" + raw).kind in ("bounce", "auto_reply", "complaint", "reply")


HEADER = st.sampled_from(
    ["To", "From", "Content-Type", "Date", "Message-ID", "References", "Return-Path", "Precedence"]
)


@given(st.lists(st.tuples(HEADER, st.text(max_size=40))), st.text(max_size=200))
def test_no_headers_break_the_reader(headers: list[tuple[str, str]], text: str):
    raw = "".join(f"{name}: {value}\n" for name, value in headers) + "\n" + text
    assert read(raw.encode("utf-8", "replace")).text is not None
