"""Every reason has a sentence in every language."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from opportune.rules.facts import Channel, Goal
from opportune.rules.reasons import LANGUAGES
from opportune.rules.words import en, ro, ru, told_en, told_ro, told_ru

RULES = Path(__file__).parents[2] / "opportune" / "rules"
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in RULES.glob("*.py"))
USED = set(re.findall(r'Reason\(\s*"(\w+)"', SOURCES)) | {
    "no_phone", "no_email", "cap_touches", "cap_calls", "law_cap", "cold_hour", "call_hour"
}  # fmt: skip


def braces(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
def test_no_code_is_without_a_sentence_and_no_sentence_without_a_code(words):
    assert set(words.SENTENCES) == USED


@pytest.mark.parametrize("code", sorted(USED))
def test_all_languages_use_the_same_values(code):
    assert braces(en.SENTENCES[code]) == braces(ru.SENTENCES[code]) == braces(ro.SENTENCES[code])


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
def test_our_own_words_are_translated(words):
    assert set(words.WORDS["channel"]) == {channel.value for channel in Channel}
    assert set(words.WORDS["goal"]) == {goal.value for goal in Goal}
    assert set(words.WORDS["kind"]) == {"call", "call_auto", "voicemail", "email"}


def test_russian_has_no_latin_and_romanian_no_cedilla():
    to_type = r"\{\w+\}|opportune law sign|calls.shape: operator_first"
    for text in ru.SENTENCES.values():
        assert not re.search("[A-Za-z]", re.sub(to_type, "", text)), text
    assert not re.search("[şţŞŢ]", "".join(ro.SENTENCES.values()))


@pytest.mark.parametrize("table", ["ENDS", "WENT", "TOLD"])
def test_the_story_around_the_reasons_is_complete_in_every_language(table):
    english, *others = (set(getattr(told, table)) for told in (told_en, told_ru, told_ro))
    assert english
    assert others == [english, english]
