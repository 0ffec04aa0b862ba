"""What is wrong in a mail's template? Told by code, with file and line, so that all get it in their own language."""

from __future__ import annotations

from typing import Any

from opportune.rules.problems import Problem, choice
from opportune.rules.words import mail_en, mail_ro, mail_ru

WORDS: dict[str, Any] = {"en": mail_en, "ru": mail_ru, "ro": mail_ro}


class WordsError(ValueError):
    """A template that is missing or cannot be filled; names file, line and field, and says what to do."""

    def __init__(self, code: str, file: str, line: int = 1, field: str = "", **values: Any) -> None:
        super().__init__(code, file, line, field, values)
        self.code, self.file, self.line, self.field, self.values = code, file, line, field, values

    def __str__(self) -> str:
        found = self.problem("en")
        return f"{self.file}:{self.line}: {found.message}: {found.remedy}"

    def problem(self, language: str) -> Problem:
        return problem(self.code, self.file, self.line, self.field, language=language, **self.values)


def problem(
    code: str, file: str, line: int, field: str = "", *, language: str, severity: str = "error", **values: Any
) -> Problem:
    """The problem of this code at this place; an unknown language reads English."""
    words = WORDS.get(language, mail_en)
    message, remedy = words.PROBLEMS[code]
    values |= {"choice": choice(language, values), "line": line}
    return Problem(file, line, field, message.format_map(values), remedy.format_map(values), severity, code)
