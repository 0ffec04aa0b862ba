"""Does the practice mailbox behave like a mail server that may be trusted to count, and stay on this machine?"""

from __future__ import annotations

import json
import re
import smtplib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from imap_tools import MailboxLoginError, MailBoxUnencrypted
from support_mailbox import COMMAND, Mailbox, running_mailbox

from channels.inbox import read
from channels.stop import refusal

RAW = (
    "Subject: =?utf-8?B?0J/RgNC40LLQtdGC?=\r\nMessage-ID: <{0}@acme.test>\r\nX-Opportune-Touch: {0}\r\n{1}\r\nHello\r\n"
)
UNSUBSCRIBE = (
    "List-Unsubscribe: <https://acme.test/u/1>,\r\n <mailto:stop@acme.test>\r\nReply-To: reply+1@acme.test\r\n"
)


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with running_mailbox() as running:
        yield running


def deliver(mailbox: Mailbox, touch: str, more: str = "") -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.smtp) as client:
        client.sendmail("bounce+1@acme.test", [f"{touch}@reader.test"], RAW.format(touch, more))


def gone(process: int) -> bool:
    """Waits (at most ten seconds) until no process has this number."""
    return any(not Path(f"/proc/{process}").exists() or time.sleep(0.05) for _ in range(200))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "mail.example.com", ""])
def test_it_listens_on_loopback_only(host: str):
    refused = subprocess.run([*COMMAND, "--host", host], capture_output=True, text=True, timeout=30)
    assert refused.returncode == 2
    assert "practice stays on this machine" in refused.stderr


def test_it_ends_on_sigterm_and_finds_its_mails_again(tmp_path: Path):
    store = str(tmp_path / "mailbox.sqlite")
    with running_mailbox("--store", store) as first:
        deliver(first, "kept")
        first.post("/_sim/reply", id=1, text="yes")
        validity = first.post("/_sim/reply", id=1, text="again")["uid"].partition(":")[0]
    assert first.process.returncode == 0
    with running_mailbox("--store", store) as second:
        assert [mail["touch"] for mail in second.get("/_sim/mails?after=0")] == ["kept"]
        assert second.post("/_sim/reply", id=1, text="more")["uid"] == f"{validity}:3"  # UIDs go on


def test_it_ends_when_the_process_that_started_it_is_gone():
    start = (
        "import subprocess, sys\nchild = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)\n"
        "child.stdout.readline(); print(child.pid)"
    )
    parent = subprocess.run([sys.executable, "-c", start, *COMMAND], capture_output=True, text=True, timeout=30)
    assert gone(int(parent.stdout))


def test_blocked_mail_keeps_its_port_and_answers_nobody():
    with running_mailbox("--no-smtp") as blocked:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", blocked.smtp), timeout=5)
        assert blocked.get("/_sim/mails?after=0") == []


def test_a_mail_is_listed_with_what_a_program_asks_for(mailbox: Mailbox):
    mailbox.post("/_sim/clock", now=1_767_600_000)
    deliver(mailbox, "one", UNSUBSCRIBE)
    (listed,) = mailbox.taken_for("one@reader.test")
    number = listed.pop("id")
    assert listed == {
        "at": 1_767_600_000,
        "recipient": "one@reader.test",
        "sender": "bounce+1@acme.test",
        "message_id": "<one@acme.test>",
        "touch": "one",
        "subject": "Привет",
        "reply_to": "reply+1@acme.test",
        "list_unsubscribe": "<https://acme.test/u/1>, <mailto:stop@acme.test>",
    }
    assert mailbox.get(f"/_sim/mails?after={number}") == []
    shown = mailbox.get(f"/_sim/mails/{number}")
    assert (shown["text"], shown["html"], shown["answers"]) == ("Hello\n", "", [])
    assert "Message-ID: <one@acme.test>" in shown["headers"]


SCRIPTED = [
    # suffix of the address, what the server answers, and what lies in the INBOX after
    ("busy", 451, []),
    ("later421", 421, []),
    ("full", 452, []),
    ("nouser", 550, []),
    ("unsigned", 550, []),  # Gmail's words for a domain that it cannot check: 5.7.26
    ("spam", 554, []),
    ("dropdata", None, []),
    ("dropdot", None, []),
    ("dropstored", None, []),
    ("replies", 250, ["reply"]),
    ("stop", 250, ["reply"]),
    ("away", 250, ["auto_reply"]),
    ("bounces", 250, ["bounce"]),  # taken first, reported later
    ("bouncesfull", 250, ["bounce"]),
    ("complains", 250, ["complaint"]),
    ("anybody", 250, []),
]


@pytest.mark.parametrize(("suffix", "code", "kinds"), SCRIPTED)
def test_the_suffix_of_an_address_says_what_becomes_of_its_mail(
    mailbox: Mailbox, suffix: str, code: int | None, kinds: list[str]
):
    with MailBoxUnencrypted("127.0.0.1", mailbox.imap).login("practice", "practice") as box:
        seen = len(box.uids())
    said = None
    try:
        deliver(mailbox, f"kim+{suffix}")
        said = 250
    except smtplib.SMTPServerDisconnected:
        pass
    except smtplib.SMTPRecipientsRefused as refused:
        ((said, _),) = refused.recipients.values()
    except smtplib.SMTPResponseException as refused:
        said = refused.smtp_code
    assert said == code
    with MailBoxUnencrypted("127.0.0.1", mailbox.imap).login("practice", "practice") as box:
        back = [box.client.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1] for uid in box.uids()[seen:]]
    assert [read(raw).kind for raw in back] == kinds
    taken = mailbox.taken_for(f"kim+{suffix}@reader.test")
    assert len(taken) == (said == 250 or suffix == "dropstored")
    if kinds:
        shown = mailbox.get(f"/_sim/mails/{taken[0]['id']}")
        assert len(shown["answers"]) == 1
        assert "Hello" not in shown["answers"][0]["text"]  # without what it quotes


def test_what_comes_back_says_what_our_inbox_must_understand(mailbox: Mailbox):
    for suffix in ("stop", "bounces", "bouncesfull"):
        deliver(mailbox, f"lou+{suffix}")
    with MailBoxUnencrypted("127.0.0.1", mailbox.imap).login("practice", "practice") as box:
        raws = [box.client.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1] for uid in box.uids()[-3:]]
    stop, hard, soft = map(read, raws)
    assert refusal(stop.text) == "everything"
    assert (hard.status, hard.hard, soft.status, soft.hard) == ("5.1.1", True, "4.2.2", False)


def test_a_reader_who_always_answers_may_be_registered_too(mailbox: Mailbox):
    mailbox.post_object("/_sim/scripts", {"max@reader.test": "away"})
    deliver(mailbox, "max")
    (taken,) = mailbox.taken_for("max@reader.test")
    assert [each["kind"] for each in mailbox.get(f"/_sim/mails/{taken['id']}")["answers"]] == ["auto"]


def test_the_button_of_a_mail_program_writes_to_where_the_mail_says(mailbox: Mailbox):
    deliver(
        mailbox,
        "pam",
        "List-Unsubscribe: <https://acme.test/u/1>,\r\n <mailto:reply+1@acme.test?subject=no%20more>\r\n",
    )
    mailbox.post("/_sim/reply", id=mailbox.taken_for("pam@reader.test")[0]["id"], kind="unsubscribe")
    with MailBoxUnencrypted("127.0.0.1", mailbox.imap).login("practice", "practice") as box:
        mail = list(box.fetch("ALL", mark_seen=False))[-1]
    assert (mail.to, mail.subject, mail.from_) == (("reply+1@acme.test",), "no more", "pam@reader.test")
    deliver(mailbox, "pim")
    with pytest.raises(urllib.error.HTTPError) as refused:
        mailbox.post("/_sim/reply", id=mailbox.taken_for("pim@reader.test")[0]["id"], kind="unsubscribe")
    with refused.value as answer:
        assert "mailto:" in json.load(answer)["error"]


def test_a_mail_is_shown_with_its_people_its_files_and_its_bytes(mailbox: Mailbox):
    files = (
        'From: "Anna, of Acme" <anna@acme.test>\r\nTo: bob@reader.test\r\nMIME-Version: 1.0\r\n'
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hi</p>\r\n'
        "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=o.pdf\r\n\r\n12345\r\n--b--"
    )
    with smtplib.SMTP("127.0.0.1", mailbox.smtp) as client:
        client.sendmail("a@acme.test", ["files@reader.test"], files)
    shown = mailbox.get(f"/_sim/mails/{mailbox.taken_for('files@reader.test')[0]['id']}")
    assert (shown["from"], shown["to"]) == ("Anna, of Acme <anna@acme.test>", "bob@reader.test")
    assert shown["files"] == [{"name": "o.pdf", "type": "application/pdf", "bytes": 5}]
    assert shown["raw"].startswith("From: ")
    assert shown["bytes"] == len(files) + 2


def test_the_counts_see_a_touch_that_came_twice():
    with running_mailbox() as own:
        deliver(own, "a")
        deliver(own, "b")
        deliver(own, "b")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            deliver(own, "c+nouser")
        own.post("/_sim/reply", id=1, text="yes")
        stats = own.get("/_sim/stats")
    assert {name: stats[name] for name in ("mails", "refused", "replies", "duplicates")} == {
        "mails": 3,
        "refused": 1,
        "replies": 1,
        "duplicates": 1,
    }


def test_the_clock_stands_where_it_is_set_or_runs_with_an_offset(mailbox: Mailbox):
    assert mailbox.post("/_sim/clock", now=1_000_000)["now"] == 1_000_000
    assert mailbox.get("/_sim/stats")["now"] == 1_000_000
    assert mailbox.post("/_sim/clock", offset=-86_400)["now"] < time.time() - 86_000


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/_sim/scripts", {"a@b.test": "explode"}, "nouser"),  # names what there is
        ("/_sim/scripts", {"a@b.test": "rcpt 550 5.1.1 x\r\n250 ok"}, "POINT ACTION"),
        ("/_sim/reply", {"id": 10**9, "text": "x"}, "no mail"),
        ("/_sim/reply", {"id": "x"}, "id"),
        ("/_sim/reply", {"id": 1, "kind": "angry"}, "complaint"),
        ("/_sim/clock", {}, "offset"),
        ("/_sim/clock", {"now": None}, "int"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(mailbox: Mailbox, path: str, body: dict, said: str):
    with pytest.raises(urllib.error.HTTPError) as refused:
        mailbox.post_object(path, body)
    with refused.value as answer:
        assert answer.code == 400
        assert said in json.load(answer)["error"] or "id" in body


def test_another_sites_name_for_this_machine_is_refused(mailbox: Mailbox):
    request = urllib.request.Request(mailbox.url + "/_sim/stats", headers={"Host": "evil.test"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    with refused.value as answer:
        assert answer.code == 400


def test_the_page_says_practice_and_asks_nothing_of_other_machines(mailbox: Mailbox):
    with urllib.request.urlopen(mailbox.url + "/", timeout=5) as answer:
        page, policy = answer.read().decode(), answer.headers["Content-Security-Policy"]
    assert "practice" in page
    assert re.findall(r"(?:https?:)?//[a-z]", page) == []
    assert "default-src 'none'" in policy


def test_commands_may_come_in_one_packet_and_in_any_wrong_order(mailbox: Mailbox):
    with socket.create_connection(("127.0.0.1", mailbox.smtp), timeout=5) as raw, raw.makefile("rb") as lines:
        raw.sendall(
            b"DATA\r\nRCPT TO:<a@b.test>\r\nMAIL FROM nobody\r\n"
            b"MAIL FROM:<a@b.test>\r\nRCPT TO:<pipe@reader.test>\r\nDATA\r\n"
        )
        raw.sendall(b".\r\nXYZ\r\nQUIT\r\n")  # an empty mail
        codes = [line[:3] for line in lines]
    assert codes == [b"220", b"503", b"503", b"501", b"250", b"250", b"354", b"250", b"500", b"221"]
    assert len(mailbox.taken_for("pipe@reader.test")) == 1


def test_imap_tools_reads_the_inbox_like_any_other(mailbox: Mailbox):
    deliver(mailbox, "imap")
    number = mailbox.taken_for("imap@reader.test")[0]["id"]
    mailbox.post("/_sim/reply", id=number, text="Привет, да.")
    with MailBoxUnencrypted("127.0.0.1", mailbox.imap).login("practice", "practice") as box:
        mail = list(box.fetch("ALL", mark_seen=False))[-1]
        assert (mail.from_, mail.subject, mail.text.split("\r\n")[0]) == (
            "imap@reader.test",
            "Re: Привет",
            "Привет, да.",
        )
        assert [each.uid for each in box.fetch(f"UID {mail.uid}:*", bulk=True)] == [mail.uid]
        assert box.client.noop()[0] == box.client.close()[0] == "OK"
    with MailBoxUnencrypted("127.0.0.1", mailbox.imap) as box, pytest.raises(MailboxLoginError):
        box.login("real", "secret")


def test_answers_are_the_same_bytes_in_every_run():
    def one_run() -> list[bytes]:
        with running_mailbox() as own:
            own.post("/_sim/clock", now=1_767_600_000)
            deliver(own, "same", UNSUBSCRIBE)
            for kind in ("human", "auto", "bounce", "complaint"):
                own.post("/_sim/reply", id=1, text="Well", kind=kind)
            with MailBoxUnencrypted("127.0.0.1", own.imap).login("practice", "practice") as box:
                return [box.client.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1] for uid in "1234"]

    first = one_run()
    assert first == one_run()
    assert all(b"Date: Mon, 05 Jan 2026" in raw for raw in first)
