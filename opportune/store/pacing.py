"""How many may leave now? Token buckets that all workers share through the database.

Twilio queues what comes faster than the account's calls per second and dials it later, perhaps out of hours. A mail
that must wait is told when its turn is, and pays at once: the bucket goes into debt, and nobody else takes that turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from opportune.store.bulk import Bulk
from opportune.store.models import PacingBucket
from opportune.store.once import insert_once

Rate = tuple[float, int]  # a second; at once after a pause


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


class Buckets:
    """Many buckets at once, locked in the order of their keys; `save` writes down what was taken. A bucket that nobody
    used yet is full, and two workers may both find it so: once, and never again."""

    def __init__(self, session: Session, rates: Mapping[str, Rate], now: float) -> None:
        self._session, self._rates, self._now = session, rates, now
        self._taken: set[str] = set()
        known = {key: (tokens, at) for key, tokens, at in self._read(sorted(rates))}
        self._tokens = {key: self._grown(key, *known.get(key, (rates[key][1], now))) for key in rates}

    def _read(self, keys: list[str]) -> list[tuple[str, float, float]]:
        if not keys:
            return []
        lock = "" if self._session.get_bind().dialect.name == "sqlite" else " FOR UPDATE"
        query = "SELECT key, tokens, filled_at FROM pacing_bucket WHERE key = ANY(?) ORDER BY key"
        return Bulk(self._session).rows(query + lock, keys)

    def _grown(self, key: str, tokens: float, at: float) -> float:
        rate, burst = self._rates[key]
        return min(float(burst), tokens + max(0.0, self._now - at) * rate)

    def wait(self, keys: Iterable[str]) -> float:
        """Seconds until it is its turn in all of these; 0: now."""
        return max((max(0.0, 1 - self._tokens[key]) / self._rates[key][0] for key in keys), default=0.0)

    def take(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._tokens[key] -= 1
            self._taken.add(key)

    def save(self) -> None:
        rows = [{"key": key, "tokens": self._tokens[key], "filled_at": self._now} for key in sorted(self._taken)]
        if rows:
            connection = self._session.connection()
            connection.execute(_left(connection.dialect.name == "sqlite"), rows)


@lru_cache
def _left(lite: bool) -> Any:
    table = cast(Table, PacingBucket.__table__)
    new = sqlite.insert(table) if lite else postgresql.insert(table)
    changed = {name: new.excluded[name] for name in ("tokens", "filled_at")}
    return new.on_conflict_do_update(index_elements=["key"], set_=changed)
