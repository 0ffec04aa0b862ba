"""Do files arrive as they were, under their name, and are those refused that no mailbox would take?"""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.attachments import Attachment, read
from channels.message import Letter, build

LETTER = Letter("a@acme.test", "b@reader.test", "Prices", "Here they are.", "<1@acme.test>", "<p>Here they are.</p>")
NAME = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="/\\"), min_size=1, max_size=60
)


def parsed(*attachments: Attachment, html: str = LETTER.html) -> email.message.EmailMessage:
    letter = replace(LETTER, attachments=attachments, html=html)
    return email.message_from_bytes(build(letter, 0), policy=email.policy.default)


@given(name=NAME.filter(str.strip), content=st.binary(max_size=500))
@example("Цены на осень.pdf", b"%PDF-1.7\r\n\x00\xff")
@example('a "quoted"; name=x.pdf', b"")
@example("عرض الأسعار.pdf", b"\n.\n")
@example("🎉" * 15 + ".png", b"\r\n--=_m\r\n")
def test_a_file_comes_back_byte_for_byte_under_its_name(name: str, content: bytes):
    mail = parsed(Attachment(name, content, "application/pdf"))
    [found] = mail.iter_attachments()
    assert found.get_filename() == name.strip()
    assert found.get_content() == content
    assert found.get_content_type() == "application/pdf"
    assert not mail.defects


@pytest.mark.parametrize("html", ["", "<p>Here they are.</p>"])
def test_the_words_stay_readable_beside_two_files(html: str):
    mail = parsed(Attachment("a.txt", b"one", "text/plain"), Attachment("b.bin", b"two"), html=html)
    assert mail.get_content_type() == "multipart/mixed"
    assert mail.get_body(("plain",)).get_content().strip() == LETTER.text
    assert not html or mail.get_body(("html",)).get_content().strip() == html
    assert [each.get_filename() for each in mail.iter_attachments()] == ["a.txt", "b.bin"]


def test_thirty_megabytes_are_refused_with_what_to_do_instead(tmp_path: Path):
    file = tmp_path / "film.mp4"
    with file.open("wb") as empty:
        empty.truncate(30_000_000)
    with pytest.raises(ValueError, match=r"30\.0 MB.*film\.mp4.*at most 10 MB.*OPPORTUNE_MAIL_ATTACHMENTS_MB"):
        read([file])


def test_the_limit_is_of_all_files_together_and_can_be_set():
    two = (Attachment("a", b"x" * 600_000), Attachment("b", b"x" * 600_000))
    letter = replace(LETTER, attachments=two)
    with pytest.raises(ValueError, match=r"1\.2 MB.*at most 1 MB"):
        build(letter, 0, most_mb=1)
    assert len(build(letter, 0, most_mb=2)) > 1_200_000


def test_a_file_is_read_with_its_name_and_kind(tmp_path: Path):
    for name in ("offer.pdf", "table.csv", "packed.tar.gz", "odd.zzz", "mail.eml"):
        (tmp_path / name).write_bytes(b"x")
    kinds = {each.name: each.kind for each in read(sorted(tmp_path.iterdir()))}
    assert kinds["offer.pdf"] == "application/pdf"
    assert kinds["table.csv"] == "text/csv"
    assert {kinds["packed.tar.gz"], kinds["odd.zzz"], kinds["mail.eml"]} == {"application/octet-stream"}


def test_a_file_that_is_not_there_is_an_error_with_its_name(tmp_path: Path):
    with pytest.raises(ValueError, match=r"attachment .*nowhere\.pdf: No such file"):
        read([tmp_path / "nowhere.pdf"])


@pytest.mark.parametrize(
    "name",
    ["", "  ", "../../etc/passwd", "a\\b.pdf", "a\r\nBcc: x@y.test", "a\x00.pdf", "a\u2028b", "a\x85b", "\ud800",
     "ж" * 300],
)  # fmt: skip
def test_a_name_that_is_none_is_refused(name: str):
    with pytest.raises(ValueError, match=r"letter\.attachments"):
        parsed(Attachment(name, b"x"))


@pytest.mark.parametrize(
    "kind",
    ["", "pdf", "text/html\r\nX: y", "multipart/mixed", "message/rfc822", "text/plain; charset=x", "a/" + "b" * 200],
)
def test_a_media_type_that_is_none_of_a_file_is_refused(kind: str):
    with pytest.raises(ValueError, match="no media type"):
        parsed(Attachment("a.bin", b"x", kind))
