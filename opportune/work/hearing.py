"""Which call does a webhook speak of, and was it heard before?

Each report is kept by a commit of its own, then understood, once, while the person and the touch are held.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from channels.twilio_errors import meaning
from channels.voice import VoiceEvent
from opportune import faults
from opportune.rules.facts import Instant
from opportune.store import events
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.work import calls_held
from opportune.work.binding import PROVIDER
from opportune.work.world import World

_OURS = "token = ? AND channel = 'call'"
_PERSON = f"""
  SELECT c.id FROM contact c JOIN touch ON touch.contact_id = c.id WHERE {_OURS} FOR NO KEY UPDATE OF c"""


def once(
    world: World, token: str, event: VoiceEvent, kind: str, now: Instant, act: Callable[[Session, m.Touch, bool], str]
) -> str | None:
    """Kept by a commit of its own, then understood: `act` is told whether it is the first time. None: not our call."""
    with world.db.write() as session:
        found = Bulk(session).rows(f"SELECT id FROM touch WHERE {_OURS}", token)
        if not found:
            return None
        facts = {"touch_id": found[0][0], "kind": kind, "payload": dict(event.raw), "received_at": now}
        id, _ = events.keep(session, PROVIDER, f"{kind}:{event.event_key}", occurred_at=event.occurred_at, **facts)
    stored()

    def understand(session: Session) -> str:
        touch = _touch(session, token)
        assert touch is not None
        return act(session, touch, events.take(session, id, now))

    return events.apply(world.db, id, understand)


def stored() -> None:
    """An event is on disk and not yet understood: a kill here loses nothing."""
    faults.point("event.stored")


def _touch(session: Session, token: str) -> m.Touch | None:
    """Locked: two reports of one call are applied one after the other. The person first, as gate and opt-out do."""
    bulk = Bulk(session)
    bulk.rows(_PERSON, token)
    return next(iter(bulk.objects(m.Touch, f"WHERE {_OURS} FOR NO KEY UPDATE", token)), None)


def trouble(event: VoiceEvent) -> str:
    """What Twilio says went wrong, and what to do about it; empty when nothing did."""
    if not event.error_code:
        return ""
    return " ".join(
        filter(None, (str(event.error_code), event.raw.get("ErrorUrl", ""), meaning(event.error_code).remedy))
    )


def on_record(session: Session, event: VoiceEvent, now: Instant) -> str:
    """The same, and kept for whoever has to mend it: `opportune status` tells."""
    why = trouble(event)
    if why:
        calls_held.put_on_record(session, str(event.error_code), why, now)
    return why
