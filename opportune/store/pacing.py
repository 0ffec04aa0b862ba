"""How many may leave now? Token buckets that all workers share through the database.

Twilio queues what comes faster than the account's calls per second and dials it later, perhaps out of hours. A mail
that must wait is told when its turn is, and pays at once: the bucket goes into debt, and nobody else takes that turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from opportune.store.models import PacingBucket
from opportune.store.once import insert_new, insert_once

Rate = tuple[float, int]  # a second; at once after a pause
_T = cast(Table, PacingBucket.__table__)
_MINE = select(_T.c.key, _T.c.tokens, _T.c.filled_at).where(_T.c.key.in_(bindparam("keys", expanding=True)))
_MINE = _MINE.order_by(_T.c.key).with_for_update()
_LEFT = update(_T).where(_T.c.key == bindparam("k")).values(tokens=bindparam("left"), filled_at=bindparam("at"))


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
    """Many buckets at once, locked in the order of their keys; `save` writes down what was taken."""

    def __init__(self, session: Session, rates: Mapping[str, Rate], now: float) -> None:
        self._session, self._rates, self._now = session, rates, now
        found = self._read(sorted(rates))
        new = [key for key in sorted(rates) if key not in found]
        if new:
            insert_new(session, PacingBucket, [{"key": k, "tokens": float(rates[k][1]), "filled_at": now} for k in new])
            found |= self._read(new)
        self._tokens = {key: self._grown(key, *found[key]) for key in rates}

    def _read(self, keys: list[str]) -> dict[str, tuple[float, float]]:
        rows = self._session.connection().execute(_MINE, {"keys": keys}) if keys else ()
        return {key: (tokens, at) for key, tokens, at in rows}

    def _grown(self, key: str, tokens: float, at: float) -> float:
        rate, burst = self._rates[key]
        return min(float(burst), tokens + max(0.0, self._now - at) * rate)

    def wait(self, keys: Iterable[str]) -> float:
        """Seconds until it is its turn in all of these; 0: now."""
        return max((max(0.0, 1 - self._tokens[key]) / self._rates[key][0] for key in keys), default=0.0)

    def take(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._tokens[key] -= 1

    def save(self) -> None:
        rows = [{"k": key, "left": tokens, "at": self._now} for key, tokens in self._tokens.items()]
        if rows:
            self._session.connection().execute(_LEFT, rows)
