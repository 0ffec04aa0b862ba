"""How long is listened before a voice counts as a person or a machine?

The table is `detection.toml`; a file of one's own replaces values for places where machines speak otherwise.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

SHIPPED = Path(__file__).with_suffix(".toml")
PURPOSES = ("voicemail", "person")
LIMITS = {"timeout": (3, 59), "speech_threshold": (1000, 6000), "speech_end_threshold": (500, 5000),
          "silence_timeout": (2000, 10000)}  # fmt: skip
Table = Mapping[str, Mapping[str, Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class Detection:
    """Twilio's four numbers: seconds, and three times milliseconds."""

    timeout: int
    speech_threshold: int
    speech_end_threshold: int
    silence_timeout: int

    def parameters(self) -> dict[str, int]:
        return {f"machine_detection_{name}": value for name, value in asdict(self).items()}


@lru_cache
def read(more: Path = Path()) -> Table:
    """The table, with what the file `more` says instead.

    Raises:
        ValueError: a name or a number that Twilio would not take.
    """
    table = _file(SHIPPED)
    for place, purposes in (_file(more) if more != Path() else {}).items():
        for purpose, values in purposes.items():
            table.setdefault(place, {}).setdefault(purpose, {}).update(values)
    return table


def of(table: Table, place: str | None, purpose: str) -> Detection:
    """For this place, as far as the table says something else than for everywhere."""
    return Detection(**{**table["everywhere"][purpose], **table.get(place or "", {}).get(purpose, {})})


def _file(file: Path) -> dict[str, dict[str, dict[str, int]]]:
    read: dict[str, dict[str, dict[str, int]]] = tomllib.loads(file.read_text(encoding="utf-8"))
    for place, purposes in read.items():
        for purpose, values in purposes.items():
            if purpose not in PURPOSES:
                raise ValueError(f"{file}: [{place}.{purpose}]: give one of {', '.join(PURPOSES)}.")
            for name, value in values.items():
                _check(f"{file}: [{place}.{purpose}] {name}", name, value)
    return read


def _check(where: str, name: str, value: object) -> None:
    if name not in LIMITS:
        raise ValueError(f"{where}: give one of {', '.join(LIMITS)}.")
    low, high = LIMITS[name]
    if not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{where} = {value!r}: give a whole number from {low} to {high}.")
