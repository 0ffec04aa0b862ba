"""Does every mail that leaves keep the rules of the providers? Seen on what a mail server received over real SMTP."""

from __future__ import annotations

import email
import email.policy
import re
import shutil
from collections.abc import Iterator
from email.message import EmailMessage

import dkim
import pytest
import support_leads
from pydantic import SecretStr
from support_mailbox import Mailbox, running_mailbox
from support_web import browsing
from support_world import add_person, make_world, move_clock, plan_everything, publish, touches

from channels.dkim import Signer, new_key
from channels.form_answers import Answers
from channels.forms import FORMS
from opportune.app import build
from opportune.store import models as m
from opportune.work import dispatch, inbox, leads, reconcile
from opportune.work.world import World

DAY = 86_400
GMAIL_CLIP = 102_000  # bytes


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """What leaves does not depend on the engine."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with running_mailbox() as running:
        yield running


@pytest.fixture
def world(db, tmp_path, mailbox) -> Iterator[World]:
    """Two clerks are written to: one German, one who reads Russian; our mail is signed."""
    key, pem = new_key("rsa")
    (tmp_path / "key.pem").write_bytes(pem)
    imap = {"imap_host": "127.0.0.1", "imap_port": mailbox.imap, "imap_user": "practice", "imap_security": "none"}
    world = make_world(
        db, tmp_path, smtp_port=mailbox.smtp, imap_password=SecretStr("practice"), mail_domain="brightdesk.example",
        mail_reply_to="reply@brightdesk.example", mail_sender="tom@brightdesk.example", dkim_selector="s1",
        dkim_key_file=tmp_path / "key.pem", **imap,
    )  # fmt: skip
    world.extras["record"] = Signer("s1", "brightdesk.example", key).record
    publish(world, "clarifications", steps=[], channels=["email"], mails={"most": 4})
    firm = tmp_path.name.replace("_", "-")
    for number, language in ((1, "en"), (2, "ru")):
        add_person(world, number, status="staff", language=language, email=f"person{number}@{firm}.example")
    yield world
    world.close()


def write(world: World, mails: int = 1) -> None:
    """Day by day it is decided and sent, until both got so many mails."""
    for _ in range(60):
        plan_everything(world)
        if due := [touch.due_at for touch in touches(world) if touch.state == "planned"]:
            dispatch.mails(world, until=move_clock(world, min(due)))
        if len([touch for touch in touches(world) if touch.sent_at]) == 2 * mails:
            return
        if not due:
            move_clock(world, world.clock.now() + DAY)
    raise AssertionError([(touch.key, touch.state, touch.due_at) for touch in touches(world)])


def received(world: World, mailbox: Mailbox, number: int) -> list[dict]:
    """What the server took for this person, the first first, each with its parsed mail."""
    with world.db.read() as session:
        address = session.get_one(m.Contact, number).email
    found = [mailbox.get(f"/_sim/mails/{each['id']}") for each in mailbox.taken_for(address)]
    for each in found:
        each["mail"] = email.message_from_string(each["raw"], policy=email.policy.default)
        assert isinstance(each["mail"], EmailMessage)
    return found


def part(mail: EmailMessage, kind: str) -> str:
    return mail.get_body((kind,)).get_content()


def domain(address: str) -> str:
    return address.rpartition("@")[2].rstrip(">").lower()


def test_each_mail_keeps_the_rules(world, mailbox):
    write(world, mails=2)
    mails = [each for number in (1, 2) for each in received(world, mailbox, number)]
    assert len(mails) == 4
    due = {touch.token: touch.due_at for touch in touches(world)}
    for taken in mails:
        mail, token = taken["mail"], taken["touch"]
        assert not mail.defects
        # SPF and DKIM speak for the domain that the reader sees
        assert domain(mail["From"].addresses[0].addr_spec) == "brightdesk.example"
        assert taken["sender"] == f"bounce+{token}@brightdesk.example"
        assert domain(mail["Message-ID"]) == "brightdesk.example"
        # one click, by the web and by mail; and the answer finds its touch
        web, post = re.findall(r"<([^>]+)>", mail["List-Unsubscribe"])
        assert (web, post.partition("?")[0]) == (
            f"http://ours.example/u/{token}", f"mailto:reply+{token}@brightdesk.example",
        )  # fmt: skip
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["Reply-To"] == f"reply+{token}@brightdesk.example"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Date"].datetime.timestamp() == due[token]
        assert len(mail["To"].addresses) == 1
        assert not {"Cc", "Bcc"} & set(mail.keys())
        # words for every reader, with who writes and the way out, in full
        assert [each.get_content_type() for each in mail.iter_parts()] == ["text/plain", "text/html"]
        for kind in ("plain", "html"):
            assert "Brightdesk" in part(mail, kind)
            assert sender_of(world)["postal_address"] in part(mail, kind)
            assert web in part(mail, kind)
        assert len(part(mail, "html").encode()) < GMAIL_CLIP
        assert taken["raw"].isascii()
        assert max(map(len, taken["raw"].split("\n"))) <= 998  # RFC 5322
        signed(world, taken)
    ids = [each["mail"]["Message-ID"] for each in mails]
    assert len(set(ids)) == 4
    assert set(ids) == {touch.message_id for touch in touches(world) if touch.sent_at}


def sender_of(world: World) -> dict:
    with world.db.read() as session:
        return session.get_one(m.CampaignVersion, 1).document["sender"]


def signed(world: World, taken: dict) -> None:
    """RFC 8058 asks that the signature covers both headers of the one click; checked by another library."""
    record = str(world.extras["record"]).encode()
    raw = taken["raw"].replace("\n", "\r\n").encode()
    assert dkim.verify(raw, dnsfunc=lambda *_, **__: record)
    fields = re.search(r"\bh=([^;]+);", re.sub(r"\s", "", taken["mail"]["DKIM-Signature"]))[1].lower().split(":")
    assert {"from", "list-unsubscribe", "list-unsubscribe-post", "message-id", "subject"} <= set(fields)


def test_a_follow_up_stays_in_its_thread_and_quotes_what_it_follows(world, mailbox):
    """A11"""
    write(world, mails=3)
    for number in (1, 2):
        first, second, third = (each["mail"] for each in received(world, mailbox, number))
        assert "In-Reply-To" not in first
        assert not first["Subject"].startswith("Re:")
        assert second["Subject"] == third["Subject"] == f"Re: {first['Subject']}"
        assert second["In-Reply-To"] == first["Message-ID"]
        assert third["In-Reply-To"] == second["Message-ID"]
        assert third["References"].split() == [first["Message-ID"], second["Message-ID"]]
        for mail, before in ((second, first), (third, second)):
            quoted = [line[2:].strip() for line in part(mail, "plain").splitlines() if line.startswith("> ")]
            assert 1 <= len(quoted) <= 3
            own = part(before, "plain")
            assert all(line.removesuffix(" …") in own for line in quoted)
            assert not [line for line in quoted if line.endswith(("?", ",")) or "://" in line or line.startswith(">")]
            assert quoted[0].split()[0] in part(mail, "html")
            assert not {sender_of(world)["name"], sender_of(world)["company"]} & set(quoted)


@pytest.fixture
def one_mail(world, mailbox):
    """What the first person got, and a browser without cookies for the addresses in it."""
    write(world)
    [taken] = received(world, mailbox, 1)
    with browsing(build(world, with_board=False)) as client:
        yield taken, lambda how, path, **given: client.request(how, path, headers={"Host": "ours.example"}, **given)


def said_no(world: World, number: int = 1) -> list[str]:
    with world.db.read() as session:
        return [row.reason for row in session.query(m.Suppression).filter_by(contact_id=number, kind="person")]


ONE_CLICK = {"data": {"List-Unsubscribe": "One-Click"}}


def test_one_click_acts_at_once_and_looking_does_not(world, one_mail):
    """RFC 8058: POST without login, cookie or redirect; GET only shows a page, for scanners fetch it."""
    taken, ask = one_mail
    path = f"/u/{taken['touch']}"
    for how in ("GET", "HEAD", "GET"):
        looked = ask(how, path)
        assert (looked.status_code, said_no(world)) == (200, [])
    assert '<form method="post">' in looked.text
    done = ask("POST", path, **ONE_CLICK)
    assert (done.status_code, said_no(world)) == (200, ["unsubscribed"])
    assert "set-cookie" not in done.headers
    assert not [touch for touch in touches(world, contact_id=1) if touch.state in ("planned", "claimed")]
    assert said_no(world, 2) == []
    ask("POST", path, **ONE_CLICK)  # programs press twice
    assert said_no(world) == ["unsubscribed"]


@pytest.mark.parametrize("wrong", ["0" * 32, "x", "%00", "'; drop table touch;--", "a" * 5000, "é", "../u/x"])
def test_a_wrong_token_is_answered_like_a_right_one(world, one_mail, wrong):
    taken, ask = one_mail
    right = [ask(how, f"/u/{taken['touch']}", **given) for how, given in (("GET", {}), ("POST", ONE_CLICK))]
    before = said_no(world), said_no(world, 2)
    guess = [ask(how, f"/u/{wrong}", **given) for how, given in (("GET", {}), ("POST", ONE_CLICK))]
    plain = [(each.status_code, each.text, sorted(each.headers.keys())) for each in right]
    if "/" not in wrong:
        assert [(each.status_code, each.text, sorted(each.headers.keys())) for each in guess] == plain
    assert (said_no(world), said_no(world, 2)) == before


def test_the_button_that_writes_a_mail_unsubscribes_too(world, mailbox, one_mail):
    """RFC 2369: the mail has the subject that our header names, and often no words at all."""
    taken, _ = one_mail
    mailbox.post("/_sim/reply", id=taken["id"], kind="unsubscribe")
    inbox.collect(world)
    assert len(said_no(world)) == 1
    assert said_no(world, 2) == []


def test_what_somebody_asked_for_comes_twice_at_most_and_as_one_mail(world, mailbox):
    """The server took it and fell silent: a quarter of an hour later it is sent again, under the same Message-ID."""
    address = "asked+dropstored@reader.example"
    asked = Answers({"name": "Kim", "email": address, "answer_by": "email", "country": "DE"}, {})
    support_leads.take(world, FORMS["lead_magnet"], asked, leads.Visit("one"))
    for _ in range(6):
        dispatch.requested(world)
        move_clock(world, world.clock.now() + 16 * 60)
        reconcile.uncertain(world)
    taken = mailbox.taken_for(address)
    assert len(taken) == 2
    assert len({each["message_id"] for each in taken}) == 1
    raws = [mailbox.get(f"/_sim/mails/{each['id']}")["raw"] for each in taken]
    assert raws[0] == raws[1]  # so that receivers fold the two into one
