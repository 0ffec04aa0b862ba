"""Who picks up at a number, and what do they do?

A registered number comes first, then the table of number endings, then a person who listens and hangs up. Every draw
is a hash of (seed, number, virtual moment), never of the order in which calls arrive.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Script:
    """`answers`: human, machine, phone (a person at the page) or nobody (empty); `keys`: pressed one by one;
    `refusal`: status and SIP code of a call that nobody answers, be it that it rings longer than the caller waits."""

    answers: str = ""
    keys: str = ""
    refusal: tuple[str, int] = ("no-answer", 487)
    greeting_end: str = "machine_end_beep"
    talk: tuple[int, int] = (60, 240)  # seconds with somebody of ours, at least and at most
    operator: bool = False  # a colleague: one key a question, stays while the other side talks
    waits: bool = False  # does not hang up when asked for a key that is not there
    goes: bool = False  # hangs up after having spoken to a machine of ours
    leaves: bool = False  # hangs up while the other side's phone rings
    patience: tuple[int, int] = (300, 900)  # seconds in a queue


A_LINE = 50  # keys a colleague presses before hanging up

SCRIPTS: dict[str, Script] = {
    "human": Script("human"),
    "presses:1": Script("human", "1"),
    "presses:2": Script("human", "2"),
    "presses:9": Script("human", "9"),
    "double-press": Script("human", "11"),
    "secretary": Script("human", "1", talk=(10, 30)),
    "machine": Script("machine", talk=(15, 30)),
    "machine-silent": Script("machine", greeting_end="machine_end_silence", talk=(15, 30)),
    "busy": Script(refusal=("busy", 486)),
    "no-answer": Script(),
    "declines": Script(refusal=("busy", 603)),
    "nonexistent": Script(refusal=("failed", 404)),
    "waits": Script("human", waits=True),
    "impatient": Script("human", waits=True, patience=(15, 40)),
    "leaves-word": Script("human", waits=True, goes=True),
    "phone": Script("phone", refusal=("no-answer", 487), waits=True),
    "operator:accepts": Script("human", "1" * A_LINE, operator=True),
    "operator:declines": Script("human", "2", operator=True),
    "operator:pauses": Script("human", "3", operator=True),
    "operator:hangs-up": Script("human", "1", operator=True, leaves=True),
    "operator:ignores": Script(operator=True),
    "operator:busy": Script(refusal=("busy", 486), operator=True),
}
PRESSES = re.compile(r"(presses|waits):([0-9*#]{1,20})")


@cache
def script(name: str) -> Script:
    """`presses:12` presses 1, then 2, and hangs up when asked for more; `waits:12` stays on the line."""
    if name in SCRIPTS:
        return SCRIPTS[name]
    keys = PRESSES.fullmatch(name)
    if not keys:
        raise ValueError(f"there is no script {name!r}: give one of {', '.join(SCRIPTS)}, presses:KEYS or waits:KEYS.")
    return Script("human", keys[2], waits=keys[1] == "waits")


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

    SCRIPT, RING, LISTEN, PRESS, TALK, PATIENCE = range(6)

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
            for name in weights:
                script(name)
            if not sum(weights.values()) > 0 or min(weights.values()) < 0:
                raise ValueError(f"{number}: give each script a weight, and not all of them zero: {behaviour!r}.")
            checked[number] = dict(sorted(weights.items()))
        self._weights |= checked

    def knows(self, number: str) -> bool:
        """True for a number that was registered."""
        return number in self._weights

    def script(self, number: str, chance: Chance) -> str:
        """The script of this call."""
        weights = self._weights.get(number)
        if not weights:
            return SUFFIXES.get(number[-4:], "human")
        point = chance.fraction(Chance.SCRIPT) * sum(weights.values())
        for name, weight in weights.items():
            point -= weight
            if point < 0:
                return name
        return name
