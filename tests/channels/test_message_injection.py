"""Can a value from a list, a form or a template add a header, a reader or a body of its own? 286 attempts."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from itertools import product

import pytest

from channels.attachments import Attachment
from channels.message import Letter, build

SAFE = Letter(
    sender="anna@acme.test",
    sender_name="Anna",
    recipient="bob@reader.test",
    recipient_name="Bob",
    subject="Hello",
    text="Good morning.",
    html="<p>Good morning.</p>",
    message_id="<t1@acme.test>",
    reply_to="reply+t1@acme.test",
    unsubscribe=("https://acme.test/u/abc",),
    in_reply_to="<t0@acme.test>",
    references=("<t0@acme.test>",),
    touch="t1",
    attachments=(Attachment("offer.pdf", b"%PDF", "application/pdf"),),
)
FIELDS = ["subject", "sender_name", "recipient_name", "sender", "recipient", "reply_to", "message_id", "in_reply_to",
          "references", "unsubscribe", "touch", "name", "kind"]  # fmt: skip
PAYLOADS = [
    "\r\nBcc: eve@evil.test",  # a header
    "\nBcc: eve@evil.test",
    "\rBcc: eve@evil.test",  # some servers take a lone CR for a line end
    "\r\n\tBcc: eve@evil.test",  # a folded line
    "\r\n\r\nBuy now",  # a body
    "\n\nBuy now",
    "\r\n.\r\nMAIL FROM:<eve@evil.test>",  # a second mail
    "\x00Bcc: eve@evil.test",  # where C programs cut
    "\x0bBcc: eve@evil.test",  # what Python's splitlines takes for line ends, as some programs do
    "\x0cBcc: eve@evil.test",
    "\x1cBcc: eve@evil.test",
    "\x1dBcc: eve@evil.test",
    "\x1eBcc: eve@evil.test",
    "\x85Bcc: eve@evil.test",
    "\u2028Bcc: eve@evil.test",
    "\u2029Bcc: eve@evil.test",
    "\x7f\x08\x08Bcc: eve@evil.test",  # rubs out what stands before it
    "\u560d\u560aBcc: eve@evil.test",  # a CR and LF once their upper bytes are cut off
    "\ud80d\ud80a",  # halves of characters
    "=?utf-8?Q?=0D=0ABcc:_eve@evil.test?=",  # encoded beforehand
    "=?utf-8?B?DQpCY2M6IGV2ZUBldmlsLnRlc3Q=?=",
    '"<eve@evil.test>, ',  # a second reader
]
CASES = list(product(FIELDS, PAYLOADS))


def attacked(field: str, payload: str, behind: bool) -> Letter:
    """The letter with the payload behind, or in the middle of, the value of one field."""
    if field in ("name", "kind"):
        return replace(SAFE, attachments=(replace(SAFE.attachments[0], **{field: f"application/pdf{payload}"}),))
    value = getattr(SAFE, field)
    text = value[0] if isinstance(value, tuple) else value
    bad = text + payload if behind else text[:1] + payload + text[1:]
    return replace(SAFE, **{field: (bad,) if isinstance(value, tuple) else bad})


def shape(mail: email.message.EmailMessage) -> list[tuple[list[str], str]]:
    """Names of the headers of every part, and its kind."""
    return [([name for name, _ in part.items()], part.get_content_type()) for part in mail.walk()]


def test_there_are_as_many_attempts_as_promised():
    assert len(CASES) >= 250


@pytest.mark.parametrize("behind", [True, False], ids=["behind", "within"])
@pytest.mark.parametrize("field", FIELDS)
def test_nothing_breaks_out_of_its_header(field: str, behind: bool):
    """Refused with the field named; or rendered so that every reader sees the same headers, people and words."""
    safe = build(SAFE, 0)
    for payload in PAYLOADS:
        try:
            content = build(attacked(field, payload, behind), 0)
        except ValueError as refused:
            named = "attachments" if field in ("name", "kind") else field
            assert f"letter.{named}" in str(refused), (field, payload)  # noqa: PT017 - most are refused, some are not
            continue
        assert field in ("subject", "sender_name", "recipient_name", "name"), (field, payload)
        for policy in (email.policy.default, email.policy.compat32):
            mail = email.message_from_bytes(content, policy=policy)
            assert shape(mail) == shape(email.message_from_bytes(safe, policy=policy)), payload
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert [each.addr_spec for each in mail["To"].addresses] == [SAFE.recipient], payload
        assert [each.addr_spec for each in mail["From"].addresses] == [SAFE.sender], payload
        assert mail.get_body(("plain",)).get_content().strip() == SAFE.text
        assert b"\r" not in content.replace(b"\r\n", b"")
        assert b"\n" not in content.replace(b"\r\n", b"")


def test_words_that_look_encoded_are_read_as_they_were_written():
    """A subject out of a list is text: nobody's mail program may decode it into something else."""
    for payload in PAYLOADS[-3:-1]:
        mail = email.message_from_bytes(build(replace(SAFE, subject=payload), 0), policy=email.policy.default)
        assert mail["Subject"] == payload
