"""What is checked once a night? That nobody is forgotten, and that old words do not stay longer than needed."""

from __future__ import annotations

from sqlalchemy import CursorResult, delete, select

from opportune.rules.facts import DAY
from opportune.store import models as m
from opportune.store.violations import count
from opportune.work import anchors, preferences, reconcile, signals
from opportune.work.world import World

KEEP_WORDS = 30 * DAY  # prepared words; their hash stays in the touch
KEEP_RAW = 90 * DAY  # raw provider events


def run(world: World) -> dict[str, int]:
    """Figures of the night's run, for its artifact."""
    now = world.clock.now()
    with world.db.write() as session:
        old = select(m.Touch.id).where(m.Touch.settled_at < now - KEEP_WORDS)
        words = session.execute(delete(m.PreparedMessage).where(m.PreparedMessage.touch_id.in_(old)))
        raw = session.execute(delete(m.ProviderEvent).where(m.ProviderEvent.received_at < now - KEEP_RAW))
    assert isinstance(words, CursorResult)
    assert isinstance(raw, CursorResult)
    renewed = signals.by_night(world, now)
    unkept = preferences.by_night(world, now)
    found = count(world.db, world.law.all())
    return {
        "forgotten": reconcile.stuck(world),
        "words_deleted": words.rowcount,
        "events_deleted": raw.rowcount,
        **renewed,
        "promised_calls_unkept": unkept,
        "audit_entries": anchors.drop(world)["id"],
        **{f"violation_{name}": n for name, n in found.items()},
    }
