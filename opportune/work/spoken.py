"""What do we say to somebody who calls us, and when our own words fail? One short file a language, `inbound/de.toml`.

They need no database: the callee of a call that went wrong hears them also while it is away.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Any

from opportune.rules.facts import Instant
from opportune.rules.zones import local, local_day

DEFAULT = "en"
LOCALES = {"en": "en-US", "de": "de-DE", "ro": "ro-RO", "ru": "ru-RU", "fr": "fr-FR"}


def languages(root: Path) -> list[str]:
    """Those we can greet somebody in."""
    return sorted(file.stem for file in (root / "inbound").glob("??.toml"))


def line(root: Path, language: str, key: str, **values: object) -> str:
    """One sentence; in English where there are no words in this language."""
    table = _table(_file(root, language))
    for part in key.split("."):
        table = table[part]
    return Template(str(table)).substitute(values)


def locale(root: Path, language: str) -> str:
    """What the carrier's voice is told: the language of the words, not of the person."""
    return LOCALES[_file(root, language).stem]


def when(root: Path, language: str, at: Instant, now: Instant, zone: str) -> str:
    """A moment as it is said: "tomorrow at 4:10 PM"."""
    moment, ahead = local(zone, at), local_day(zone, at) - local_day(zone, now)
    words = _table(_file(root, language))["when"]
    told = {"clock": moment.strftime(words["clock"]).removeprefix("0"), "day": words["days"][moment.weekday()]}
    return Template(words["today" if ahead == 0 else "tomorrow" if ahead == 1 else "later"]).substitute(told)


def _file(root: Path, language: str) -> Path:
    file = root / "inbound" / f"{language[:2]}.toml"
    return file if language[:2] in LOCALES and file.is_file() else root / "inbound" / f"{DEFAULT}.toml"


@lru_cache(maxsize=16)
def _table(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text("utf-8"))
