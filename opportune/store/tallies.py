"""How much mail left in an hour, and how much of it came back? Counted together by all workers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.orm import Session

from opportune.rules.facts import HOUR, Instant
from opportune.store.bulk import Bulk
from opportune.store.models import SendingTally

_T = cast(Table, SendingTally.__table__)
COUNTS = ("sent", "bounced", "blocked", "complained")
_SUMS = [func.sum(_T.c[name]) for name in COUNTS]
_FROM = _T.c.hour >= bindparam("first")
_SINCE = select(_T.c.key, *_SUMS).where(_T.c.key.in_(bindparam("keys", expanding=True)), _FROM).group_by(_T.c.key)
_BETWEEN = select(*_SUMS).where(_T.c.key == bindparam("k"), _FROM, _T.c.hour < bindparam("end"))
_LAST = select(*(_T.c[name] for name in COUNTS)).where(_T.c.key == bindparam("k"), _FROM)
_LAST = _LAST.order_by(_T.c.hour.desc()).limit(24 * 30)
_ADD = f"""
  INSERT INTO sending_tally (key, hour, {", ".join(COUNTS)}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key, hour)
  DO UPDATE SET {", ".join(f"{name} = sending_tally.{name} + excluded.{name}" for name in COUNTS)}"""


@dataclass(frozen=True, slots=True)
class Tally:
    sent: int = 0
    bounced: int = 0
    blocked: int = 0
    complained: int = 0


def count(session: Session, what: Mapping[str, Mapping[str, int]], now: Instant) -> None:
    """Add to this hour: key -> how many of what. In the order of the keys, so that two workers never wait for each
    other."""
    if what:
        rows = [(key, now // HOUR, *(what[key].get(name, 0) for name in COUNTS)) for key in sorted(what)]
        Bulk(session).each(_ADD, rows)


def hold(session: Session, keys: Iterable[str], now: Instant) -> None:
    """Nobody else counts these until the commit: what is left of a cap is given away once."""
    count(session, {key: {} for key in keys}, now)


def since(session: Session, keys: Iterable[str], at: Instant) -> dict[str, Tally]:
    """Sums since the hour of this moment; a key without mail is missing."""
    rows = session.connection().execute(_SINCE, {"keys": list(keys), "first": at // HOUR})
    return {key: Tally(*map(int, sums)) for key, *sums in rows}


def between(session: Session, key: str, first: Instant, end: Instant) -> Tally:
    """The sum of these hours, the last one excluded."""
    given = {"k": key, "first": first // HOUR, "end": end // HOUR}
    return Tally(*(int(each or 0) for each in session.connection().execute(_BETWEEN, given).one()))


def last(session: Session, key: str, mails: int, not_before: Instant) -> Tally:
    """The newest hours that hold at least so many mails, none before that moment."""
    total = [0, 0, 0, 0]
    for row in session.connection().execute(_LAST, {"k": key, "first": not_before // HOUR}):
        total = [a + b for a, b in zip(total, row, strict=True)]
        if total[0] >= mails:
            break
    return Tally(*total)
