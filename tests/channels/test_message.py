"""Parsed back by the standard library, is every letter what went in, and can nothing break out of a header?"""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.message import Letter, build, tagged

LETTER = Letter(
    sender="anna@acme.test",
    sender_name="Anna, of Acme",
    recipient="bob@reader.test",
    recipient_name='Bob "The Builder" O\\Neil',
    subject="Your trial of the pump",
    text="Good morning, Bob.\n\nWhen may I call?\n",
    html="<p>Good morning, Bob.</p>\n",
    message_id="<t1.1@acme.test>",
    reply_to="reply+t1@acme.test",
    unsubscribe=("https://acme.test/u/abc", "mailto:reply+t1@acme.test?subject=unsubscribe"),
    in_reply_to="<t0.1@acme.test>",
    references=("<a@acme.test>", "<t0.1@acme.test>"),
    touch="t1",
)
NOW = 1_767_600_000  # Monday 5 January 2026, 08:00 UTC


def parsed(letter: Letter) -> email.message.EmailMessage:
    return email.message_from_bytes(build(letter, NOW), policy=email.policy.default)


def test_every_header_says_what_the_letter_says():
    mail = parsed(LETTER)
    assert mail["From"].addresses[0].display_name == LETTER.sender_name
    assert mail["From"].addresses[0].addr_spec == LETTER.sender
    assert mail["To"].addresses[0].display_name == LETTER.recipient_name
    assert mail["Subject"] == LETTER.subject
    assert mail["Date"].datetime.timestamp() == NOW
    assert mail["Message-ID"] == LETTER.message_id
    assert mail["Reply-To"] == LETTER.reply_to
    assert mail["In-Reply-To"] == LETTER.in_reply_to
    assert mail["References"] == " ".join(LETTER.references)
    assert mail["List-Unsubscribe"] == ", ".join(f"<{each}>" for each in LETTER.unsubscribe)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Opportune-Touch"] == "t1"
    assert mail.get_body(("plain",)).get_content() == LETTER.text.replace("\n", "\r\n")


def test_empty_fields_leave_their_header_out_and_a_plain_letter_has_one_part():
    mail = parsed(Letter("a@acme.test", "b@reader.test", "Hello", "Hi", "<1@acme.test>"))
    assert mail.get_content_type() == "text/plain"
    absent = ("Reply-To", "In-Reply-To", "References", "List-Unsubscribe", "List-Unsubscribe-Post", "X-Opportune-Touch")
    assert [name for name in absent if name in mail] == []


def words(mail: email.message.EmailMessage, kind: str) -> str:
    return plain_lines(mail.get_body((kind,)).get_content())


def plain_lines(text: str) -> str:
    """Each line end as one LF: a lone CR or LF is a line end as well."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def sender_name(mail: email.message.EmailMessage) -> str:
    """The display name by the older decoder: the newer one (3.11) keeps the space between two encoded words."""
    raw = email.message_from_bytes(mail.as_bytes(policy=email.policy.compat32))
    name, _ = parseaddr(str(raw["From"]))
    return str(make_header(decode_header(name)))


WRITABLE = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))
HEADER = st.text(WRITABLE, max_size=300).map(str.strip)
BODY = st.text(st.one_of(st.characters(exclude_categories=("Cs",)), st.sampled_from("\n\r.\t =\0")), max_size=2000)


@given(subject=HEADER, name=HEADER, text=BODY, html=BODY)
@example("Встреча в четверг?", "Пётр Ильич", "Добрый день!\n" * 50, "<p>Добрый день</p>")  # base64 rather than QP
@example("فرصة", "שלום", "مرحبا " * 300, "‮<b>עברית</b>")  # right to left, with the override mark
@example(
    "🎉" * 60, "👩‍👩‍👧", "." + "\n.\n..\n" + "x" * 5000 + " \n", "é" * 1200
)  # emoji, dots, endless lines, last space
@example("=?utf-8?B?aGk=?=", "=?utf-8?Q?x?=", "From me\nFrom you", "=41")  # looks like an encoding already
@example("a" * 400, "b" * 300, "", "")  # long ASCII
@example("a" * 99, 'b"' * 49, "one\rtwo\n\rthree\r\nfour", "\0NUL\0")  # lone line ends and NUL
@example("x", "y", "\u2028\u2029\x85\x0b\x0c", "\ufeff\ufffe")  # other scripts' line ends, marks of byte order
def test_words_of_any_script_come_back_equal(subject: str, name: str, text: str, html: str):
    mail = parsed(replace(LETTER, subject=subject, sender_name=name, text=text, html=html))
    assert (mail["Subject"] or "") == subject
    assert sender_name(mail) == name
    assert words(mail, "plain") == plain_lines(text)
    assert not html or words(mail, "html") == plain_lines(html)
    assert not mail.defects


@given(text=st.text(max_size=3000), html=st.text(max_size=3000))
def test_the_bytes_keep_smtps_rules_whatever_the_words(text: str, html: str):
    content = build(replace(LETTER, text=text, html=html), NOW)
    assert content.isascii()
    lines = content.split(b"\r\n")
    assert all(b"\r" not in line and b"\n" not in line and len(line) <= 998 for line in lines)  # no smuggling


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", "Hello\r\nBcc: everyone@reader.test"),  # a header of their own
        ("subject", "Hello\x00"),  # some servers cut here
        ("subject", "Hello \ud83d"),  # half an emoji: cut by whoever wrote the list
        ("text", "Hello \ud83d"),
        ("html", "<p>\udc00</p>"),
        ("sender_name", "Anna\nX: y"),
        ("recipient_name", "Bob\r\n\r\nbody"),  # a body of their own
        ("recipient", "bob@reader.test\r\nBcc: x@y.test"),
        ("recipient", "bob@reader.test, eve@reader.test"),  # two readers
        ("recipient", "Bob <bob@reader.test>"),  # the name has a field of its own
        ("recipient", "боб@reader.test"),  # needs SMTPUTF8
        ("sender", ""),
        ("reply_to", "a@b.test>\r\nX: y"),
        ("message_id", "no-brackets@acme.test"),
        ("in_reply_to", "<a@b>\n<c@d>"),
        ("references", ("<a@b.test>", "x y")),
        ("unsubscribe", ("https://acme.test/u>,<https://evil.test",)),
        ("unsubscribe", ("https://acme.test/u v",)),
        ("touch", "t1 t2"),
        ("touch", "t" * 1000),  # longer than a line may be
    ],
)
def test_a_value_that_would_break_out_of_its_header_is_refused_by_name(field: str, value: object):
    with pytest.raises(ValueError, match=f"letter.{field}"):
        build(replace(LETTER, **{field: value}), NOW)


def test_no_header_line_is_longer_than_servers_take():
    """RFC 5322 2.1.1: 998; and where words can be cut, 78."""
    many = tuple(f"<{'x' * 200}{number}@acme.test>" for number in range(20))
    letter = replace(LETTER, subject="a" * 3000, sender_name="ж" * 500, recipient_name='"' * 90, references=many)
    head = build(letter, NOW).partition(b"\r\n\r\n")[0]
    assert max(len(line) for line in head.split(b"\r\n")) < 250


def test_a_tagged_address_carries_the_token_after_a_plus_sign():
    assert tagged("reply@acme.test", "t1") == "reply+t1@acme.test"
