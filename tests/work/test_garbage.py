"""A mailbox full of garbage: all is kept, nothing is sent, nobody opted out, and nothing holds up what follows."""

from __future__ import annotations

import base64
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from support_mailed import mailed
from support_world import make_world, move_clock, only

from channels.base import Incoming
from channels.inbox import read, refused
from channels.returned_mime import LONGEST_MAIL, MOST_PARTS
from opportune.store import models as m
from opportune.work import inbox, replay

HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Return-Path", "Precedence",
           "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted", "Delivered-To", "X-Failed-Recipients",
           "List-Unsubscribe", "Content-Disposition")  # fmt: skip
TYPES = ("text/plain", "text/html", "multipart/mixed; boundary=b", "multipart/report; boundary=b", "message/rfc822",
         "message/delivery-status", "message/feedback-report", "message/disposition-notification", "image/png", "x",
         "multipart/report", "multipart/mixed; boundary=", "text/plain; charset=idna", "text/plain; charset=\"\0\"",
         "text/plain; charset=unicode_escape", "text/html; charset*=utf-8''%ff", "message/external-body")  # fmt: skip


def nested(depth: int) -> bytes:
    return b"From: a@b.test\n" + b"Content-Type: message/rfc822\n\n" * depth + b"Subject: inside\n\nhello\n"


def multiparts(depth: int) -> bytes:
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (each, each) for each in range(depth))
    return b"From: a@b.test\n" + head + b"\nhello\n"


REPORT = b"Content-Type: multipart/report; boundary=b\n\n--b\n"
#: Each once broke some mail reader
NASTY = {
    "empty": b"",
    "one byte": b"\xff",
    "no header": b"\n\n\n",
    "nuls": b"\0" * 1000,
    "a line of ten megabytes": b"From: a@b.test\n\n" + b"x" * 10_000_000,
    "a header of ten megabytes": b"From: a@b.test\nSubject: " + b"y" * 10_000_000 + b"\n\nhello\n",
    "addresses without end": b"From: a@b.test\nTo: " + b"<c@d.test>, " * 100_000 + b"\n\nhello\n",
    "references without end": b"From: a@b.test\nReferences: " + b"<c@d.test> " * 100_000 + b"\n\nhello\n",
    "a hundred thousand headers": b"X: y\n" * 100_000 + b"From: a@b.test\n\nhello\n",
    "folded without end": b"Subject: a\n" + b" b\n" * 200_000 + b"\nhello\n",
    "brackets": b"From: " + b"(" * 50_000 + b"\n\nhello\n",
    "quotes": b"From: " + b'"\\' * 50_000 + b"@b.test\n\nhello\n",
    "encoded words": b"Subject: " + b"=?utf-8?b?YQ==?= " * 20_000 + b"\n\nhello\n",
    "broken encoded words": b"Subject: =?utf-8?b?!!!?= =?x?q?=ZZ?= =?utf-8?z?a?=\n\nhello\n",
    "mails within mails": nested(200),
    "many more mails within mails": nested(5_000),
    "parts within parts": multiparts(200),
    "many more parts within parts": multiparts(5_000),
    "parts without end": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 50_000,
    "a part that never ends": b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed\n",
    "a report without blocks": REPORT + b"Content-Type: message/delivery-status\n",
    "a complaint about nothing": REPORT + b"Content-Type: message/feedback-report\n",
    "unknown charset": b"Content-Type: text/plain; charset=klingon\n\n\xff\xfe\n",
    "punycode": b"Content-Type: text/plain; charset=punycode\n\n" + b"a-" * 50_000,
    "half signs": b"Content-Type: text/plain; charset=utf-16\n\n\xd8\x00" + b"\x00\xd8" * 500,
    "html without end": b"Content-Type: text/html\n\n" + b"<div " * 30_000,
    "html of declarations": b"Content-Type: text/html\n\n<![x" + b"<!--" * 25_000,
    "html quotes": b"Content-Type: text/html\n\n" + b"<blockquote>" * 10_000 + b"unsubscribe",
    "quoted lines": b"From: a@b.test\n\n" + b"> stop\n" * 15_000,
    "announced quotes": b"From: a@b.test\n\n" + b"On Mon, 5 Jan 2026 10:00 <a@b> <a@b> <a@b>\n" * 2_000,
    "base64 that is none": b"Content-Transfer-Encoding: base64\n\n!!!!====\xff\n",
    "uuencode": b"Content-Transfer-Encoding: uuencode\n\nbegin 644 x\n\xff\xff\xff\n",
    "a date of the year 99999": b"Auto-Submitted: yes\nDate: Mon, 99 Foo 99999 99:99:99 +9999\n\nback on 5 May",
}  # fmt: skip


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", NASTY)
def test_each_nasty_mail_is_read_in_no_time_and_asks_for_nothing(name: str):
    back = read(NASTY[name])
    assert refused(back) is None
    assert back.kind not in ("complaint",) or name == "a complaint about nothing"
    assert len(back.text) <= 100_000


def test_what_is_nested_beyond_sense_is_read_by_its_headers():
    raw = b"From: Ana <ana@firm.test>\nSubject: hello\n" + nested(MOST_PARTS + 1)
    assert (read(raw).sender, read(raw).subject, read(raw).kind) == ("ana@firm.test", "hello", "reply")


header = st.tuples(st.sampled_from(HEADERS), st.one_of(st.text(max_size=40), st.sampled_from(TYPES)))


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    """Like mail, and wrong somewhere: parts, reports and texts cut off and stirred."""
    head = "".join(f"{name}: {value}\n" for name, value in draw(st.lists(header, max_size=6)))
    parts = draw(st.lists(st.tuples(st.sampled_from(TYPES), st.binary(max_size=60)), max_size=4))
    body = b"".join(b"--b\nContent-Type: " + kind.encode() + b"\n\n" + inside + b"\n" for kind, inside in parts)
    raw = head.encode("utf-8", "surrogatepass") + b"\n" + body + draw(st.sampled_from((b"--b--", b"", b"--b")))
    return raw[: draw(st.integers(0, len(raw)))] if draw(st.booleans()) else raw


@given(st.one_of(mails(), st.binary(max_size=300)))
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_breaks_the_reader(raw: bytes):
    back = read(raw)
    for word in (back.text, back.subject, back.sender, back.message_id, back.reader, back.status):
        word.encode()  # no half signs,
        assert "\0" not in word  # and nothing a database cannot store


@pytest.fixture
def world(db, tmp_path):
    """A clerk who got our mail."""
    world = make_world(db, tmp_path)
    mailed(world)
    return world


def garbage(token: str) -> list[bytes]:
    """Much of it addressed as an answer to our mail, some of it cut out of real ones."""
    rng = random.Random(7)
    to = f"To: reply+{token}@ours.example\n".encode()
    small = [raw[:20_000] for raw in NASTY.values()]
    cut = [raw[: rng.randrange(len(raw) + 1)] for raw in small for _ in range(2)]
    noise = [rng.randbytes(rng.randrange(400)) for _ in range(40)]
    return [to + raw if rng.random() < 0.3 else raw for raw in [*small, *cut, *noise]]


def test_all_of_it_is_kept_and_a_persons_answer_behind_it_is_heard(world):
    bad = garbage(only(world).token)
    bad = list({inbox.hashlib.sha256(raw).hexdigest(): raw for raw in bad if b"\nMessage-ID" not in raw}.values())
    for number, raw in enumerate(bad, 1):
        assert inbox._take_in(world, "box", Incoming(f"7:{number}", raw))
    answer = (
        f"From: person1@firm.example\nTo: reply+{only(world).token}@ours.example\nMessage-ID: <1@f.test>\n\nHi there"
    )
    inbox._take_in(world, "box", Incoming(f"7:{len(bad) + 1}", answer.encode()))
    with world.db.read() as session:
        events = session.scalars(select(m.ProviderEvent).order_by(m.ProviderEvent.id)).all()
        assert [base64.b64decode(each.payload["raw"]) for each in events] == [*bad, answer.encode()]
        assert [each.failed_why for each in events if each.applied_at is None] == []
        assert session.scalars(select(m.Suppression)).all() == []
        assert session.scalar(select(func.count(m.Touch.id)).where(m.Touch.sending_at.is_not(None))) == 1
        assert session.get_one(m.Contact, only_contact(session)).email == "person1@firm.example"
        assert session.scalars(select(m.Reply.text).where(m.Reply.text == "Hi there")).one()


def only_contact(session) -> int:
    return session.scalars(select(m.Contact.id)).one()


def test_a_mail_that_breaks_us_is_tried_three_times_and_then_waits_for_somebody(world, monkeypatch):
    def breaks(*_given):
        raise RuntimeError("a defect of ours")

    monkeypatch.setattr(inbox.matching, "touch_of", breaks)
    assert inbox._take_in(world, "box", Incoming("7:1", b"From: a@b.test\n\nhello"))
    for _ in range(5):
        move_clock(world, world.clock.now() + 600)
        replay.again(world, by_itself=True)
    with world.db.read() as session:
        assert session.scalars(select(m.ProviderEvent.tries)).one() == 3
    monkeypatch.undo()
    assert replay.again(world).applied == 1


def test_a_mail_longer_than_we_read_keeps_its_beginning():
    assert read(b"From: a@b.test\n\nhello\n" + b"\n" * (LONGEST_MAIL + 10)).text == "hello"
