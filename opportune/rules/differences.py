"""What differs between two versions of a campaign, field by field?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from opportune.rules.campaign import Campaign
from opportune.rules.describe import rule, step
from opportune.rules.parts import Part, Rule, Step


@dataclass(frozen=True, slots=True)
class Difference:
    """`key` as the document writes it, with dots; None: it says nothing there."""

    key: str
    was: str | None
    now: str | None

    @property
    def words(self) -> str:
        if self.was is None:
            return f"{self.key}: now {self.now}"
        return f"{self.key}: no longer {self.was}" if self.now is None else f"{self.key}: {self.was} → {self.now}"


def differences(old: Campaign, new: Campaign) -> list[Difference]:
    """In the order of the document; the same meaning written otherwise is no difference."""
    was, now = dict(_flat("", old)), dict(_flat("", new))
    keys = list(dict.fromkeys([*now, *was]))
    changed = [key for key in keys if was.get(key) != now.get(key)]
    return [Difference(key, was.get(key), now.get(key)) for key in changed]


def _flat(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Rule):
        yield key, rule(value)
    elif isinstance(value, Step):
        yield key, step(value)
    elif isinstance(value, Part):
        for name in type(value).model_fields:
            yield from _flat(f"{key}.{name}".removeprefix("."), getattr(value, name))
    elif isinstance(value, tuple) and value and isinstance(value[0], Part):
        for place, each in enumerate(value, 1):
            yield from _flat(f"{key}.{place}", each)
    elif value not in (None, ()):
        yield key, ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
