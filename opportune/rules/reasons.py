"""How is a reason said to a marketer?

One sentence per code and language; rule ids are for the tooltip behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opportune.rules.facts import Reason
from opportune.rules.words import en, ro, ru

LANGUAGES = {"en": en, "ru": ru, "ro": ro}


def sentence(reason: Reason, language: str = "en") -> str:
    """The reason in the reader's language; an unknown language reads English."""
    words = LANGUAGES.get(language, en)
    values = {key: _word(words.WORDS, key, value) for key, value in reason.values.items()}
    text: str = words.SENTENCES[reason.code].format_map(values)
    return text[:1].upper() + text[1:]


def _word(words: Mapping[str, Mapping[str, str]], key: str, value: Any) -> str:
    return words.get(key, {}).get(str(value), str(value))
