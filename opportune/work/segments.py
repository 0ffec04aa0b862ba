"""Which few and large groups do the people of our campaigns fall into (E6)?

By the last outcome, then customer or not, then by one target field after another where a group is large. A small group
joins its nearest neighbour: the smallest one that differs in the last word only.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from opportune.rules.facts import CallResult
from opportune.rules.fit import TARGET
from opportune.store import models as m
from opportune.work.fitting import target

SMALL, LARGE = 0.03, 0.25  # shares of all people: below, a group merges; above, it splits
OTHER = "other"
OUTCOMES = {
    CallResult.NO_ANSWER: "no answer",
    CallResult.BUSY: "no answer",
    CallResult.VOICEMAIL: "no answer",
    CallResult.MACHINE: "no answer",
    CallResult.DECLINED: "no answer",
    CallResult.NOT_INTERESTED: "not interested",
    CallResult.CALL_BACK: "call back",
    CallResult.INTERESTED: "interested",
    CallResult.MEETING: "interested",
    CallResult.TALKED: "interested",
    CallResult.EMAIL_PLEASE: "interested",
}

Key = tuple[str, ...]  # outcome, customer or not, then values of target fields


@dataclass(frozen=True, slots=True)
class Segment:
    """`words`: outcome, customer or potential, then target values; a merged one ends in "other"."""

    words: Key
    people: int


def segments(session: Session) -> list[Segment]:
    """The people who were called or met, the largest group first."""
    return group(_counted(session))


def group(counted: Counter[Key]) -> list[Segment]:
    """Few and large: split what is large, merge what is small; nobody is lost on the way."""
    everybody = counted.total()
    found = _split(counted, 2, LARGE * everybody)
    merged = _merge(found, SMALL * everybody)
    return [Segment(key, number) for key, number in sorted(merged.items(), key=lambda each: (-each[1], each[0]))]


def _split(counted: Counter[Key], depth: int, large: float) -> Counter[Key]:
    """Keys cut to `depth` words; where that leaves a large group, one word more."""
    whole: dict[Key, Counter[Key]] = {}
    for key, number in counted.items():
        whole.setdefault(key[:depth], Counter())[key] += number
    found: Counter[Key] = Counter()
    for key, inside in whole.items():
        deeper = inside.total() > large and depth < 2 + len(TARGET)
        found.update(_split(inside, depth + 1, large) if deeper else {key: inside.total()})
    return found


def _merge(found: Counter[Key], small: float) -> Counter[Key]:
    """The smallest first; the words in which the two differ become "other"."""
    while len(found) > 1:
        key = min(found, key=lambda each: (found[each], each))
        if found[key] >= small:
            break
        mate = min((each for each in found if each != key), key=lambda each: (-_alike(key, each), found[each], each))
        number = found.pop(key) + found.pop(mate)
        same = _alike(key, mate)
        found[(*key[:same], OTHER) if same < max(len(key), len(mate)) else key] += number
    return found


def _alike(one: Key, other: Key) -> int:
    """How many words they share from the start."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _counted(session: Session) -> Counter[Key]:
    """Everybody with a call result, by the last one."""
    last = (
        select(m.Touch.contact_id, func.max(m.Touch.id).label("touch"))
        .where(m.Touch.channel == "call", m.Touch.result.in_([result.value for result in OUTCOMES]))
        .group_by(m.Touch.contact_id)
        .subquery()
    )
    query: Any = (
        select(m.Touch.result, m.Contact.stage, m.Contact.country, m.Contact.status, m.Company.facts)
        .join(last, last.c.touch == m.Touch.id)
        .join(m.Contact, m.Contact.id == last.c.contact_id)
        .outerjoin(m.Company, m.Company.id == m.Contact.company_id)
        .where(m.Contact.merged_into.is_(None), m.Contact.erased_at.is_(None))
    )
    counted: Counter[Key] = Counter()
    for result, stage, country, status, facts in session.execute(query):
        fields = target(country, status, facts)
        current = "customer" if stage == "customer" else "potential customer"
        counted[(OUTCOMES[CallResult(result)], current, *(fields[name] or "unknown" for name in TARGET))] += 1
    return counted
