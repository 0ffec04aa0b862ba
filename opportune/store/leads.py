"""How is what a form brought kept, once and for good?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store.models import Lead, Source
from opportune.store.once import insert_new, insert_once


def store_leads(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Many at once, each with every column. A key that is there already stays the first lead."""
    insert_new(session, Lead, rows)


def waiting_leads(session: Session, most: int = 100) -> list[Lead]:
    """Stored but not yet understood, oldest first. What waits for a look is not among them."""
    query = select(Lead).where(Lead.handled_at.is_(None), ~Lead.held).order_by(Lead.id).limit(most)
    return list(session.scalars(query))


def open_leads(session: Session, keys: Sequence[str]) -> list[Lead]:
    """The leads of these keys, oldest first, but for those that are understood, wait for a look, or are just being
    understood by somebody else."""
    mine = (Lead.idempotency_key.in_(keys), Lead.handled_at.is_(None), ~Lead.held)
    return list(session.scalars(select(Lead).where(*mine).order_by(Lead.id).with_for_update(skip_locked=True)))


def source(session: Session, key: str, kind: str, now: Instant, basis: str | None = None) -> Source:
    """Where people come from; made when first named. A declared basis is kept (E1)."""
    named = select(Source).where(Source.key == key)
    row = session.scalar(named)
    if row is None:  # two forms may name it in the same moment
        insert_once(session, Source, {"key": key, "kind": kind, "created_at": now})
        row = session.scalars(named).one()
    row.basis = basis or row.basis
    session.flush()
    return row
