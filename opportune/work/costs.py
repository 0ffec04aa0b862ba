"""What did a contact attempt cost (F1)? Booked once for each kind, however often its end is told."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from opportune.store import models as m
from opportune.store.bulk import Bulk

MAIL, MINUTE = 0.002, 0.014  # per mail and per started minute of a leg
CURRENCY = "EUR"
_NAMES = ("touch_id", "kind", "amount", "currency")
_BOOKED = "SELECT kind FROM touch_cost WHERE touch_id = ?"


def mails(session: Session, touches: Sequence[int]) -> None:
    """These left."""
    if touches:
        Bulk(session).insert(m.TouchCost, _NAMES, [(id, "mail", MAIL, CURRENCY) for id in touches])


def call(session: Session, touch: m.Touch, seconds: int) -> None:
    """Each started minute, of the colleague's leg too; a call that nobody answered costs nothing."""
    legs = {kind: -(-long // 60) for kind, long in (("minutes", seconds), ("talk", touch.talk_seconds or 0)) if long}
    if not legs:
        return
    bulk = Bulk(session)
    booked = {kind for (kind,) in bulk.rows(_BOOKED, touch.id)}
    rows = [(touch.id, kind, long * MINUTE, CURRENCY) for kind, long in legs.items() if kind not in booked]
    bulk.insert(m.TouchCost, _NAMES, rows)
