"""What came back by mail is applied once, whatever bytes it is made of."""

from __future__ import annotations

import base64

import pytest
from sqlalchemy import select
from support_mailed import mailed
from support_world import make_world, only, touches

from channels.base import Incoming
from opportune.store import models as m
from opportune.work import inbox, optout


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


def test_a_broken_unsubscribe_link_is_answered_like_an_unknown_one(world):
    assert not optout.by_token(world, "a\0b", world.clock.now())
