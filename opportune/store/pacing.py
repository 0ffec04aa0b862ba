"""How many may leave now? Turns and token buckets that all workers share through the database.

Twilio queues what comes faster than the account's calls per second and dials it later, perhaps out of hours: calls take
turns, evenly spaced. A mail that must wait is told when its turn is, and pays at once: the bucket goes into debt, and
nobody else takes that turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.store.bulk import Bulk
from opportune.store.models import PacingBucket
from opportune.store.once import insert_once

FAR = 300.0  # seconds: turns further ahead were taken by a clock that was wrong, and nobody waits for them
Rate = tuple[float, int]  # a second; at once after a pause
_LEFT = """
  INSERT INTO pacing_bucket (key, tokens, filled_at) VALUES (?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET tokens = excluded.tokens, filled_at = excluded.filled_at"""


def turns(session: Session, key: str, *, space: float, number: int, now: float) -> list[float]:
    """The next `number` moments that nobody else has, `space` seconds apart (locked until the commit). A pause is not
    made up for: a bucket that fills would let twice its rate through within a second."""
    mine = select(PacingBucket).where(PacingBucket.key == key).with_for_update()
    bucket = session.scalar(mine.execution_options(populate_existing=True))
    if bucket is None:  # two workers may make it in the same moment
        insert_once(session, PacingBucket, {"key": key, "tokens": 0.0, "filled_at": now})
        bucket = session.scalars(mine).one()
    first = _not_before(bucket.filled_at, now)
    bucket.filled_at = first + number * space
    return [first + place * space for place in range(number)]


def next_turn(session: Session, key: str, now: float) -> float:
    """When the next moment would be, as things stand."""
    return _not_before(session.scalar(select(PacingBucket.filled_at).where(PacingBucket.key == key)) or now, now)


def _not_before(filled_at: float, now: float) -> float:
    return filled_at if now <= filled_at <= now + FAR else now


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
        if self._taken:
            Bulk(self._session).each(_LEFT, [(key, self._tokens[key], self._now) for key in sorted(self._taken)])
