"""Which table of signals is in force? The shipped one, and in its places what the file of OPPORTUNE_WARMTH states."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from opportune.rules.warmth import WarmthTable
from opportune.settings import ROOT, SettingError

SHIPPED = ROOT / "opportune/work/warmth.toml"


class TableError(SettingError):
    """A table that cannot be read: names file, key and remedy."""


@lru_cache
def warmth(file: Path = SHIPPED) -> WarmthTable:
    """Read once per process: whoever changes the file starts it anew.

    Raises:
        TableError: what is wrong with the file, and what to do.
    """
    values = _over(_read(SHIPPED), _read(file))
    try:
        return WarmthTable.model_validate(values)
    except ValidationError as problem:
        first = problem.errors()[0]
        key = ".".join(str(part) for part in first["loc"] if part != "[key]")
        hint = "a signal of your own needs weight and half_life_days" if first["type"] == "missing" else "mend the file"
        known = (
            f" Signals that have them: {', '.join(_read(SHIPPED)['signals'])}." if first["type"] == "missing" else ""
        )
        raise TableError(f"{file}: {key}: {first['msg']}; {hint}.{known}") from problem


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise TableError(f"{file}: {problem}. Mend the file or OPPORTUNE_WARMTH.") from problem


def _over(base: Any, change: Any) -> Any:
    """The change's values in place of the base's, table by table."""
    if not (isinstance(base, dict) and isinstance(change, dict)):
        return change
    return base | {key: _over(base[key], value) if key in base else value for key, value in change.items()}
