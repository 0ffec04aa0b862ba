"""What is checked once a night? That nobody is forgotten, and that old words do not stay longer than needed."""

from __future__ import annotations

from opportune.store import violations
from opportune.store.board import permissions
from opportune.work import anchors, erasure, preferences, quality, reconcile, retention, rollup_check, signals
from opportune.work.world import World


def run(world: World) -> dict[str, int]:
    """Figures of the night's run, for its artifact."""
    now = world.clock.now()
    gone = retention.run(world, now)
    swept = erasure.sweep(world, now)
    renewed = signals.by_night(world, now)
    unkept = preferences.by_night(world, now)
    drawn = quality.draw(world, now)
    found = violations.renew(world.db, world.law.all(), now)
    permissions.renew(world.db, now, found)
    counted = rollup_check.check(world.db, now)
    return {
        "forgotten": reconcile.stuck(world),
        **gone,
        "erased_kept_empty": swept,
        **renewed,
        "promised_calls_unkept": unkept,
        "talks_to_listen_to": drawn,
        "audit_entries": anchors.drop(world)["id"],
        "numbers_mended": counted.wrong,
        **{f"violation_{name}": n for name, n in found.items()},
    }
