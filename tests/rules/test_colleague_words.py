"""What a colleague hears on the phone before and between calls: in their language, and the same things in each (B9)."""

from __future__ import annotations

from string import Formatter

import pytest

from opportune.rules.words.colleague import SAID, said


@pytest.mark.parametrize(
    ("language", "key", "values", "words"),
    [
        ("en", "why_referral", {"by": "Ana Stan"}, "Introduced by Ana Stan."),
        ("en-GB", "company", {"title": "Director", "company": "Acme"}, "Director at Acme"),  # the region matters not
        ("de", "why_referral", {"by": "Ana Stan"}, "Empfohlen von Ana Stan."),
        ("ru", "busy", {}, "Занято."),
        ("fi", "busy", {}, "The line is busy."),  # a language that we do not speak
        ("", "busy", {}, "The line is busy."),
    ],
)
def test_a_colleague_hears_their_own_language(language, key, values, words):
    assert said(language, key, **values) == words


@pytest.mark.parametrize("language", sorted(set(SAID) - {"en"}))
def test_every_language_says_all_of_it_and_needs_no_more_to_be_known(language):
    def asks(words: str) -> set[str | None]:
        return {field for _, field, _, _ in Formatter().parse(words)} - {None}

    assert set(SAID[language]) == set(SAID["en"])
    assert {key for key, words in SAID[language].items() if asks(words) - asks(SAID["en"][key])} == set()
