"""What left already: the mail that is due goes through the gate, and its server takes it."""

from __future__ import annotations

from support_world import add_person, move_clock, plan_everything, publish, touches

from channels.base import Accepted
from opportune.store import ledger
from opportune.work import gate, react
from opportune.work.world import World


def leave(world: World) -> bytes:
    """The next mail does; its bytes."""
    now = move_clock(world, min(each.due_at for each in touches(world, state="planned", channel="email")))
    with world.db.write() as session:
        [(touch, words)] = gate.pass_through(world, session, ledger.claim(session, "email", now, "test", limit=5), now)
        react.answered(world, session, touch, Accepted("queued as 1"), now)
        return words.content


def mailed(world: World, interest: str = "warm", **campaign: object) -> bytes:
    """A clerk got our mail."""
    publish(world, "clarifications", **campaign)
    add_person(world, status="staff", interest=interest)
    plan_everything(world)
    return leave(world)
