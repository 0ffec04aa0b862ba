"""What did providers tell us? Kept, understood once, and forward only: in one commit where it can be asked for again,
else kept first, by a commit of its own.

What we fail to understand is kept with the reason: it neither holds up what comes after it nor is it lost.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store.bulk import Bulk
from opportune.store.db import AWAY, Database, gave_way
from opportune.store.models import ProviderEvent
from opportune.store.once import insert_once

T = TypeVar("T")
TRIES = 3  # by itself; after that only when somebody says `opportune replay`
_KEPT = "SELECT id FROM provider_event WHERE provider = ? AND event_key = ?"
_AGAIN = "UPDATE provider_event SET repeats = repeats + 1 WHERE id = ? AND repeats < 32767"
_TAKE = "UPDATE provider_event SET applied_at = ?, failed_why = NULL WHERE id = ? AND applied_at IS NULL"

log = logging.getLogger(__name__)


def keep(session: Session, provider: str, key: str, **values: Any) -> tuple[int, bool]:
    """(id, is it new). The provider's own key tells a repeat."""
    values = {"provider": provider, "event_key": key[:300], "occurred_at": None, "applied_at": None, **values}
    id = insert_once(session, ProviderEvent, {**values, "tries": 0})
    if id is not None:
        return id, True
    [(id,)] = Bulk(session).rows(_KEPT, provider, values["event_key"])
    return id, False


def take(session: Session, id: int, now: Instant) -> bool:
    """Applied from this commit on; False when it was before. Ask after the person is locked."""
    bulk = Bulk(session)
    taken = bulk.run(_TAKE, now, id) == 1
    if not taken:
        bulk.run(_AGAIN, id)
    return taken


def at_once(db: Database, act: Callable[[Session], T], else_first: Callable[[], T]) -> T:
    """`act` keeps and understands by one commit; where it fails to understand, `else_first` keeps by one of its own."""
    try:
        return db.together(act)
    except Exception as error:
        if isinstance(error, AWAY) and not gave_way(error):
            raise
        log.exception("A report is not understood; it is kept first, and tried once more")
    return else_first()


def apply(db: Database, id: int, act: Callable[[Session], T]) -> T:
    """`act` in a transaction of its own; when it fails the event keeps the reason, and the error goes on."""
    try:
        return db.together(act)
    except Exception as error:
        log.exception("Event %s is kept but not understood", id)
        failed(db, id, error)
        raise


def failed(db: Database, id: int, error: Exception) -> None:
    why = f"{type(error).__name__}: {error}"
    values = {"tries": ProviderEvent.tries + 1, "failed_why": why[:500].replace("\0", "")}
    with db.write() as session:
        session.execute(update(ProviderEvent).where(ProviderEvent.id == id).values(**values))


def waiting(
    session: Session, *, since: Instant = 0, tries: int | None = None, behind: int = 0, most: int = 500
) -> list[ProviderEvent]:
    """Kept but not applied, oldest first, `behind` this id; `tries`: only what failed less often."""
    query = select(ProviderEvent).where(ProviderEvent.applied_at.is_(None), ProviderEvent.received_at >= since)
    query = query.where(ProviderEvent.id > behind)
    if tries is not None:
        query = query.where(ProviderEvent.tries < tries)
    return list(session.scalars(query.order_by(ProviderEvent.id).limit(most)))


def stuck(session: Session) -> int:
    """How many failed at least once and wait still."""
    failed = (ProviderEvent.applied_at.is_(None), ProviderEvent.tries > 0)
    return session.scalar(select(func.count(ProviderEvent.id)).where(*failed)) or 0
