"""What do we not know the end of? Every five minutes: abandoned leases, doubtful touches, webhooks that never came."""

from __future__ import annotations

from prefect import flow
from prefect.states import Completed, State

from flows import report
from flows.house import once, world_of
from flows.late import MINUTE, late, skipped
from opportune.work import leads, replay, webhooks
from opportune.work import reconcile as doubts


@flow(name="reconcile")
def reconcile() -> State[None]:
    """Ask the provider; never send again to find out."""
    if late(5 * MINUTE):
        return skipped()
    world = world_of("reconcile")
    done = {
        "leases taken back": once("take back abandoned leases", lambda: doubts.reap(world)),
        "doubts settled": once("settle doubtful touches", lambda: doubts.uncertain(world)),
        "cancels asked again": once("ask again for cancels", lambda: doubts.cancels(world)),
        "events applied": once("apply what failed before", lambda: replay.again(world, by_itself=True).applied),
        "missing results found": once("ask for results that never came", lambda: doubts.missing(world)),
        "old webhooks forgotten": once("forget webhooks of long ago", lambda: webhooks.forget_old(world)),
        "leads understood": once("understand leads that were only stored", lambda: leads.understand_waiting(world)),
    }
    return Completed(message=report.tally("reconcile", done))
