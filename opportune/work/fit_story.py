"""Why does this person look like our customers or not (B15), and is it a target customer by what we set (E6)?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from opportune.rules.fit import fit
from opportune.store import models as m
from opportune.work import fitting, tables
from opportune.work.segment_sql import ALIVE, Reader
from opportune.work.world import World

TARGET_KEY = "target"  # the segment of this key is what the house calls its target customers


@dataclass(frozen=True, slots=True)
class FitStory:
    """`fit` None: fewer than `least` customers are known. `times`: of each known field, how many times the usual share
    of customers people like that have. `target` None: no segment says who is a target customer."""

    contact_id: int
    fit: float | None
    fields: Mapping[str, str | None]
    times: Mapping[str, float]
    people: int
    customers: int
    least: int
    target: bool | None


def story(world: World, session: Session, contact: m.Contact) -> FitStory:
    """From the customers as they were counted last night."""
    profile, table = fitting.known(session), tables.warmth(world.settings.warmth).fit
    company = session.get(m.Company, contact.company_id) if contact.company_id else None
    fields = fitting.target(contact.country, contact.status, company.facts if company else None)
    found = fit(fields, profile, least=table.customers, doubt=table.doubt)
    value, times = (round(found.value, 2), found.evidence) if found else (None, {})
    return FitStory(
        contact_id=contact.id,
        fit=value,
        fields=fields,
        times=times,
        people=profile.people,
        customers=profile.customers,
        least=table.customers,
        target=_is_target(world, session, contact.id),
    )


def _is_target(world: World, session: Session, contact_id: int) -> bool | None:
    reader = Reader(session, world.clock.now())
    if TARGET_KEY not in reader.documents:
        return None
    inside = select(m.Contact.id).where(m.Contact.id == contact_id, *ALIVE, reader.within(TARGET_KEY))
    return session.scalar(inside) is not None


def targets(world: World, session: Session) -> int | None:
    """How many target customers there are; None: nobody said who they are."""
    reader = Reader(session, world.clock.now())
    if TARGET_KEY not in reader.documents:
        return None
    return session.scalar(select(func.count(m.Contact.id)).where(*ALIVE, reader.within(TARGET_KEY)))
