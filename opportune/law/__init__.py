"""Which law applies at a place?

Rows are data in `jurisdictions.toml`; more files (`OPPORTUNE_LAW_FILES`) replace rows of the same place. A subdivision
("US-FL") takes over the sections of its country that it does not state, but never a signature. No legal advice.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from opportune.rules.campaign import Hours, minutes
from opportune.rules.consent import KINDS, LawRow
from opportune.settings import SettingError

TABLE = Path(__file__).with_name("jurisdictions.toml")
ELSEWHERE = "ROW"  # rest of the world

Basis = Literal["opt_in", "opt_out", "forbidden"]
Confidence = Literal["H", "M", "L"]


class LawError(SettingError):
    """A law file that cannot be read: names file, place and key."""


class _Section(BaseModel):
    """Each section says where its values come from, and how sure we are of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    source: str = Field(min_length=1)
    confidence: Confidence


class _Basis(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    call: Basis
    call_auto: Basis
    voicemail: Basis
    email: Basis


class _Consent(_Section):
    b2b: _Basis
    b2c: _Basis


class _CallHours(_Section):
    """Local hours in which calls are lawful; `weekdays` is Monday to Friday, an empty list is closed."""

    weekdays: tuple[Hours, ...]
    saturday: tuple[Hours, ...] = ()
    sunday: tuple[Hours, ...] = ()
    closed_on_holidays: bool = True


class _Limits(_Section):
    """`calls`: [[3, 1], [4, 30]] is at most 3 in a day and 4 in 30; silence of `refusal_days` after a refusal."""

    calls: tuple[tuple[int, int], ...] = ()
    refusal_days: int = Field(0, ge=0)


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    consent: _Consent
    hours: _CallHours
    limits: _Limits
    verified_by: str = ""
    verified_on: str = ""
    source_seen: str = ""
    notes: str = ""


class LawBook:
    """All rows by place."""

    def __init__(self, rows: dict[str, LawRow]) -> None:
        self.rows = rows
        self._found: dict[tuple[str | None, str | None], LawRow] = {}

    def row(self, country: str | None, region: str | None = None) -> LawRow:
        """The row of the region, else of the country, else of the rest of the world; with the place's holidays."""
        key = (country, region)
        if key not in self._found:
            self._found[key] = self._look_up((country or "").upper(), (region or "").upper())
        return self._found[key]

    def _look_up(self, country: str, region: str) -> LawRow:
        place = f"{country}-{region}" if region else country
        row = self.rows.get(place) or self.rows.get(country) or self.rows[ELSEWHERE]
        return replace(row, calendar=place)


def load(*extra: Path) -> LawBook:
    """The shipped rows, and those of `extra` files in their place."""
    raw: dict[str, tuple[Path, dict[str, Any]]] = {}
    for file in (TABLE, *extra):
        raw |= {place: (file, values) for place, values in _read(file).items()}
    rows = {}
    for place, (file, values) in raw.items():
        country = raw.get(place.partition("-")[0], (file, {}))[1]
        inherited = {key: value for key, value in country.items() if key in ("consent", "hours", "limits")}
        rows[place] = _row(file, place, inherited | values)
    return LawBook(rows)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise LawError(f"{file}: {problem}. Mend the file or take it out of OPPORTUNE_LAW_FILES.") from problem


def _row(file: Path, place: str, values: Any) -> LawRow:
    try:
        row = _Row.model_validate(values)
    except ValidationError as problem:
        first = problem.errors()[0]
        key = ".".join(map(str, first["loc"])) or "row"
        raise LawError(f"{file}: place {place}, {key}: {first['msg']}") from problem
    sections = (row.consent, row.hours, row.limits)
    week = (row.hours.weekdays,) * 5 + (row.hours.saturday, row.hours.sunday)
    return LawRow(
        place=place,
        name=row.name,
        basis={(kind, who): getattr(getattr(row.consent, who), kind) for kind in KINDS for who in ("b2b", "b2c")},
        windows=tuple(tuple(minutes(span) for span in day) for day in week),
        closed_on_holidays=row.hours.closed_on_holidays,
        caps=row.limits.calls,
        refusal_days=row.limits.refusal_days,
        confidence=max((section.confidence for section in sections), key="HML".index),
        verified_by=row.verified_by,
        source="; ".join(dict.fromkeys(section.source for section in sections)),
        source_seen=row.source_seen,
        details={"notes": row.notes, "verified_on": row.verified_on},
    )
