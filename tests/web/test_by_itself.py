"""Does a page that asks again by itself keep somebody signed in who has left? It must not; one that is opened does."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from support_web import browsing
from support_world import make_world, move_clock

from opportune.store import models as m
from opportune.web.gate import BY_ITSELF, Gate
from opportune.work import sessions, users

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
RENEWAL = "/board/_dash-update-component"


async def answer(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("seen")


@pytest.mark.parametrize(
    ("path", "headers", "stays"),
    [
        (RENEWAL, {}, True),  # somebody chose something
        (RENEWAL, {BY_ITSELF: "1"}, False),  # the health page asked again
        ("/desk/now", {}, False),  # the frame of the desk, every three seconds
    ],
)
def test_only_what_somebody_does_keeps_them_signed_in(db, tmp_path, path, headers, stays) -> None:
    world = make_world(db, tmp_path, public_url="http://127.0.0.1")
    now = world.clock.now()
    known = users.add(world, "ada@ours.example", "Ada", "admin", None, "test")[0]
    with world.db.write() as session:
        token = sessions.begin(session, session.get_one(m.User, known.id), None, now)
    gate = Gate(Starlette(routes=[Route(path, answer, methods=["GET", "POST"])]), world)
    with browsing(gate) as client:
        for minutes in (20, 35):
            move_clock(world, now + minutes * sessions.MINUTE)
            method = "POST" if path == RENEWAL else "GET"
            told = client.request(method, path, headers={"Cookie": f"opportune={token}", **headers})
            assert told.status_code == (200 if stays or minutes == 20 else 401)
