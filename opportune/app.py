"""The whole web application: webhooks, forms, unsubscribe, desk, health, and the board at /board/.

The board runs in threads of its own (a2wsgi): an analyst's slow page never delays a webhook. Before everything stands
the gate (`opportune.web.gate`): who may open what is written in `opportune.work.access`.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import urlsplit

from a2wsgi import WSGIMiddleware
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route

from dashboards.app import create_board
from opportune.settings import SettingError, settings
from opportune.web import (
    account_pages,
    clicks,
    consent_pages,
    desk,
    desk_inbound,
    forms,
    health,
    login_pages,
    openapi,
    recorded,
    review,
    single_sign_on,
    twilio,
    unsubscribe,
    visits,
    voice_inbound,
    voice_operator,
    webhook_in,
)
from opportune.web.away import HANDLERS
from opportune.web.gate import Gate, insider
from opportune.work import doors, replay
from opportune.work.world import World, open_world

BOARD_THREADS = 8
# `/voice/inbound` comes before `/voice/{token}`, which would take it for a token.
ROOMS = (
    voice_inbound,
    twilio,
    voice_operator,
    recorded,
    forms,
    webhook_in,
    openapi,
    unsubscribe,
    consent_pages,
    clicks,
    visits,
    desk,
    desk_inbound,
    review,
    health,
    login_pages,
    account_pages,
    single_sign_on,
)


def build(world: World, *, with_board: bool = True) -> Starlette:
    """The application over one world. `with_board=False` leaves the board out: practice rehearses without it."""
    routes: list[BaseRoute] = [Route("/", _home)]
    for room in ROOMS:
        routes += room.routes(world)
    if with_board:
        flask = create_board(world.db, world.clock.now, practice=world.settings.practice)
        # The first request builds Dash's routes; two at once would race (plotly/dash#3971).
        flask.test_client().get("/board/")
        board: Any = WSGIMiddleware(cast(Any, _with_reader(flask)), workers=BOARD_THREADS)
        routes.append(Mount("/board", board))
    # A page of another site that points its own name at us (DNS rebinding) is no friend.
    s = world.settings
    names = ["127.0.0.1", "localhost", "[::1]", s.host.strip("*"), urlsplit(s.public_url).hostname or "localhost"]
    guards = [Middleware(TrustedHostMiddleware, allowed_hosts=names), Middleware(Gate, world=world)]
    return Starlette(routes=routes, middleware=guards, exception_handlers=HANDLERS)


def _with_reader(wsgi: Any) -> Any:
    """The board reads who is signed in from `opportune.user` of its environ."""

    def told(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        environ["opportune.user"] = environ["asgi.scope"]["state"]["user"]
        answer: Iterable[bytes] = wsgi(environ, start)
        return answer

    return told


def create() -> Starlette:
    """What `opportune up` serves: the world of the settings, its tables brought up to date."""
    world = open_world(settings(), owner="web")
    if world.db.pending():
        world.db.migrate()
    if why := doors.closed(world.settings, world.db):
        raise SettingError(why)
    replay.abandoned(world, quiet=0)  # our predecessor may have died with an opt-out in its hands
    application = build(world)
    steady()
    return application


def steady() -> None:
    """Pages are long stretches of Python, and a webhook asks the database fifty times: each time it gets its turn back
    after half a millisecond, not five; and nobody waits while what was there from the start is searched for garbage."""
    sys.setswitchinterval(0.0005)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


async def _home(request: Request) -> RedirectResponse:
    """Operators work at the desk."""
    return RedirectResponse("/desk" if insider(request).role == "operator" else "/board/")
