"""What does a site of ours tell of a visit that our mail brought? Pages and seconds, with the visitor's consent (F4).

Whatever is posted is answered alike: nobody learns here which tokens are right.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.form_embed import visit_script
from opportune.web import limits
from opportune.web.form_body import Unreadable, body_of, fields
from opportune.work import visits
from opportune.work.world import World

SCRIPT = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}


def routes(world: World) -> list[Route]:
    async def script(_request: Request) -> Response:
        return Response(visit_script(world.settings.public_url), media_type="text/javascript", headers=SCRIPT)

    async def told(request: Request) -> Response:
        if wait := limits.of(world).visit(request):
            return Response(status_code=429, headers={"Retry-After": str(wait)})
        try:
            given = fields(await body_of(request), request.headers.get("Content-Type", ""))
        except Unreadable as why:
            return Response(str(why), status_code=why.status, media_type="text/plain")
        origin = request.headers.get("Origin", "null")  # "null": the site keeps to itself who it is
        if not refuses(request) and (origin == "null" or origin in world.settings.sites):
            await run_in_threadpool(visits.record, world, given, world.clock.now())
        return Response(status_code=204, headers=_cors(world, origin))

    return [Route("/visit.js", script, methods=["GET"]), Route("/visits", told, methods=["POST"])]


def refuses(request: Request) -> bool:
    """Global Privacy Control, Do Not Track: this browser said no before anybody asked."""
    return "1" in (request.headers.get("Sec-GPC"), request.headers.get("DNT"))


def _cors(world: World, origin: str) -> dict[str, str]:
    """A beacon always offers cookies, and its answer must say that it may; none are read here."""
    if origin not in world.settings.sites:
        return {"Vary": "Origin"}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true", "Vary": "Origin"}
