"""Is this run too late to be of use?

A worker that comes back after hours finds every missed run waiting and starts them all. What a run would have done, its
successor does: so a run that begins after its successor was due, or after its slot, ends at once.
"""

from __future__ import annotations

import time

from prefect.runtime import flow_run
from prefect.states import Completed, State

MINUTE = 60
HOUR = 60 * MINUTE


def scheduled() -> int:
    """When this run was due, by the real clock; outside a run: now."""
    return int(flow_run.scheduled_start_time.timestamp())


def late(within: int) -> bool:
    return time.time() >= scheduled() + within


def skipped() -> State[None]:
    return Completed(name="Skipped", message="Too late: the next run does this work, or has done it.")
