"""How is a reason said to a marketer?

One sentence per code and language; rule ids are for the tooltip behind it. What is not a reason, but told around one,
is a phrase.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from opportune.rules.facts import Reason
from opportune.rules.words import en, ro, ru, told_en, told_ro, told_ru

LANGUAGES = {"en": en, "ru": ru, "ro": ro}
SINGLE = {" 1 days": " one day", " 1 times": " once", " 1 zile": " o zi", " de 1 ori": " o dată"}
STORIES = {"en": told_en, "ru": told_ru, "ro": told_ro}


def sentence(reason: Reason, language: str = "en") -> str:
    """The reason in the reader's language; an unknown language reads English."""
    words = LANGUAGES.get(language, en)
    values = {key: _word(words.WORDS, key, value, language) for key, value in reason.values.items()}
    return _begun(words.SENTENCES[reason.code].format_map(values))


def phrase(name: str, language: str, /, **values: Any) -> str:
    """A piece of the story around the reasons."""
    text: str = STORIES.get(language, told_en).TOLD[name]
    return text.format_map(values)


def went(result: str, language: str) -> str:
    """How a contact attempt went, by result or state."""
    return str(STORIES.get(language, told_en).WENT.get(result, result.replace("_", " ")))


def ends(why: str, language: str) -> str:
    """Why nothing more follows."""
    return str(STORIES.get(language, told_en).ENDS.get(why, why.replace("_", " ")))


def word(key: str, value: str, language: str) -> str:
    """One of our own words: a goal, a channel, a kind of contact."""
    return _word(LANGUAGES.get(language, en).WORDS, key, value, language)


def when(there: datetime, language: str, *, clock: bool = True) -> str:
    """`Thu 5 Mar, 15:20`, or the day alone with its year."""
    story = STORIES.get(language, told_en)
    day = f"{there.day} {story.MONTHS[there.month - 1]}"
    return f"{story.DAYS[there.weekday()]} {day}, {there:%H:%M}" if clock else f"{day} {there.year}"


def _word(words: Mapping[str, Mapping[str, str]], key: str, value: Any, language: str) -> str:
    if key == "time":  # as the person's clock shows it
        return when(datetime.fromisoformat(str(value)), language)
    if key == "day":
        return when(datetime.fromisoformat(str(value)), language, clock=False)
    if key == "why":
        return ends(str(value), language)
    return words.get(key, {}).get(str(value), str(value))


def _begun(text: str) -> str:
    """A sentence begins large, and one day is no "1 days"."""
    for plural, single in SINGLE.items():
        text = text.replace(plural, single)
    return text[:1].upper() + text[1:]
