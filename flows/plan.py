"""Whom do we call, whom do we write to, and when? Hourly, and when a campaign is published."""

from __future__ import annotations

from functools import partial

from prefect import flow
from prefect.states import Completed, State

from flows import report
from flows.house import once, world_of
from flows.late import HOUR, late, skipped
from opportune.work import audience
from opportune.work import plan as planning


@flow(name="plan")
def plan() -> State[None]:
    """Decide for everybody due within the horizon, 20,000 contacts a step: a step itself costs as much as 500."""
    if late(HOUR):
        return skipped()
    world = world_of("plan")
    now = world.clock.now()
    enrolled = once("bring people into live campaigns", lambda: audience.enrol(world, now))
    batches = planning.due(world, now)
    reports = [once(f"decide for {len(ids)}", partial(planning.decide_batch, world, ids, now)) for ids in batches]
    return Completed(message=report.decisions(reports, enrolled))
