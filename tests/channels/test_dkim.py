"""Do receivers find our signature good, for every mail, and bad once a byte was changed? dkimpy is asked."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import dkim as oracle
import pytest
from cryptography.hazmat.primitives import serialization as coded
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.dkim import Signer, new_key, signer
from channels.message import Letter, build
from opportune.settings import SettingError

NOW = 1_767_600_000
KINDS = ("rsa", "ed25519")
WRITABLE = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))


@cache
def key(kind: str) -> Signer:
    return Signer("s1", "acme.test", new_key(kind)[0])


def good(mail: bytes, mine: Signer) -> bool:
    """As a receiver sees it, who finds our record in the DNS."""

    def txt(name: bytes, timeout: int = 5) -> bytes:
        assert name == mine.place.encode() + b"."
        return mine.record.encode()

    return oracle.verify(mail, dnsfunc=txt)


def letter(subject: str = "Hello", text: str = "Hi\n", html: str = "<p>Hi</p>") -> bytes:
    unsubscribe = ("https://acme.test/u/1", "mailto:r@acme.test?subject=unsubscribe")
    one = Letter("anna@acme.test", "bob@reader.test", subject, text, "<1@acme.test>", html, unsubscribe=unsubscribe)
    return build(one, NOW)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150)
@given(subject=st.text(WRITABLE, max_size=200), text=st.text(max_size=1500), html=st.text(max_size=1500))
@example("Встреча?", "  two  spaces\t\ttabs \n\n\n", " \t\n \n")
@example("a  b " * 30, "", "")  # folded, and a letter of one empty part
def test_every_mail_is_signed_so_that_receivers_agree(kind: str, subject: str, text: str, html: str):
    try:
        mail = letter(subject, text, html)
    except ValueError:  # half a character: no mail at all
        return
    assert good(key(kind).sign(mail, NOW), key(kind))


#: Bodies as other programs write them: what relaxing must make of each.
BODIES = [
    b"",  # nothing
    b"\r\n\r\n",  # empty lines only
    b"no line end",
    b"space at the end \r\n",
    b"tab\tand  many \t spaces\r\n \r\nx\r\n\t\r\n",
    b" leading\r\n",
    b"-- \r\nsignature mark\r\n\r\n\r\n",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", BODIES)
def test_any_body_is_relaxed_as_the_standard_says(kind: str, body: bytes):
    mail = b"From: a@acme.test\r\nSubject:  two  spaces\t\r\n and a fold \r\nX-Other: y\r\n\r\n" + body
    assert good(key(kind).sign(mail, NOW), key(kind))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"Hi", b"Ho"),  # the text
        (b"<p>", b"<q>"),
        (b"Subject: Hello", b"Subject: Hullo"),
        (b"https://acme.test/u/1", b"https://evil.test/u/1"),  # who unsubscribes would tell somebody else
        (b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two-Click"),
        (b"From: anna@", b"From: eve@"),
        (b"\r\nFrom: ", b"\r\nFrom: eve@evil.test\r\nFrom: "),  # a second From: some programs show that one
    ],
)
def test_what_was_changed_on_the_way_is_found_out(kind: str, was: bytes, becomes: bytes):
    signed = key(kind).sign(letter(), NOW)
    head = signed.index(b"\r\nFrom: ")
    assert was in signed[head:]
    assert not good(signed[:head] + signed[head:].replace(was, becomes, 1), key(kind))


def test_another_key_s_record_does_not_vouch_for_it():
    signed = key("rsa").sign(letter(), NOW)
    assert not good(signed, Signer("s1", "acme.test", new_key("rsa")[0]))


def test_the_signature_covers_the_way_out_and_the_sender_twice():
    """RFC 8058: both headers are signed, or providers show no button."""
    head = key("rsa").sign(letter(), NOW).partition(b"\r\nFrom:")[0].replace(b"\r\n ", b"")
    named = head.partition(b";h=")[2].partition(b";")[0].split(b":")
    assert {b"list-unsubscribe", b"list-unsubscribe-post", b"subject", b"to", b"date", b"message-id"} <= set(named)
    assert named.count(b"from") == 2


def test_the_lines_of_the_signature_stay_short():
    head = key("rsa").sign(letter(), NOW).partition(b"\r\nFrom:")[0]
    assert max(len(line) for line in head.split(b"\r\n")) <= 100


def pem(private: object) -> bytes:
    return private.private_bytes(coded.Encoding.PEM, coded.PrivateFormat.PKCS8, coded.NoEncryption())


def locked() -> bytes:
    secret = coded.BestAvailableEncryption(b"secret")
    return new_key("ed25519")[0].private_bytes(coded.Encoding.PEM, coded.PrivateFormat.PKCS8, secret)


def public() -> bytes:
    mine = new_key("ed25519")[0].public_key()
    return mine.public_bytes(coded.Encoding.PEM, coded.PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n",
        b"\xff\xfe\x00binary",
        public(),  # the other half
        locked(),  # wants a password
        pem(ec.generate_private_key(ec.SECP256R1())),  # a key of a kind that DKIM does not know
        pem(rsa.generate_private_key(65537, 1024)),  # too short: Gmail does not believe it
    ],
    ids=["empty", "nonsense", "binary", "public", "locked", "elliptic", "short"],
)
def test_a_key_that_cannot_sign_is_an_error_that_names_the_setting_and_the_remedy(tmp_path: Path, content: bytes):
    file = tmp_path / "key.pem"
    file.write_bytes(content)
    with pytest.raises(SettingError, match=r"OPPORTUNE_DKIM_KEY_FILE.*opportune mail dkim-key"):
        signer("s1", "acme.test", file)


@pytest.mark.parametrize("file", ["missing.pem", "."])
def test_a_key_file_that_is_none_is_an_error_that_names_the_setting(tmp_path: Path, file: str):
    with pytest.raises(SettingError, match="OPPORTUNE_DKIM_KEY_FILE"):
        signer("s1", "acme.test", tmp_path / file)


@pytest.mark.parametrize(
    ("selector", "domain", "setting"),
    [
        ("", "acme.test", "SELECTOR"),
        ("s1; d=evil.test", "acme.test", "SELECTOR"),
        ("s1\r\nBcc: x", "acme.test", "SELECTOR"),
        ("s1", "", "DOMAIN"),
        ("s1", "acme test", "DOMAIN"),
        ("s1", "пример.test", "DOMAIN"),  # the xn-- form is meant
    ],
)
def test_a_name_that_cannot_stand_in_the_dns_is_an_error_that_names_the_setting(selector, domain, setting, tmp_path):
    with pytest.raises(SettingError, match=f"OPPORTUNE_DKIM_{setting}"):
        signer(selector, domain, tmp_path / "key.pem")


def test_a_key_is_read_again_once_its_file_has_changed(tmp_path: Path):
    file = tmp_path / "key.pem"
    file.write_bytes(new_key("ed25519")[1])
    before = signer("s1", "acme.test", file)
    assert signer("s1", "acme.test", file) is before
    file.write_bytes(new_key("rsa")[1])
    assert signer("s1", "acme.test", file).record.startswith("v=DKIM1; k=rsa")
