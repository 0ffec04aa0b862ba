"""Who picks up at a number, and what do they do?

A registered number comes first, then the table of number endings, then a person who listens and hangs up. Every draw
is a hash of (seed, number, virtual moment), never of the order in which calls arrive.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Script:
    """`answers`: human, machine or nobody (empty); `keys`: pressed one by one; `refusal`: status and SIP code of a call
    that nobody answers, be it that it rings longer than the caller waits."""

    answers: str = ""
    keys: str = ""
    refusal: tuple[str, int] = ("no-answer", 487)
    greeting_end: str = "machine_end_beep"
    talk: tuple[int, int] = (60, 240)  # seconds with an operator, at least and at most


SCRIPTS: dict[str, Script] = {
    "human": Script("human"),
    "presses:1": Script("human", "1"),
    "presses:2": Script("human", "2"),
    "presses:9": Script("human", "9"),
    "double-press": Script("human", "11"),
    "secretary": Script("human", "1", talk=(10, 30)),
    "machine": Script("machine"),
    "machine-silent": Script("machine", greeting_end="machine_end_silence"),
    "busy": Script(refusal=("busy", 486)),
    "no-answer": Script(),
    "declines": Script(refusal=("busy", 603)),
    "nonexistent": Script(refusal=("failed", 404)),
}

#: Last four digits of a number that nobody registered.
SUFFIXES = {
    "0001": "presses:1",
    "0002": "presses:2",
    "0003": "secretary",
    "0004": "nonexistent",
    "0005": "declines",
    "0006": "machine",
    "0007": "machine-silent",
    "0008": "busy",
    "0009": "presses:9",
    "0010": "no-answer",
    "0011": "double-press",
    "0012": "human",
}


class Chance:
    """Eight draws of one hash: the same call always goes the same way."""

    SCRIPT, RING, LISTEN, PRESS, TALK = range(5)

    def __init__(self, *key: object) -> None:
        self._digest = hashlib.sha256("|".join(map(str, key)).encode()).digest()

    def fraction(self, draw: int) -> float:
        """In [0, 1)."""
        return int.from_bytes(self._digest[4 * draw : 4 * draw + 4]) / 2**32

    def between(self, draw: int, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.fraction(draw) * (high - low + 1))


class Callees:
    """Numbers and their scripts."""

    def __init__(self) -> None:
        self._weights: dict[str, dict[str, float]] = {}

    def register(self, callees: Mapping[str, str | Mapping[str, float]]) -> None:
        """`{number: "script"}` or `{number: {script: weight, …}}`; all or nothing."""
        checked = {}
        for number, behaviour in callees.items():
            weights = {behaviour: 1.0} if isinstance(behaviour, str) else dict(behaviour)
            unknown = weights.keys() - SCRIPTS.keys()
            if unknown or not sum(weights.values()) > 0 or min(weights.values()) < 0:
                raise ValueError(f"{number}: give scripts of {', '.join(SCRIPTS)} with weights, not {behaviour!r}.")
            checked[number] = dict(sorted(weights.items()))
        self._weights |= checked

    def script(self, number: str, chance: Chance) -> str:
        """The script of this call."""
        weights = self._weights.get(number)
        if not weights:
            return SUFFIXES.get(number[-4:], "human")
        point = chance.fraction(Chance.SCRIPT) * sum(weights.values())
        for script, weight in weights.items():
            point -= weight
            if point < 0:
                return script
        return script
