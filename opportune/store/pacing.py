"""How many may leave now? A token bucket that all workers share through the database.

Twilio queues what comes faster than the account's calls per second and dials it later, perhaps out of hours.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.store.models import PacingBucket


def take(session: Session, key: str, *, rate: float, burst: int, want: int, now: float) -> int:
    """Take up to `want` tokens of a bucket that fills at `rate` per second up to `burst`; returns how many."""
    bucket = session.scalar(select(PacingBucket).where(PacingBucket.key == key).with_for_update())
    if bucket is None:
        bucket = PacingBucket(key=key, tokens=float(burst), filled_at=now)
        session.add(bucket)
    grown = max(0.0, now - bucket.filled_at) * rate
    bucket.tokens = min(float(burst), bucket.tokens + grown)
    bucket.filled_at = max(bucket.filled_at, now)
    got = min(want, int(bucket.tokens))
    bucket.tokens -= got
    return got


def give_back(session: Session, key: str, unused: int) -> None:
    """Tokens for touches that the gate held back."""
    bucket = session.get(PacingBucket, key, with_for_update=True)
    if bucket is not None:
        bucket.tokens += unused
