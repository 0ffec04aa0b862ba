"""How is what a form brought kept, once and for good?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store.models import Lead, Source
from opportune.store.once import insert_new, insert_once


def store_lead(
    session: Session,
    *,
    idempotency_key: str,
    public_id: str,
    form: str,
    form_version: str,
    fields: dict[str, Any],
    answer_by: str | None,
    received_at: Instant,
    page: str | None = None,
    ip: str | None = None,
    agent: str | None = None,
    marks: str | None = None,
    held: bool = False,
) -> tuple[Lead, bool]:
    """(lead, is it new). The same key again, also at the same moment from another worker, gives the first lead."""
    lead = _known(session, idempotency_key)
    if lead is not None:
        return lead, False
    lead = Lead(
        idempotency_key=idempotency_key, public_id=public_id, form=form, form_version=form_version, fields=fields,
        answer_by=answer_by, page=page, ip=ip, agent=agent, received_at=received_at, marks=marks, held=held,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(lead)
    except IntegrityError:
        winner = _known(session, idempotency_key)
        if winner is None:
            raise
        return winner, False
    return lead, True


def store_leads(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Many at once, each with every column. A key that is there already stays the first lead."""
    insert_new(session, Lead, rows)


def waiting_leads(session: Session, most: int = 100) -> list[Lead]:
    """Stored but not yet understood, oldest first. What waits for a look is not among them."""
    query = select(Lead).where(Lead.handled_at.is_(None), ~Lead.held).order_by(Lead.id).limit(most)
    return list(session.scalars(query))


def open_lead(session: Session, key: str) -> Lead | None:
    """The lead of this key unless it is understood, waits for a look, or is just being understood by somebody else."""
    mine = (Lead.idempotency_key == key, Lead.handled_at.is_(None), ~Lead.held)
    return session.scalar(select(Lead).where(*mine).with_for_update(skip_locked=True))


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


def _known(session: Session, idempotency_key: str) -> Lead | None:
    return session.scalars(select(Lead).where(Lead.idempotency_key == idempotency_key)).first()
