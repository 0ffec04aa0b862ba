"""How many may leave now? A token bucket that all workers share through the database.

Twilio queues what comes faster than the account's calls per second and dials it later, perhaps out of hours.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.store.models import PacingBucket
from opportune.store.once import insert_once


def filled(session: Session, key: str, *, rate: float, burst: int, now: float) -> PacingBucket:
    """The bucket, locked and filled up to `now` (seconds, UTC) at `rate` per second, at most `burst`.

    Whoever has it subtracts from `tokens` what leaves, in the same transaction.
    """
    mine = select(PacingBucket).where(PacingBucket.key == key).with_for_update()
    bucket = session.scalar(mine)
    if bucket is None:  # two workers may make it in the same moment
        insert_once(session, PacingBucket, {"key": key, "tokens": float(burst), "filled_at": now})
        bucket = session.scalars(mine).one()
    grown = max(0.0, now - bucket.filled_at) * rate
    bucket.tokens = min(float(burst), bucket.tokens + grown)
    bucket.filled_at = max(bucket.filled_at, now)
    return bucket
