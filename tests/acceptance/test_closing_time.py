"""Four thousand calls are due shortly before the window closes, far more than can be dialled: none is after it.

The whole way over real HTTP with signatures on: our pace is set too high, the carrier queues what comes faster than one
call a second, and says for how long.
"""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from support_carrier import ACCOUNT, TOKEN, practice
from support_server import serving
from support_world import add_people, at, make_world, move_clock, plan_everything, publish, touches

from opportune.store import models as m
from opportune.web import twilio
from opportune.work import dispatch, reconcile

PEOPLE = 4_000
BEGIN, CLOSES = at("2026-03-03 17:20") + 20, at("2026-03-03 17:21")
A_SECOND = 0.2  # real seconds of one at the carrier


@pytest.fixture
def web():
    """A real server of our own application's webhooks; the world comes later."""
    worlds = []

    async def app(scope, receive, send):
        await Starlette(routes=twilio.routes(worlds[0]))(scope, receive, send)

    with serving(app) as address:
        yield address, worlds


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_none_of_the_calls_due_at_closing_time_is_dialled_after_it(db, tmp_path, web):
    url, worlds = web
    with practice(tmp_path / "carrier.db", "--cps", "1", "--real-time", str(A_SECOND)) as carrier:
        known = {"twilio_account": ACCOUNT, "twilio_token": TOKEN, "twilio_url": carrier.url}
        world = make_world(db, tmp_path, now=BEGIN - 3600, public_url=url, calls_per_second=5, **known)
        worlds.append(world)
        everybody_is_due(world)
        for second in range(BEGIN, CLOSES + 10):
            began = time.monotonic()
            carrier.ask("/_sim/clock", {"now": second})
            move_clock(world, second)
            dispatch.calls(world)
            reconcile.cancels(world)
            time.sleep(max(0, A_SECOND - (time.monotonic() - began)))
        dialled = [call for call in carrier.carrier._list() if call.start_time and not call.parent_call_sid]
        waiting = [call.sid for call in carrier.carrier._list(status="queued")]
        world.carrier.close()
    assert waiting == []
    assert max(call.start_time.timestamp() for call in dialled) <= CLOSES
    assert len(dialled) >= 20  # yet the time was used
    asked = [touch.state for touch in touches(world, channel="call") if touch.sending_at]
    assert "cancelled" in asked or "cancel_requested" in asked  # the carrier's queue would have outlived the window
    assert len(asked) <= (CLOSES + 10 - BEGIN) * 5  # never faster than our own pace; the others have another day


def everybody_is_due(world):
    publish(world, calls={"hours": "09:00-17:23", "most": 2, "within_days": 12})
    add_people(world, ({"phone": f"+4930231{21_000 + number}"} for number in range(PEOPLE)))
    plan_everything(world)
    with world.db.write() as session:
        for touch in session.scalars(select(m.Touch)):
            touch.due_at, touch.not_after = BEGIN, CLOSES
