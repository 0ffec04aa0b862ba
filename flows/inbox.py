"""What came back by mail? Bounces, replies and automatic answers, every two minutes."""

from __future__ import annotations

from prefect import flow
from prefect.states import Completed, Failed, State

from channels.inbox import Unreadable
from flows import report
from flows.house import once, world_of
from flows.late import MINUTE, late, skipped
from opportune.work import inbox as mailbox


@flow(name="inbox")
def inbox() -> State[None]:
    """A reply stops every further step of its campaign, so it must not lie unread for long."""
    if late(2 * MINUTE):
        return skipped()
    world = world_of("inbox")
    try:
        read = once("read the mailbox", lambda: mailbox.collect(world))
    except Unreadable as trouble:  # the other mailboxes were read; /health and `opportune status` say it too
        return Failed(message=str(trouble))
    return Completed(message=report.tally("inbox", {"messages read": read}))
