"""Whom do our customers look like, and how alike is everybody else (B15)?

Learned nightly from everybody in the database: who bought, and who met the goal of a campaign. The counts are a note of
the house; the fit of a person is kept in tenths, so that equal facts stay equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.rules.fit import Fields, Profile, fit, learn, size_class
from opportune.rules.warmth import FitTable
from opportune.store import models as m
from opportune.store import notes
from opportune.work import tables
from opportune.work.world import World

NOTE = "fit_profile"

_GOOD = or_(
    m.Contact.stage == "customer",
    select(m.Outcome.id).where(m.Outcome.contact_id == m.Contact.id, m.Outcome.kind == "goal_met").exists(),
)


def learn_anew(world: World, now: Instant) -> Profile:
    """Count everybody and keep what was learned."""
    with world.db.read() as session:
        rows = session.execute(_people(_GOOD, m.Contact.country, m.Contact.status).execution_options(yield_per=1000))
        seen = Counter((bool(good), _key(country, status, facts)) for good, country, status, facts in rows)
        profile = learn((dict(fields), good, number) for (good, fields), number in seen.items())
    counts = [[*key, *numbers] for key, numbers in profile.counts.items()]
    value = {"at": now, "people": profile.people, "customers": profile.customers, "counts": counts}
    notes.put(world.db, NOTE, value)
    return profile


def known(session: Session) -> Profile:
    """What was learned last; nothing on the first day."""
    value = notes.get_in(session, NOTE)
    if value is None:
        return Profile()
    counts = {(name, said): (number, bought) for name, said, number, bought in value["counts"]}
    return Profile(value["people"], value["customers"], counts)


def of(world: World, session: Session, ids: Collection[int]) -> dict[int, float | None]:
    """The fit of these people, by what was learned last."""
    query = _people(m.Contact.id, m.Contact.country, m.Contact.status).where(m.Contact.id.in_(ids))
    return {id: value for id, value, _ in _rated(world, session, query)}


def moved(world: World, session: Session) -> list[int]:
    """Whose fit is another one than we keep, since more was learned."""
    query = _people(m.Contact.id, m.Contact.country, m.Contact.status, m.Contact.fit)
    return [id for id, value, kept in _rated(world, session, query) if value != kept]


def _rated(world: World, session: Session, query: Select[Any]) -> Iterator[tuple[int, float | None, float | None]]:
    """(contact, fit now, fit kept); equal fields are rated once."""
    profile, table = known(session), tables.warmth(world.settings.warmth).fit

    @lru_cache(maxsize=10_000)
    def rate(key: tuple[tuple[str, str | None], ...]) -> float | None:
        return tenths(dict(key), profile, table)

    for id, country, status, *kept, facts in session.execute(query.execution_options(yield_per=1000)):
        yield id, rate(_key(country, status, facts)), kept[0] if kept else None


def tenths(fields: Fields, profile: Profile, table: FitTable) -> float | None:
    found = fit(fields, profile, least=table.customers, doubt=table.doubt)
    return None if found is None else round(found.value, 1)


def _people(*columns: Any) -> Select[Any]:
    """These columns, and last what is known of the company."""
    query = select(*columns, m.Company.facts).select_from(m.Contact)
    return query.outerjoin(m.Company, m.Company.id == m.Contact.company_id).where(m.Contact.merged_into.is_(None))


def _key(country: str | None, status: str, facts: dict[str, Any] | None) -> tuple[tuple[str, str | None], ...]:
    return tuple(target(country, status, facts).items())


def target(country: str | None, status: str, facts: dict[str, Any] | None) -> dict[str, str | None]:
    """The fields that tell a target customer, as they are known of this person."""
    facts = facts or {}
    industry = str(facts.get("industry") or "").strip().lower() or None
    return {"industry": industry, "size": size_class(facts.get("size")), "country": country, "status": status}


def completeness(session: Session) -> dict[str, float]:
    """E12: the share of people of whom each target field is known."""
    filled: Counter[str] = Counter()
    everybody = 0
    for country, status, facts in session.execute(_people(m.Contact.country, m.Contact.status)):
        everybody += 1
        said: Iterable[tuple[str, str | None]] = target(country, status, facts).items()
        filled.update(name for name, value in said if value and value != "unknown")
    names = target(None, "", None)
    return {name: round(filled[name] / everybody, 3) if everybody else 0.0 for name in names}
