"""Which call does a webhook speak of, and was it heard before?

Each report is kept and understood, once, by one commit, while the person and the touch are held. A key and the end of a
talk nobody tells again: these are kept first, by a commit of their own, as is whatever we fail to understand.
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
_TELLS_ONCE = ("keys", "after", "sorry")
_PERSON = f"""
  SELECT c.id FROM contact c JOIN touch ON touch.contact_id = c.id WHERE {_OURS} FOR NO KEY UPDATE OF c"""


def once(
    world: World, token: str, event: VoiceEvent, kind: str, now: Instant, act: Callable[[Session, m.Touch, bool], str]
) -> str | None:
    """Kept and understood: `act` is told whether it is the first time. None: not our call."""

    def keep(session: Session, touch_id: int, applied_at: Instant | None) -> tuple[int, bool]:
        facts = {"touch_id": touch_id, "kind": kind, "payload": dict(event.raw), "received_at": now}
        facts |= {"occurred_at": event.occurred_at, "applied_at": applied_at}
        return events.keep(session, PROVIDER, f"{kind}:{event.event_key}", **facts)

    def together(session: Session) -> str | None:
        touch = _touch(session, token)
        if touch is None:
            return None
        id, new = keep(session, touch.id, now)
        stored()
        return act(session, touch, new or events.take(session, id, now))

    def kept(session: Session) -> int | None:
        found = Bulk(session).rows(f"SELECT id FROM touch WHERE {_OURS}", token)
        return keep(session, found[0][0], None)[0] if found else None

    def kept_first() -> str | None:
        id = world.db.together(kept)
        return None if id is None else events.apply(world.db, id, together)

    return kept_first() if kind in _TELLS_ONCE else events.at_once(world.db, together, kept_first)


def stored() -> None:
    """An event is written and not yet understood: a kill here costs no key and no talk, which are on disk already."""
    faults.point("event.stored")


def _touch(session: Session, token: str) -> m.Touch | None:
    """Locked: two reports of one call are applied one after the other. The person first, as gate and opt-out do."""
    bulk = Bulk(session)
    if not bulk.lite:  # SQLite's one writer holds everybody
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
