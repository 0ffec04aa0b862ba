"""How does a post of our site become a lead for good while others wait behind it?

Many that come together are stored in one commit and understood right after, when nobody waits; a single one is stored
and understood in the same transaction. The answer is sent only after the commit, whatever else has to follow.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from opportune import faults
from opportune.store import leads as stored
from opportune.store.group_commit import GroupCommit
from opportune.work import leads, optout
from opportune.work.world import World

AT_ONCE = 8  # leads understood in one transaction: a visitor who comes then waits for these
Row = dict[str, Any]


class Intake:
    """One for a world. In practice everything is understood with the commit, so that the same seed gives the same."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._later: deque[str] = deque()  # should we die, the reconciler finds them in the database
        self._ringing: deque[str] = deque()  # CallSids of people whose message says no; these, too
        self._group = GroupCommit(world.db, self.store, self._understand)

    async def put(self, row: Row) -> str:
        """The public id, once the lead is on the disk."""
        id = await self._group.put(row)
        faults.point("lead.committed")
        if sids := [self._ringing.popleft() for _ in range(len(self._ringing))]:
            await asyncio.to_thread(optout.cancel_calls, self._world, sids)
        return id

    def store(self, session: Session, rows: Sequence[Row]) -> list[str]:
        """The public ids; what was stored before stays as it is."""
        stored.store_leads(session, rows)
        faults.point("lead.stored")
        keys = [row["idempotency_key"] for row in rows if not row["held"]]
        if self._world.settings.practice or (len(rows) == 1 and not self._later):
            self._ringing.extend(leads.understand(self._world, session, keys)[1])
        else:  # also a single one behind others: who corrects a number comes later
            self._later.extend(keys)
        return [row["public_id"] for row in rows]

    def _understand(self, somebody_waits: Callable[[], bool]) -> bool:
        """Some of those that were only stored, oldest first. Is there more?"""
        if self._later and not somebody_waits():
            some = [self._later.popleft() for _ in range(min(AT_ONCE, len(self._later)))]
            with self._world.db.write() as session:
                _, sids = leads.understand(self._world, session, some)
            if sids:
                optout.cancel_calls(self._world, sids)
        return bool(self._later)


def of(world: World) -> Intake:
    intake = world.extras.setdefault("intake", Intake(world))
    assert isinstance(intake, Intake)
    return intake
