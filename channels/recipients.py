"""Who takes a reader's mail, and how fast may we come? The table is `recipients.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Provider:
    """`name`: google, microsoft, yahoo, or the domain itself."""

    name: str
    per_second: float
    burst: int


def provider(address: str) -> Provider:
    """Of the domain of this address."""
    return _of_domain(address.rpartition("@")[2].lower())


@lru_cache(maxsize=8192)  # by domain, which many share: a hundred thousand readers would fill any memory
def _of_domain(domain: str) -> Provider:
    name = _known().get(domain, "other")
    row = _table()[name]
    return Provider(domain if name == "other" else name, row["per_second"], row["burst"])


@lru_cache
def _table() -> dict[str, dict[str, Any]]:
    read: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return read


@lru_cache
def _known() -> dict[str, str]:
    return {domain: name for name, row in _table().items() for domain in row["domains"]}
