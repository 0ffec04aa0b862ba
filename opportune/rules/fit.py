"""How much does a person look like our customers (B15)?

Learned by counting: of the people with this industry, how many bought, compared with everybody? Each customer counts
once, whatever they spent, so the whales do not decide. It orders the queue and removes nobody (C3).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

#: The fields that tell a target customer; E12 shows how complete they are.
TARGET = ("industry", "size", "country", "status")
SIZES = ((9, "1-9"), (49, "10-49"), (249, "50-249"))

Fields = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Profile:
    """What the customers look like: (field, value) -> how many people have it, and how many of them are customers."""

    people: int = 0
    customers: int = 0
    counts: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fit:
    """0 is unlike our customers, 0.5 like everybody, 1 like them. `evidence`: how many times the usual share of
    customers each known field tells."""

    value: float
    evidence: Mapping[str, float]


def learn(people: Iterable[tuple[Fields, bool, int]]) -> Profile:
    """From (fields, is a customer, how many such people)."""
    here: Counter[tuple[str, str]] = Counter()
    bought: Counter[tuple[str, str]] = Counter()
    everybody = customers = 0
    for fields, customer, number in people:
        everybody += number
        customers += number * customer
        for key in _known(fields):
            here[key] += number
            bought[key] += number * customer
    return Profile(everybody, customers, {key: (here[key], bought[key]) for key in sorted(here)})


def fit(fields: Fields, profile: Profile, *, least: int, doubt: float) -> Fit | None:
    """None while fewer than `least` customers are known: a few would teach chance. `doubt`: each value starts as if so
    many average people had it, so that one lucky sale makes no pattern."""
    if profile.customers < least:
        return None
    usual = profile.customers / profile.people
    evidence = {}
    for name, value in _known(fields):
        number, bought = profile.counts.get((name, value), (0, 0))
        evidence[name] = (bought + doubt * usual) / (number + doubt) / usual
    times = math.prod(evidence.values())  # a field that says nothing is 1 and dilutes no other
    return Fit(times / (1 + times), evidence)


def size_class(employees: object) -> str | None:
    """`120` -> `50-249`; what is no number is no size."""
    digits = str(employees).replace(" ", "").replace(",", "")
    if not digits.isdecimal() or int(digits) == 0:
        return None
    return next((name for most, name in SIZES if int(digits) <= most), "250+")


def _known(fields: Fields) -> list[tuple[str, str]]:
    return [(name, value) for name in TARGET if (value := fields.get(name)) and value != "unknown"]
