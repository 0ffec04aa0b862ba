"""What does a mail server's refusal mean: the address, our sending domain, our account, or only this mail?

The table is `smtp_codes.toml`. The enhanced code (RFC 3463) and the words count before the basic code: providers say
550 of everything.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from channels.base import Refused

ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
_ANY = re.compile("")


@dataclass(frozen=True, slots=True)
class Row:
    code: re.Pattern[str]
    status: re.Pattern[str]
    words: re.Pattern[str]
    phase: str
    meaning: str
    permanent: bool
    scope: str


def refusal(code: int, text: str, phase: str) -> Refused:
    """A negative reply, understood."""
    found = ENHANCED.match(text)
    status = found.group() if found else "-"
    row = next(row for row in table() if _matches(row, str(code), status, text, phase))
    name = f"{code} {status}".rstrip(" -")
    return Refused(name, text, permanent=row.permanent, scope=row.scope, phase=phase, meaning=row.meaning)


def _matches(row: Row, code: str, status: str, text: str, phase: str) -> bool:
    here = row.code.match(code) and row.status.match(status) and row.phase in ("", phase)
    return bool(here and row.words.search(text))


@lru_cache
def table() -> tuple[Row, ...]:
    read = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(_row(row, read["meaning"][row["meaning"]]) for row in read["reply"])


def _row(row: dict[str, str], meaning: dict[str, object]) -> Row:
    code, status = (re.compile(row.get(name, "")) for name in ("code", "status"))
    words = re.compile(row["words"], re.IGNORECASE) if "words" in row else _ANY
    permanent, scope = bool(meaning["permanent"]), str(meaning["scope"])
    return Row(code, status, words, row.get("phase", ""), row["meaning"], permanent, scope)
