"""Who may be one person with whom? (E7)

Nobody is compared with everybody: only people with an address, an employer or a mail domain in common are, read in the
order of that, so that memory does not grow with the list. What is sure is merged by rule, what is not is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice
from typing import Any

from sqlalchemy import Row, Select, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from opportune.rules.facts import Instant
from opportune.rules.same_person import Likeness
from opportune.store import models as m
from opportune.work import one_person, optout, people, whom
from opportune.work.alike import folded
from opportune.work.in_common import compared
from opportune.work.world import World

Pair = tuple[int, int]  # the lower id first
NEAR = 10  # how many neighbours by name each is compared with, in a large company or on a switchboard
PART = 300  # pairs that are looked at, or asked about, together
RULE = "rule"


def find(world: World, now: Instant) -> dict[str, int]:
    """Compare everybody who has anything in common; merge by rule, and put the rest in the queue."""
    tally = {"merge": 0, "ask": 0}
    with world.db.read() as session:
        hits = sorted(_hits(session))
    for part in _parts(hits):
        for verdict in _settle(world, part, now):
            tally[verdict] += 1
    late = one_person.follow(world, now)
    return {"people_merged": tally["merge"], "people_to_ask_about": tally["ask"], "rows_that_came_late": late}


def queue(session: Session, limit: int = 200) -> list[tuple[m.MaybeSame, m.Contact, m.Contact]]:
    """Whom to ask about, the surest first."""
    one, other = aliased(m.Contact), aliased(m.Contact)
    query = select(m.MaybeSame, one, other).join(one, one.id == m.MaybeSame.one_id)
    query = query.join(other, other.id == m.MaybeSame.other_id)
    open_ = (m.MaybeSame.state == "open", one.merged_into.is_(None), other.merged_into.is_(None))
    rows = session.execute(query.where(*open_).order_by(m.MaybeSame.score.desc(), m.MaybeSame.id).limit(limit))
    return [(row[0], row[1], row[2]) for row in rows]


def apart(world: World, one: str, other: str, *, by: str) -> Pair:
    """A colleague says that they are two people: nobody is asked again.

    Raises:
        whom.NotFound: nobody, or more than one, is known by that.
        one_person.CannotMerge: both are one record.
    """
    with world.db.write() as session:
        a, b = sorted((whom.the_one(session, one).id, whom.the_one(session, other).id))
        if a == b:
            raise one_person.CannotMerge(f"both are person {a}; `opportune people merges` names a merge to take back")
        one_person.apart_from(session, a, b, by=by, score=0.0, reasons=[], now=world.clock.now())
    return a, b


def _parts(pairs: Iterable[Pair]) -> Iterator[list[Pair]]:
    rest = iter(pairs)
    while part := list(islice(rest, PART)):
        yield part


def _settle(world: World, pairs: list[Pair], now: Instant) -> list[str]:
    """Looked at again where it is written: somebody may have been faster. A merge is a transaction of its own."""
    with world.db.write() as session:
        living = _living(session, pairs)
        found = [(pair, like) for pair, like in compared(session, living).items() if like.verdict != "nothing"]
        _ask(session, [each for each in found if each[1].verdict == "ask"], now)
    sure = [(pair, like) for pair, like in found if like.verdict == "merge"]
    return ["ask"] * (len(found) - len(sure)) + ["merge" for pair, like in sure if _by_rule(world, pair, like, now)]


def _by_rule(world: World, pair: Pair, like: Likeness, now: Instant) -> bool:
    def act(session: Session) -> list[str] | None:
        if _living(session, [pair]) != [pair]:  # an earlier one of this night changed them
            return None
        return one_person.merge(world, session, *pair, by=RULE, why=like.words, now=now)[1]

    ringing = world.db.attempt(act)
    optout.cancel_calls(world, ringing or [])
    return ringing is not None


def _ask(session: Session, found: list[tuple[Pair, Likeness]], now: Instant) -> None:
    q = m.MaybeSame
    mine = tuple_(q.one_id, q.other_id).in_([pair for pair, _ in found])
    there = {(row.one_id, row.other_id): row for row in session.scalars(select(q).where(mine))}
    for pair, like in found:
        row = there.get(pair) or q(one_id=pair[0], other_id=pair[1], at=now)
        row.score, row.reasons, row.state = like.score, list(like.reasons), "open"
        session.add(row)


def _living(session: Session, pairs: list[Pair]) -> list[Pair]:
    """Those of them who are still two records, and whom nobody told apart."""
    q = m.MaybeSame
    told = select(q.one_id, q.other_id).where(tuple_(q.one_id, q.other_id).in_(pairs), q.state == "apart")
    told_apart = {(one, other) for one, other in session.execute(told)}
    ids = {id for pair in pairs for id in pair}
    here = (m.Contact.id.in_(ids), m.Contact.merged_into.is_(None), m.Contact.erased_at.is_(None))
    alive = set(session.scalars(select(m.Contact.id).where(*here)))
    return [pair for pair in pairs if pair not in told_apart and alive.issuperset(pair)]


def _hits(session: Session) -> set[Pair]:
    """Every pair that is worth a look, each compared once by each thing in common."""
    hits: set[Pair] = set()
    for part in _parts(_pairs(session)):
        fresh = [pair for pair in dict.fromkeys(part) if pair not in hits]
        hits |= {pair for pair, like in compared(session, _living(session, fresh)).items() if like.verdict != "nothing"}
    return hits


def _pairs(session: Session) -> Iterator[Pair]:
    c, a = m.Contact, m.Address
    by_address = select(a.value, c.id, c.name).join(c, c.id == a.contact_id).order_by(a.kind, a.value)
    lite = session.get_bind().dialect.name == "sqlite"
    domain: Any = func.substr(c.email, func.instr(c.email, "@") + 1) if lite else func.split_part(c.email, "@", 2)
    same: list[Select[Any]] = [
        by_address,
        *(select(column, c.id, c.name).where(column.is_not(None)).order_by(column) for column in (c.email, c.phone)),
    ]
    like = [select(key, c.id, c.name).where(key.is_not(None)).order_by(key) for key in (c.company_id, domain)]
    for query in same:
        yield from chain.from_iterable(_neighbours(group) for _, group in _groups(session, query))
    for query in like:
        for key, group in _groups(session, query):
            if key not in people.FREE_MAIL:
                yield from chain.from_iterable(_neighbours(bucket) for bucket in _buckets(group))


def _groups(session: Session, query: Select[Any]) -> Iterator[tuple[Any, list[Row[Any]]]]:
    """People with one thing in common, read in its order."""
    alive = query.where(m.Contact.merged_into.is_(None), m.Contact.erased_at.is_(None))
    for key, rows in groupby(session.execute(alive.execution_options(yield_per=2_000)), lambda row: row[0]):
        if len(group := list(rows)) > 1:
            yield key, group


def _buckets(group: list[Row[Any]]) -> Iterator[list[Row[Any]]]:
    """Of a company: those of whom a part of the name begins alike."""
    buckets: dict[str, list[Row[Any]]] = {}
    for row in group:
        for start in {word[:3] for word in folded(row[2]).split() if len(word) > 2}:
            buckets.setdefault(start, []).append(row)
    yield from (bucket for bucket in buckets.values() if len(bucket) > 1)


def _neighbours(group: list[Row[Any]]) -> Iterator[Pair]:
    ordered = sorted({(folded(row[2]), row[1]) for row in group})
    for place, (_, one) in enumerate(ordered):
        yield from (
            (min(one, other), max(one, other)) for _, other in ordered[place + 1 : place + 1 + NEAR] if other != one
        )
