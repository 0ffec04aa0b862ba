"""What of an earlier mail is quoted? What it said; not how it greeted, linked, asked or signed (A11, B4)."""

from __future__ import annotations

import pytest

from opportune.work.thread import Earlier, excerpt

SIGNED = "\n\nKind regards,\nTom Okafor\nBrightdesk\n+12025550124"
FOOT = "\n\n--\nBrightdesk, 12 Harbour Street\nDo not contact me again: https://a.example/u/1\n"

QUOTED = [
    # a mail, and what of it is quoted
    (f"Hello Ana,\n\nOne thing.\n\nMay I call?{SIGNED}{FOOT}", ["One thing."]),
    (f"Hello Ana,\r\n\r\nOne thing.{SIGNED}{FOOT}".replace("\n", "\r\n").replace("\r\r", "\r"), ["One thing."]),
    (f"Hello,\n\nOne.\nTwo.\nThree.\nFour.{SIGNED}", ["One.", "Two.", "Three."]),  # short
    (f"Hello,\n\nSee it here:\nhttps://a.example/x\n\nOne.{SIGNED}", ["One."]),
    (
        f"Hello,\n\nNew.{SIGNED}\n\nMy earlier message (2026-03-02):\n> Old.\n> Older.{FOOT}",
        ["New."],
    ),  # no quotes of quotes
    ("Guten Tag,\n\nEine Sache.\n\nMit freundlichen Grüßen\nTom Okafor", ["Eine Sache."]),
    ("word " * 60 + SIGNED, ["word " * 39 + "word …"]),  # long lines are cut between words
    ("Hello,\n\nWhen?" + SIGNED, []),
    ("", []),
]


@pytest.mark.parametrize(("text", "lines"), QUOTED)
def test_what_is_quoted(text: str, lines: list[str]):
    assert list(excerpt(text)) == lines


@pytest.mark.parametrize("subject", ["Your trial", "Re: Your trial"])
def test_the_thread_keeps_one_subject(subject: str):
    assert Earlier(subject, "2026-03-02", ("One.",)).answered == "Re: Your trial"
