"""Where can a process die? Named points in the way of a touch, off by default: see docs/when-things-break.md.

A point costs one comparison. What an armed point does (die, raise, wait) is the business of the tests that arm it.
"""

from __future__ import annotations

from collections.abc import Callable

#: In the order of a touch's way. Each stands in the code exactly once.
POINTS = (
    "plan.written",
    "plan.committed",
    "claim.committed",
    "gate.locked",
    "gate.marked",
    "gate.committed",
    "mail.mail",
    "mail.rcpt",
    "mail.data",
    "mail.dot",
    "mail.answered",
    "call.request",
    "call.requested",
    "record.written",
    "record.committed",
    "record.cancel",
    "event.stored",
    "event.committed",
    "optout.journaled",
    "optout.written",
    "optout.committed",
    "optout.cancelled",
    "lead.stored",
    "lead.committed",
    "inbox.read",
    "inbox.applied",
    "inbox.cursor",
    "reap.written",
    "reconcile.found",
    "reconcile.committed",
)

_armed: Callable[[str], None] | None = None


def point(name: str) -> None:
    """Here a process may be killed by a test; otherwise nothing happens."""
    if _armed is not None:
        _armed(name)


def arm(action: Callable[[str], None] | None) -> None:
    """What every point of this process does from now on; None disarms them all."""
    global _armed
    _armed = action
