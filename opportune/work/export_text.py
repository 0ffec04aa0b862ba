"""How is text written so that a spreadsheet shows it instead of running it?

A cell that begins with = + - @, a tab or a line's end, or with their full-width twins, is a formula to some program;
blanks before it, also invisible ones, do not help. An apostrophe makes it text again. Numbers stay numbers: `-5`,
`+442079460123`.
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?", re.ASCII)
_RUNS = re.compile(
    r"[\s\x00-\x1f\u00a0\u200b-\u200f\u2060\ufeff\"']*[=+\-@|%\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe6b]"
)
_BREAKS = ("\t", "\r", "\n")


def harmless(text: str) -> str:
    if _NUMBER.fullmatch(text):
        return text
    return "'" + text if text.startswith(_BREAKS) or _RUNS.match(text) else text
