"""What is wrong or unwise in a campaign, told by code, so that each reader gets it in their own language?"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from opportune.rules.words import problems_en, problems_ro, problems_ru

Loc = tuple[str | int, ...]
WORDS: dict[str, Any] = {"en": problems_en, "ru": problems_ru, "ro": problems_ro}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong (error) or unwise (warning) in a file, and how to mend it."""

    file: str
    line: int
    key: str
    message: str
    remedy: str
    severity: str = "error"
    code: str = ""


class Wrong(ValueError):
    """A value that contradicts itself or another; `at` leads from the refused field to the exact place."""

    def __init__(self, code: str, *, at: Loc = (), **values: Any) -> None:
        super().__init__(": ".join(said(code, values)))
        self.code, self.at, self.values = code, at, values


def said(code: str, values: dict[str, Any], language: str = "en") -> tuple[str, str]:
    """Message and remedy; an unknown language reads English."""
    words = WORDS.get(language, problems_en)
    message, remedy = words.PROBLEMS[code]
    values = values | {"choice": choice(language, values)}
    return message.format_map(values), remedy.format_map(values)


def choice(language: str, values: dict[str, Any]) -> str:
    """What may stand there: the nearest to what was given, or all."""
    words = WORDS.get(language, problems_en)
    allowed: Sequence[str] = values.get("allowed", ())
    near = difflib.get_close_matches(str(values.get("given")).lower(), allowed, cutoff=0.5)
    text: str = words.NEAR.format(near=near[0]) if near else words.ONE_OF.format(allowed=", ".join(allowed))
    return text


def problem(
    code: str,
    file: str,
    line: int,
    loc: Loc = (),
    *,
    language: str,
    **values: Any,
) -> Problem:
    """The problem of this code at this place, in the reader's language."""
    message, remedy = said(code, values, language)
    return Problem(file, line, ".".join(map(str, loc)), message, remedy, "error", code)
