"""What do the law files say? Read, completed and checked; what is wrong names file, place, key and remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from opportune.law.sheet import VALUES, Sheet
from opportune.settings import SettingError

TABLE = Path(__file__).with_name("jurisdictions.toml")
OWN = ("name", "verified_by", "verified_on", "notes", "blocked")  # what a subdivision never takes from its country
KNOWN = ", ".join((*OWN, "source_seen", *VALUES))
Raw = dict[str, Any]


class LawError(SettingError):
    """A law file that cannot be read: names file, place and key."""


def sheets(extra: Iterable[Path]) -> dict[str, Sheet]:
    """The shipped rows, and those of `extra` files in their place, by place."""
    raw: dict[str, tuple[Path, Raw]] = {}
    for file in (TABLE, *extra):
        raw |= {place: (file, _dated(file, place, values)) for place, values in _read(file).items()}
    found = {}
    for place, (file, values) in raw.items():
        country = raw.get(place.partition("-")[0], (file, {}))[1] if "-" in place else {}
        inherited = {key: value for key, value in country.items() if key in VALUES}
        found[place] = _sheet(file, place, inherited | values)
    return found


def _read(file: Path) -> Raw:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise LawError(f"{file}: {problem}. Mend the file or take it out of OPPORTUNE_LAW_FILES.") from problem


def _dated(file: Path, place: str, values: Any) -> Raw:
    """`source_seen` of the row is that of each value that does not say otherwise."""
    if not isinstance(values, dict):
        raise LawError(f"{file}: {place}: unknown key; write a place as a table of its own, [{place}]")
    seen = {"source_seen": values["source_seen"]} if "source_seen" in values else {}
    row = {key: value for key, value in values.items() if key != "source_seen"}
    for key in VALUES:
        if isinstance(row.get(key), dict):
            row[key] = seen | row[key]
        elif isinstance(row.get(key), list):
            row[key] = [seen | value if isinstance(value, dict) else value for value in row[key]]
    return row


def _sheet(file: Path, place: str, values: Raw) -> Sheet:
    try:
        return Sheet.model_validate(values)
    except ValidationError as problem:
        first = problem.errors()[0]
        key, *within = first["loc"]
        path = ".".join(map(str, (key, *within[isinstance(values.get(str(key)), dict) :])))
        raise LawError(f"{file}: place {place}, {path}: {_told(first['type'], first['msg'], within)}") from problem


def _told(kind: str, message: str, within: list[Any]) -> str:
    if kind == "extra_forbidden":
        return "unknown key: take it out or correct its name" + ("" if within else f" to one of {KNOWN}")
    if kind == "missing":
        return "missing: add it, as docs/law.md describes"
    return message
