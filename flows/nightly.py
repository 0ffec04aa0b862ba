"""What is done while people sleep? The rollups are checked, calls drawn for review, old data let go."""

from __future__ import annotations

from prefect import flow
from prefect.states import Completed, State

from flows import report
from flows.house import once, world_of
from flows.late import HOUR, late, skipped
from opportune.work import duplicates
from opportune.work import nightly as night


@flow(name="nightly")
def nightly() -> State[None]:
    if late(24 * HOUR):
        return skipped()
    world = world_of("nightly")
    found = once("one person once", lambda: duplicates.find(world, world.clock.now()))
    return Completed(message=report.tally("nightly", {**found, **once("tidy up", lambda: night.run(world))}))
