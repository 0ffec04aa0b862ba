"""Is what comes back told apart? Bounces from people, the absent from those who answer, our fault from theirs."""

from __future__ import annotations

from collections import Counter
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from channels.inbox import read, refused

FOLDER = Path(__file__).parent.parent / "data" / "mail" / "ours"


def mails(name: str) -> dict[str, tuple[str, bytes]]:
    """name -> (what is expected, the mail)."""
    found = {}
    for block in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("==== ")[1:]:
        head, _, raw = block.partition("\n")
        key, _, expected = head.partition(" | ")
        found[key.strip()] = (expected.strip(), raw.encode())
    return found


BOUNCES, NOTICES, COMPLAINTS, AUTOMATIC, PEOPLE = map(
    mails, ("bounces", "notices", "complaints", "automatic", "people")
)
KINDS = {"bounce": BOUNCES, "notice": NOTICES, "complaint": COMPLAINTS, "auto_reply": AUTOMATIC, "reply": PEOPLE}


@pytest.mark.parametrize("name", BOUNCES)
def test_a_bounce_of_an_old_server_is_known_by_its_prose(name: str):
    expected, raw = BOUNCES[name]
    back = read(raw)
    assert (back.kind, back.blame) == ("bounce", expected), back


@pytest.mark.parametrize("name", NOTICES)
def test_what_only_tells_is_neither_answer_nor_bounce(name: str):
    assert read(NOTICES[name][1]).kind == "notice"


@pytest.mark.parametrize("name", COMPLAINTS)
def test_a_complaint_names_the_mail_it_is_about(name: str):
    expected, raw = COMPLAINTS[name]
    assert (read(raw).kind, read(raw).token) == ("complaint", expected)


def test_a_complaint_names_its_reader_where_the_provider_does():
    """Microsoft in a header of the mail that it sends back."""
    assert read(COMPLAINTS["microsoft"][1]).reader == "ana@hotmail.example"


@pytest.mark.parametrize("name", AUTOMATIC)
def test_who_is_away_says_until_when(name: str):
    expected, raw = AUTOMATIC[name]
    back = read(raw)
    assert (back.kind, str(back.return_date or "-")) == ("auto_reply", expected)


@pytest.mark.parametrize("name", PEOPLE)
def test_a_persons_own_words_are_kept_and_nothing_else(name: str):
    expected, raw = PEOPLE[name]
    back = read(raw)
    assert (back.kind, "/".join(filter(None, back.text.split("\n")))) == ("reply", expected)


def test_at_least_95_percent_are_told_apart_and_no_person_is_called_a_bounce():
    right = {kind: Counter(read(raw).kind for _, raw in those.values()) for kind, those in KINDS.items()}
    assert all(seen[kind] >= 0.95 * seen.total() for kind, seen in right.items()), right
    assert right["reply"]["bounce"] == 0


SAYING_STOP = {"stop", "stop-russian", "stop-romanian", "apple-unsubscribe"}


def test_only_who_asks_to_stop_is_taken_to():
    """Our own "unsubscribe" stands in nearly every quote of these."""
    assert {name for name, (_, raw) in PEOPLE.items() if refused(read(raw)) == "everything"} == SAYING_STOP


@pytest.mark.parametrize(
    ("subject", "body", "said"),
    [
        ("STOP", "", "everything"),
        ("unsubscribe", "", "everything"),  # what the address in List-Unsubscribe gets
        ("Please don't write to me any more", "Thanks", "everything"),
        ("Re: Please don't call us, we call you", "Yes, gladly", None),  # our own subject
        ("Hello", "Nice weather", None),
    ],
)
def test_a_no_in_the_subject_is_heard(subject: str, body: str, said: str | None):
    assert refused(read(f"From: ana@firm.example\nSubject: {subject}\n\n{body}\n".encode())) == said


#: What large providers and usual servers answer: (status, diagnostic) -> whom it blames
REPORTS = [
    ("5.1.1", "smtp; 550 5.1.1 <ana@x.test>: Recipient address rejected: User unknown in table", "hard"),
    ("5.1.1", "smtp; 550-5.1.1 The email account that you tried to reach does not exist.", "hard"),
    ("5.1.10", "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ana@x.test not found", "hard"),
    ("5.4.1", "smtp;550 5.4.1 Recipient address rejected: Access denied.", "hard"),  # Microsoft: no such address
    ("5.1.2", "smtp; 550 5.1.2 Bad destination system address", "hard"),
    ("5.1.3", "smtp; 501 5.1.3 Bad recipient address syntax", "hard"),
    ("5.4.4", "X-Postfix; Host or domain name not found. Name service error for name=gone.test type=A", "hard"),
    ("5.2.1", "smtp; 550 5.2.1 The email account that you tried to reach is disabled.", "hard"),
    ("5.0.0", "smtp; 550 Invalid recipient ana@x.test", "hard"),
    ("5.0.0", "smtp; 550 user unknown", "hard"),
    ("5.5.0", "smtp; 550 5.5.0 Requested action not taken: mailbox unavailable", "hard"),
    ("5.0.0", "smtp; 554 delivery error: dd This user doesn't have a yahoo.test account", "hard"),
    ("5.1.1", "", "hard"),  # only the status
    ("5.2.2", "smtp; 552 5.2.2 Over quota", "soft"),
    ("5.2.2", "smtp; 552-5.2.2 The email account that you tried to reach is over quota.", "soft"),
    ("5.0.0", "smtp; 550 Mailbox full", "soft"),
    ("4.2.2", "smtp; 452 4.2.2 Mailbox full", "soft"),
    ("4.4.7", "smtp; 450 4.4.7 message expired", "soft"),
    ("4.4.1", "X-Postfix; connect to mx.x.test: Connection timed out", "soft"),
    ("5.3.4", "smtp; 552 5.3.4 Message size exceeds fixed limit", "soft"),
    ("5.6.1", "smtp; 550 5.6.1 attachment type not allowed", "soft"),
    ("5.7.1", "smtp; 550 5.7.1 Message rejected due to content: blocked using a list", "policy"),
    ("5.7.26", "smtp; 550-5.7.26 This mail has been blocked because the sender is unauthenticated.", "policy"),  # Gmail
    ("5.7.515", "smtp; 550 5.7.515 Access denied, sending domain does not meet the required authentication", "policy"),
    ("5.7.9", "smtp; 554 5.7.9 Message not accepted for policy reasons.", "policy"),  # Yahoo
    ("5.0.0", "smtp; 554 Your IP was found on spamhaus", "policy"),
    ("5.1.8", "smtp; 553 5.1.8 <bounce@ours.test>... Domain of sender address does not exist", "policy"),  # ours
    ("5.1.7", "smtp; 550 5.1.7 Invalid address: bounce@ours.test", "policy"),
    ("5.1.1", "smtp; 550 5.7.1 our server's own summary is wrong", "policy"),  # the reader's server counts
    ("5.0.0", "smtp; 550 5.1.1 no such address", "hard"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "diagnostic", "blame"), REPORTS)
def test_a_delivery_report_blames_address_domain_or_neither(status: str, diagnostic: str, blame: str):
    raw = (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.test\nTo: bounce+tok@ours.test\nSubject: Undelivered Mail\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nIt could not be delivered.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n"
        f"Final-Recipient: rfc822; Ana@x.test\nAction: failed\nStatus: {status}\n"
        f"{f'Diagnostic-Code: {diagnostic}' if diagnostic else 'Remote-MTA: dns; x'}\n\n--b--\n"
    )
    back = read(raw.encode())
    assert (back.kind, back.blame, back.token, back.reader) == ("bounce", blame, "tok", "ana@x.test")


def test_the_touch_is_found_in_the_mail_that_a_report_brings_back():
    """VERP may be lost on the way: our own header, and our Message-ID, stand in what comes back."""
    back = read(BOUNCES["exim"][1].replace(b"To: bounce+tok1@ours.example\n", b""))
    assert back.token == "tok1"
    raw = (
        BOUNCES["qmail"][1].replace(b"+tok1", b"").replace(b"X-Opportune-Touch: tok1", b"Message-ID: <t1@ours.example>")
    )
    assert (read(raw).token, "<t1@ours.example>" in read(raw).references) == ("", True)


def test_the_mails_of_pythons_own_tests_are_read_too():
    """Odd on purpose; two of them are reports."""
    try:
        folder = resources.files("test.test_email") / "data"
        those = {each.name: each.read_bytes() for each in folder.iterdir() if each.name.startswith("msg_")}
    except (ModuleNotFoundError, FileNotFoundError):
        pytest.skip("this Python came without its own tests")
    kinds = {name: read(raw).kind for name, raw in those.items()}
    assert (kinds["msg_16.txt"], kinds["msg_43.txt"]) == ("bounce", "bounce")
    assert Counter(kinds.values())["reply"] >= 30


def test_a_day_of_return_is_never_made_up():
    assert read(b"From: a@b.test\nAuto-Submitted: auto-replied\nDate: gone\n\nBack on 3 May").return_date is None
    leap = b"From: a@b.test\nAuto-Submitted: auto-replied\nDate: Thu, 1 Feb 2024 08:00:00 +0000\n\nBack on 29 February"
    assert read(leap).return_date == date(2024, 2, 29)
