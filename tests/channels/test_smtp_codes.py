"""Does each refusal that servers really give say the right thing of the reader, of our domain, or of this mail?"""

from __future__ import annotations

import pytest

from channels.smtp_codes import refusal, table

ADDRESS = ("no_such_address", True, "address")  # E7: cleaned out
FULL = ("full", False, "address")
LATER = ("later", False, "address")
COOL = ("cool", False, "sender")
BLOCKED = ("blocked", True, "sender")  # never the person's fault
LIMIT = ("limit", False, "sender")
LOGIN = ("login", False, "sender")
REFUSED = ("refused", True, "message")

REPLIES = [
    # Gmail
    (
        550,
        "5.1.1 The email account that you tried to reach does not exist. Please try double-checking",
        "rcpt",
        ADDRESS,
    ),
    (550, "5.2.1 The email account that you tried to reach is inactive.", "rcpt", ADDRESS),
    (550, "5.2.1 The email account that you tried to reach is disabled.", "rcpt", ADDRESS),
    (450, "4.2.1 The user you are trying to contact is receiving mail too quickly.", "rcpt", LATER),
    (452, "4.2.2 The recipient's inbox is out of storage space.", "rcpt", FULL),
    (552, "5.2.2 The email account that you tried to reach is over quota.", "rcpt", FULL),
    (
        550,
        "5.7.26 This mail has been blocked because the sender is unauthenticated. DKIM = did not pass",
        "body",
        BLOCKED,
    ),
    (550, "5.7.1 Our system has detected that this message is likely unsolicited mail.", "body", BLOCKED),
    (421, "4.7.0 Our system has detected an unusual rate of unsolicited mail", "body", COOL),
    (421, "4.7.28 Gmail has detected an unusual rate of mail originating from your DKIM domain", "body", COOL),
    (450, "4.7.26 unauthenticated email is rate limited", "rcpt", COOL),
    (550, "5.4.5 Daily user sending limit exceeded.", "body", LIMIT),
    (552, "5.7.0 This message was blocked because its content presents a potential security issue.", "body", REFUSED),
    (552, "5.2.3 Your message exceeded Google's message size limits.", "body", REFUSED),
    (535, "5.7.8 Username and Password not accepted.", "connect", LOGIN),
    (534, "5.7.9 Application-specific password required.", "connect", LOGIN),
    (530, "5.7.0 Must issue a STARTTLS command first", "mail", LOGIN),
    (553, "5.1.2 We weren't able to find the recipient domain.", "rcpt", ADDRESS),
    (550, "5.7.25 The IP address sending this message does not have a PTR record setup", "mail", BLOCKED),
    (550, "5.1.8 Domain of sender address x@y.example does not exist", "mail", BLOCKED),  # ours, not the reader's
    # Microsoft
    (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", "rcpt", ADDRESS),
    (550, "5.4.1 Recipient address rejected: Access denied. AS(201806281)", "rcpt", ADDRESS),
    (550, "5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", "rcpt", ADDRESS),
    (554, "5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", "body", FULL),
    (
        550,
        "5.7.515 Access denied, sending domain ACME.TEST does not meet the required authentication level",
        "body",
        BLOCKED,
    ),
    (
        550,
        "5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. They are on our block list (S3150).",
        "mail",
        BLOCKED,
    ),
    (550, "5.7.509 Access denied, sending domain does not pass DMARC verification", "body", BLOCKED),
    (451, "4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719)", "rcpt", COOL),
    (451, "4.7.652 The mail server [192.0.2.1] has exceeded the maximum number of connections", "mail", COOL),
    (550, "5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required", "rcpt", REFUSED),
    (550, "5.6.0 Message content is not acceptable", "body", REFUSED),
    (451, "4.5.3 Too many recipients", "rcpt", LATER),
    # Yahoo
    (554, "delivery error: dd This user doesn't have a yahoo.com account (ann@yahoo.com) [0]", "body", ADDRESS),
    (
        554,
        "5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes",
        "body",
        BLOCKED,
    ),
    (553, "5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently deferred", "mail", BLOCKED),
    (421, "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints", "mail", COOL),
    (451, "Resources temporarily unavailable. Please try again later [TS16].", "rcpt", LATER),
    (552, "mailbox size limit exceeded: 552 1 Requested mail action aborted", "rcpt", FULL),
    # Exim
    (550, "Unrouteable address", "rcpt", ADDRESS),
    (550, "relay not permitted", "rcpt", BLOCKED),
    (550, "Sender verify failed", "rcpt", BLOCKED),
    (550, "Administrative prohibition", "rcpt", BLOCKED),
    (550, "No such person at this address", "rcpt", ADDRESS),
    (451, "Temporary local problem - please try later", "rcpt", LATER),
    (451, "greylisted, please try again in 5 minutes", "rcpt", LATER),
    (552, "Message size exceeds maximum permitted", "mail", REFUSED),
    (550, "user unknown", "rcpt", ADDRESS),
    # Postfix
    (550, "5.1.1 <ann@acme.test>: Recipient address rejected: User unknown in virtual mailbox table", "rcpt", ADDRESS),
    (450, "4.1.1 <ann@acme.test>: Recipient address rejected: unverified address", "rcpt", LATER),
    (450, "4.2.0 <ann@acme.test>: Recipient address rejected: Greylisted", "rcpt", LATER),
    (451, "4.7.1 Greylisting in action, please come back later", "rcpt", LATER),
    (450, "4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]", "rcpt", COOL),
    (454, "4.7.1 <ann@acme.test>: Relay access denied", "rcpt", COOL),
    (554, "5.7.1 <ann@acme.test>: Relay access denied", "rcpt", BLOCKED),
    (554, "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", "rcpt", BLOCKED),
    (450, "4.1.8 <bounce@ours.test>: Sender address rejected: Domain not found", "rcpt", LATER),
    (550, "5.1.8 <bounce@ours.test>: Sender address rejected: Domain not found", "rcpt", BLOCKED),
    (552, "5.3.4 Message size exceeds fixed limit", "mail", REFUSED),
    (452, "4.3.1 Insufficient system storage", "mail", LATER),
    (451, "4.3.0 <ann@acme.test>: Temporary lookup failure", "rcpt", LATER),
    (556, "5.1.10 Recipient address has a null MX", "rcpt", ADDRESS),
    (421, "4.3.2 All server ports are busy", "mail", COOL),
    (454, "4.7.0 Temporary authentication failure: Connection lost to authentication server", "connect", LOGIN),
    # others
    (550, "5.1.90 Your message can't be sent because you've reached your daily limit", "mail", LIMIT),
    (550, "Mailbox is full", "rcpt", FULL),
    (553, "5.1.7 Bad sender address syntax", "mail", BLOCKED),
    (535, "5.7.8 no", "connect", LOGIN),
    (550, "4.4.0 contradicts itself", "rcpt", LATER),
    # hardly any words
    (550, "unknown", "rcpt", ADDRESS),
    (550, "no", "mail", BLOCKED),  # it is the sender who was offered
    (554, "no", "rcpt", REFUSED),  # says nothing of the address: nobody is cleaned out for it
    (554, "no", "body", REFUSED),
    (452, "no", "rcpt", FULL),
    (552, "no", "body", FULL),
    (550, "4.2.1 contradicts itself", "rcpt", LATER),  # the milder reading
    (553, "5.1.30", "rcpt", ADDRESS),  # not 5.1.3
    (550, "5.1.80", "rcpt", ADDRESS),  # not 5.1.8
    (421, "", "mail", COOL),
    (530, "authentication required", "mail", LOGIN),
]


@pytest.mark.parametrize(("code", "text", "phase", "meaning"), REPLIES)
def test_what_a_reply_means(code: int, text: str, phase: str, meaning: tuple[str, bool, str]):
    answer = refusal(code, text, phase)
    assert (answer.meaning, answer.permanent, answer.scope) == meaning
    assert (answer.phase, answer.detail, answer.code.split()[0]) == (phase, text, str(code))


@pytest.mark.parametrize("phase", ["connect", "mail", "rcpt", "data", "body"])
def test_every_number_means_something_and_4xx_ends_nothing(phase: str):
    answers = [refusal(code, "", phase) for code in range(400, 600)]
    assert {answer.permanent for answer in answers[:100]} == {False}
    assert all(answer.meaning for answer in answers)


@pytest.mark.parametrize("code", [550, 554, 571])
def test_policy_is_never_the_persons_fault(code: int):
    assert "address" not in {refusal(code, f"5.7.{detail} Not accepted", "rcpt").scope for detail in range(600)}


def test_each_row_of_the_table_decides_something():
    """A row that no reply above reaches would be a guess that nobody checked."""
    reached = set()
    for code, text, phase, _ in REPLIES:
        status = refusal(code, text, phase).code.partition(" ")[2] or "-"
        for place, row in enumerate(table()):
            here = row.code.match(str(code)) and row.status.match(status) and row.phase in ("", phase)
            if here and row.words.search(text):
                reached.add(place)
                break
    assert [place for place in range(len(table())) if place not in reached] == []
