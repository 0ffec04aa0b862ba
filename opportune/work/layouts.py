"""Which of a list's columns is which of ours, and whose export is it?

A layout is recognised by its header (`layouts.toml`), any other header by the names of `columns.toml`. What was chosen
is told, and can be kept under a name and given back for the next list of the same kind.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path

from opportune.work.places import key
from opportune.work.sheets import SheetError

MEANINGS = (
    ("lifecycle", "customer"),
    ("lead_status", "customer"),
    ("lead_status", "no_contact"),
    ("lifecycle", "no_contact"),
    ("marketing", "no_email"),
)
RECOGNISED = 2  # so many of a layout's own headers: one alone ("Type", "Lead Status") stands in many lists
Columns = dict[str, tuple[int, ...]]  # ours -> where it stands, the first that says something counts


@dataclass(frozen=True, slots=True)
class Mapping:
    """`columns`: ours -> the headers it comes from."""

    layout: str
    columns: dict[str, list[str]]
    ignored: list[str] = field(default_factory=list)

    def positions(self, header: list[str]) -> Columns:
        at = {key(text): place for place, text in reversed(list(enumerate(header)))}
        found = {
            ours: tuple(at[key(name)] for name in names if key(name) in at) for ours, names in self.columns.items()
        }
        return {ours: places for ours, places in found.items() if places}


def recognised(header: list[str]) -> Mapping:
    """The layout with most of its marks in this header; without one the names everybody uses."""
    keys = {key(text) for text in header}
    marks = {name: len(keys & {key(mark) for mark in each["marks"]}) for name, each in _layouts().items()}
    best = max(marks, key=lambda name: marks[name])
    return _mapped(header, best if marks[best] >= RECOGNISED else "")


def _mapped(header: list[str], layout: str) -> Mapping:
    by_key = {key(text): text for text in reversed(header) if key(text)}
    columns: dict[str, list[str]] = {}
    for ours, names in _layouts()[layout].items() if layout else ():
        there = [by_key[key(name)] for name in names if key(name) in by_key]
        if there and ours not in ("title", "marks"):
            columns["title" if ours == "title_of" else ours] = there
    taken = {key(name) for names in columns.values() for name in names}
    own = set(columns)
    for text in header:
        ours = spellings().get(key(text), "")
        if ours and ours not in own and key(text) not in taken:
            columns.setdefault(ours, []).append(text)
    used = {key(name) for names in columns.values() for name in names}
    return Mapping(layout, columns, [text for text in header if text.strip() and key(text) not in used])


def twice(mapping: Mapping) -> tuple[str, list[str]] | None:
    """One of our columns that a list without a layout names twice: which of them counts is not ours to guess."""
    doubled = [(ours, names) for ours, names in mapping.columns.items() if len(names) > 1]
    return doubled[0] if doubled and not mapping.layout else None


def given(home: Path, name: str, header: list[str]) -> Mapping:
    """The mapping kept under this name, or in this file; its headers must be there."""
    path = Path(name) if Path(name).is_file() else home / "mappings" / f"{name}.toml"
    try:
        kept = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        known = ", ".join(sorted(each.stem for each in (home / "mappings").glob("*.toml"))) or "none yet"
        raise SheetError(f"mapping {name!r} is neither a file nor kept (kept: {known}); see --save-mapping") from error
    except ValueError as error:
        raise SheetError(f'{path}: {error}; write lines like "Header of the list" = "email"') from error
    return _checked(path, kept, header)


def _checked(path: Path, kept: dict[str, object], header: list[str]) -> Mapping:
    columns: dict[str, list[str]] = {}
    for text, ours in kept.items():
        if ours not in data() or not isinstance(ours, str):
            raise SheetError(f"{path}: {text!r} = {ours!r}: there is no such column; known: {', '.join(data())}")
        columns.setdefault(ours, []).append(text)
    missing = [text for text in kept if key(text) not in {key(each) for each in header}]
    if missing:
        raise SheetError(f"{path}: the list has no column {missing[0]!r}; its header: {', '.join(header)[:300]}")
    return Mapping(path.stem, columns, [text for text in header if text.strip() and text not in kept])


def save(home: Path, name: str, mapping: Mapping) -> Path:
    if not name.replace("-", "").replace("_", "").isalnum():
        raise SheetError(f"--save-mapping {name!r}: use letters, digits, - and _")
    path = home / "mappings" / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    pairs = ((header, ours) for ours, headers in mapping.columns.items() for header in headers)
    lines = [f"{json.dumps(header, ensure_ascii=False)} = {json.dumps(ours)}\n" for header, ours in pairs]
    path.write_text("".join(lines), "utf-8")
    return path


def understood(cells: dict[str, str]) -> dict[str, str]:
    """A program's own statuses in our words: a customer, and above all a no."""
    for column, ours in MEANINGS:
        said = {key(each) for each in (cells.get(column, ""), *cells.get(column, "").split(","))}
        if said & _meaning(ours) and not cells.get(ours):
            cells[ours] = "yes"
    return cells


def title(layout: str) -> str:
    return str(_layouts()[layout]["title"]) if layout in _layouts() else layout or "no program we know"


@lru_cache
def _meaning(ours: str) -> frozenset[str]:
    return frozenset(key(word) for word in _file()["words"][ours])


@lru_cache
def spellings() -> dict[str, str]:
    spelt = {key(name): column for column, names in reversed(data().items()) for name in names}
    return spelt | {key(column): column for column in data()}


@lru_cache
def data() -> dict[str, list[str]]:
    return tomllib.loads(resources.files("opportune.work").joinpath("columns.toml").read_text("utf-8"))


def _layouts() -> dict[str, dict[str, list[str]]]:
    return {name: each for name, each in _file().items() if name != "words"}


@lru_cache
def _file() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(resources.files("opportune.work").joinpath("layouts.toml").read_text("utf-8"))


def names(layout: str, columns: tuple[str, ...]) -> dict[str, str]:
    """What this program calls these columns of ours."""
    if layout not in _layouts():
        raise SheetError(f"--layout {layout!r} is not known; there are {', '.join(_layouts())}")
    theirs = {
        "title" if ours == "title_of" else ours: each for ours, each in _layouts()[layout].items() if ours != "title"
    }
    theirs |= {"stage": theirs["lifecycle"]} if "lifecycle" in theirs else {}
    return {ours: theirs[ours][0] for ours in columns if ours in theirs}
