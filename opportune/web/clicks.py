"""Where does a link of our mail lead? To its target, and only there; that it was followed is kept beside it."""

from __future__ import annotations

import logging

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from opportune.store.db import UNSTORABLE
from opportune.web.page import page
from opportune.web.visits import refuses
from opportune.work import clicks, visits
from opportune.work.mail_links import UNSEEN, Link, read
from opportune.work.world import World

LOST = "<p>This link does not lead anywhere. Please answer the mail it came from, a person reads it.</p>"
# The visitor's next page need not know which mail they came from, and no proxy may remember for others.
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}

log = logging.getLogger(__name__)


def routes(world: World) -> list[Route]:
    async def follow(request: Request) -> Response:
        link = read(world, request.path_params["token"])
        if link is None:
            return _nowhere(world)
        click = None
        try:
            click = await run_in_threadpool(clicks.record, world, link, _machine(request, link), world.clock.now())
        except UNSTORABLE:  # the reader wants to get there; a click that is not counted hurts nobody
            log.exception("A click could not be kept")
        if link.number == UNSEEN:
            return _nowhere(world)
        target = link.target if click is None or refuses(request) else visits.marked(world, link.target, click)
        return RedirectResponse(target, status_code=302, headers=HEADERS)

    return [Route("/l/{token:path}", follow, methods=["GET"])]  # with GET comes HEAD


def _nowhere(world: World) -> Response:
    return page("Nothing here", LOST, practice=world.settings.practice, status=404)


def _machine(request: Request, link: Link) -> str | None:
    """Why this is no person, as far as the request tells."""
    if link.number == UNSEEN:
        return "hidden"
    if request.method == "HEAD":
        return "head"
    ahead = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    agent = request.headers.get("User-Agent", "")
    return "agent" if "prefetch" in ahead or clicks.SCANNERS.search(agent) else None
