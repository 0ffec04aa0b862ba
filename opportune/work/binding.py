"""Which call is this attempt's? The first CallSid that turns up binds; whatever else rings is hung up on, and told."""

from __future__ import annotations

import logging

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Instant
from opportune.store import audit, ledger
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import react

PROVIDER = "twilio"
GIVEN_UP = ("not_sent", "assumed_sent")  # we had answered for this attempt already

log = logging.getLogger(__name__)


def bind(session: Session, touch: m.Touch, sid: str, now: Instant) -> bool:
    """A signed webhook proves that this call was placed. False: not ours to serve, it must not ring on; nor is one that
    another attempt has."""
    proof = {"provider": PROVIDER, "provider_id": sid}
    if touch.provider_id is None and taken(session, sid):
        _tell(session, touch, sid, now)
    elif touch.provider_id is None and touch.state in ("sending", "uncertain"):
        sent = {**proof, "sent_at": now, "settled_at": None, "look_at": None}
        ledger.move(session, touch, "sent", now=now, who="carrier", why="a webhook proves it", **sent)
    elif touch.provider_id is None and touch.state in GIVEN_UP:
        _turned_up_late(session, touch, proof, now)
    elif touch.provider_id != sid:
        _tell(session, touch, sid, now)
    return touch.provider_id == sid and touch.state not in GIVEN_UP


def taken(session: Session, sid: str) -> bool:
    """Is it the call of an attempt already?"""
    return bool(Bulk(session).rows("SELECT 1 FROM touch WHERE provider_id = ?", sid))


def _turned_up_late(session: Session, touch: m.Touch, proof: dict[str, str], now: Instant) -> None:
    """It counts from now on, and nobody is rung again that day: what was planned in its stead is cancelled."""
    why = "its call turned up after we had given it up"
    if touch.state == "not_sent":
        ledger.move(session, touch, "assumed_sent", now=now, who="carrier", why=why, sent_at=now, **proof)
    else:
        ledger.annotate(session, touch, now=now, who="carrier", why=why, **proof)
    if touch.enrolment_id:
        calls = "enrolment_id = ? AND channel = 'call'"
        ledger.cancel_open(session, calls, touch.enrolment_id, now=now, who="carrier", why=why)
        react.decide_at(session, [touch.enrolment_id], now + DAY)


def _tell(session: Session, touch: m.Touch, sid: str, now: Instant) -> None:
    """Once for each: somebody should ask the carrier how that came about."""
    told = (m.Audit.act == "second_call", m.Audit.subject == sid[:64])
    if session.scalar(select(m.Audit.id).where(*told)) is None:
        log.error("A second call %s rings for touch %s, whose call is %s", sid, touch.key, touch.provider_id)
        data = {"touch": touch.id, "bound": touch.provider_id}
        audit.write(session, now, "carrier", "second_call", sid, touch.key, data)
