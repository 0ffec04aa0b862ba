"""Whose mail is it? Read from the bytes that are about to leave."""

from __future__ import annotations

import pytest

from opportune.store import models as m
from opportune.work import senders

HEADS = [
    (b"From: ann@acme.test\r\nTo: x@y.test\r\n\r\nhi", "ann@acme.test"),
    (b"From: Ann Lee <Ann@Acme.test>\r\n\r\nhi", "ann@acme.test"),
    (
        b"DKIM-Signature: h=From:To;\r\n d=x.test\r\nFrom: =?utf-8?q?Ann?=\r\n <ann@acme.test>\r\n\r\nhi",
        "ann@acme.test",
    ),
    (b'From: "ann@home.test" <ann@acme.test>\r\n\r\nhi', "ann@acme.test"),
    (b"Subject: x\r\n\r\nFrom: eve@evil.test\r\n", "bounce+t@acme.test"),  # the body says nothing
    (b"Subject: x\r\n\r\nhi", "bounce+t@acme.test"),
    (b"a b and no head at all", "bounce+t@acme.test"),
]


@pytest.mark.parametrize(("content", "expected"), HEADS)
def test_the_sender_stands_in_the_head(content: bytes, expected: str):
    assert senders.from_of(m.PreparedMessage(sender="bounce+t@acme.test", content=content)) == expected
