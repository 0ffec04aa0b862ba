"""How many people does a segment have, and is it one of few and large ones (E6)?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.rules.fit import size_class
from opportune.rules.segment import Segment
from opportune.store import models as m
from opportune.work.segment_sql import ALIVE, SPLIT, Reader, Where, listed, word
from opportune.work.segments import LARGE, SMALL

LEAST = 30  # people: fewer teach nothing, whatever their share
ENOUGH = 20_000  # people: by which field a segment divides best shows in so many of them
FIELDS = (*SPLIT, "industries", "sizes")


@dataclass(frozen=True, slots=True)
class Counted:
    """`advice`: what to do about its size; empty where that is good."""

    key: str
    name: str
    people: int
    share: float
    advice: str = ""


def count(session: Session, segments: Sequence[Segment], now: Instant) -> list[Counted]:
    """All of them as they are now, in one look at the contacts; advice costs a second one where it is due."""
    reader = Reader(session, now)
    wheres = [reader.people(each) for each in segments]
    counts = [func.count().filter(each) for each in wheres]
    everybody, *people = session.execute(select(func.count(), *counts).select_from(m.Contact).where(*ALIVE)).one()
    known = [Segment.model_validate(row.document) for row in listed(session)]
    found = []
    for segment, where, number in zip(segments, wheres, people, strict=True):
        told = _advice(session, segment, where, number, everybody, known)
        found.append(Counted(segment.key, segment.name, number, number / everybody if everybody else 0.0, told))
    return found


def small(everybody: int) -> float:
    """Below so many people a segment is tiny."""
    return max(LEAST, SMALL * everybody)


def _advice(
    session: Session, segment: Segment, where: Where, people: int, everybody: int, known: Sequence[Segment]
) -> str:
    if people < small(everybody):
        mate = nearest(segment, known)
        merge = (
            f"merge it with {mate} (opportune segment merge {segment.key} {mate})" if mate else "ask for fewer things"
        )
        return f"tiny: {merge}"
    if people > LARGE * everybody:
        by = best_split(session, where, people, everybody)
        split = f"split it by {by} (opportune segment split {segment.key} --by {by})" if by else "no field divides it"
        return f"large: {split}"
    return ""


def nearest(segment: Segment, known: Sequence[Segment]) -> str | None:
    """The one that says most of the same."""
    own = _said(segment)
    others = [each for each in known if each.key != segment.key]
    best = min(others, key=lambda each: (-len(own & _said(each)), each.key), default=None)
    return best.key if best else None


def _said(segment: Segment) -> set[tuple[str, Any]]:
    """Every field with every value it asks for."""
    return {
        (name, value)
        for condition in segment.conditions
        for name, given in condition.model_dump(exclude_defaults=True).items()
        for value in (given if isinstance(given, tuple) else (given,))
    }


def best_split(session: Session, where: Where, people: int, everybody: int) -> str | None:
    """The field whose largest part is smallest, among those that make two parts that are not tiny. Of many people some
    are asked: who wants a count waits for this, too."""
    step = people // ENOUGH or 1
    where, everybody = and_(where, m.Contact.id % step == 0), everybody // step
    found = {field: list(parts(values, everybody).values()) for field, values in _by_labels(session, where).items()}
    good = {field: max(sizes) for field, sizes in found.items() if len(sizes) > 1}
    if not good:  # only then companies are read
        found = {field: list(parts(by(session, where, field), everybody).values()) for field in ("industries", "sizes")}
        good = {field: max(sizes) for field, sizes in found.items() if len(sizes) > 1}
    return min(good, key=lambda field: (good[field], field), default=None)


def parts(values: Mapping[str | None, int], everybody: int, most: int = 8) -> dict[str, int]:
    """The values that make a segment of their own, the largest first; the others stay together."""
    large = [(value, number) for value, number in values.items() if value and number >= small(everybody)]
    return dict(sorted(large, key=lambda each: (-each[1], each[0]))[:most])


def by(session: Session, where: Where, field: str) -> Counter[str | None]:
    """How many people of it have which value."""
    if field in SPLIT:
        return _by_labels(session, where)[field]
    name, read = ("size", size_class) if field == "sizes" else ("industry", word)
    said = m.Company.facts[name].as_string()
    query = select(said, func.count(m.Contact.id)).select_from(m.Contact).outerjoin(m.Company, _EMPLOYER)
    found: Counter[str | None] = Counter()
    for value, number in session.execute(query.where(*ALIVE, where).group_by(said)):
        found[read(value)] += number
    return found


_EMPLOYER = m.Company.id == m.Contact.company_id


def _by_labels(session: Session, where: Where) -> dict[str, Counter[str | None]]:
    """By each of the labels, in one look: few combinations of them exist."""
    query = select(func.count(m.Contact.id), *SPLIT.values()).where(*ALIVE, where).group_by(*SPLIT.values())
    found: dict[str, Counter[str | None]] = {field: Counter() for field in SPLIT}
    for number, *values in session.execute(query):
        for field, value in zip(SPLIT, values, strict=True):
            found[field][value] += number
    return found
