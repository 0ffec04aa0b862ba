"""How does a call that comes in reach us? The voice address of every number of ours is `/voice/inbound`.

`/keys` brings keys, `/after` and `/queue` the end of a talk and of waiting, `/wait` what is heard on hold, `/left` and
`/text` a message, `/brief` is the colleague's ear, `/status` the end; `/sorry` is the fallback, and needs no database.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.voice import VoiceEvent
from opportune.rules.facts import Instant
from opportune.web.twilio import committed, signed_event
from opportune.work import apologies, inbound, inbound_ends
from opportune.work.inbound_words import PATH
from opportune.work.world import World

Work = Callable[[World, VoiceEvent, Instant], str]
ANSWERS: dict[str, Work] = {
    "": inbound.greet,
    "/keys": inbound.keys,
    "/after": inbound.after,
    "/queue": inbound.from_queue,
    "/wait": inbound.wait,
    "/left": inbound.left,
    "/brief": inbound.brief,
}
REPORTS: dict[str, Work] = {"/status": inbound.status, "/text": inbound.text}


def routes(world: World) -> list[Route]:
    """Raises SettingError where the opening hours cannot be read."""
    inbound_ends.hours(world.settings)
    answers = [_route(world, leaf, work, reports=False) for leaf, work in ANSWERS.items()]
    reports = [_route(world, leaf, work, reports=True) for leaf, work in REPORTS.items()]
    return [*answers, *reports, _route(world, "/sorry", apologies.to_caller, reports=False)]


def _route(world: World, leaf: str, work: Work, *, reports: bool) -> Route:
    async def endpoint(request: Request) -> Response:
        event = await signed_event(world, request)
        if isinstance(event, Response):
            return event
        if leaf == "/brief":  # asked for the colleague's leg; the call that came in is its parent
            event = replace(event, sid=event.raw.get("ParentCallSid") or event.sid)
        twiml = await run_in_threadpool(_committed, work, world, event)
        return Response(status_code=204) if reports else Response(twiml, media_type="application/xml")

    kind: Callable[[Request], Awaitable[Response]] = endpoint
    return Route(f"{PATH}{leaf}", kind, methods=["POST"])


def _committed(work: Work, world: World, event: VoiceEvent) -> str:
    """What this answers may be told to Twilio, since it is committed."""
    return committed(work(world, event, world.clock.now()))
