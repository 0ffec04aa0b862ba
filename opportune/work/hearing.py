"""Which call does a webhook speak of, and was it heard before?

Each report is kept by a commit of its own, then understood, once, while the person and the touch are held.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from channels.twilio_errors import meaning
from channels.voice import VoiceEvent
from opportune import faults
from opportune.rules.facts import Instant
from opportune.store import events
from opportune.store import models as m
from opportune.work import calls_held
from opportune.work.binding import PROVIDER
from opportune.work.world import World

_OURS = (m.Touch.token == bindparam("token"), m.Touch.channel == "call")
_ID = select(m.Touch.id).where(*_OURS)
_PERSON = select(m.Contact.id).join(m.Touch, m.Touch.contact_id == m.Contact.id).where(*_OURS)
_PERSON = _PERSON.with_for_update(of=m.Contact, key_share=True)
_BY_TOKEN = select(m.Touch).where(*_OURS).with_for_update(key_share=True)


def once(
    world: World, token: str, event: VoiceEvent, kind: str, now: Instant, act: Callable[[Session, m.Touch, bool], str]
) -> str | None:
    """Kept by a commit of its own, then understood: `act` is told whether it is the first time. None: not our call."""
    with world.db.write() as session:
        touch_id = session.scalar(_ID, {"token": token})
        if touch_id is None:
            return None
        facts = {"touch_id": touch_id, "kind": kind, "payload": dict(event.raw), "received_at": now}
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
    session.execute(_PERSON, {"token": token})
    return session.scalar(_BY_TOKEN, {"token": token})


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
