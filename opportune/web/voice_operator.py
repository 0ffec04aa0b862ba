"""How does a colleague's line reach us? Signed form posts, as all of the carrier's.

`/voice/operator/{token}` asks whom they would speak with, `/accept` brings their key, `/next` asks for the next one on
the same line, `/after` and `/status` report, `/sorry` is the fallback. `/voice/{token}/whisper` is the person's leg.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels import voice
from channels.voice import VoiceEvent
from opportune.rules.facts import Instant
from opportune.web.twilio import apply, signed_event
from opportune.work import bridged, operator_line
from opportune.work.world import World

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(world: World) -> list[Route]:
    def speaking(answer: Callable[[World, str, VoiceEvent, Instant], str]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            event = await signed_event(world, request)
            if isinstance(event, Response):
                return event
            twiml = await run_in_threadpool(apply, answer, world, request.path_params["token"], event)
            return Response(twiml, media_type="application/xml")

        return endpoint

    async def status(request: Request) -> Response:
        event = await signed_event(world, request)
        if isinstance(event, Response):
            return event
        known = await run_in_threadpool(apply, operator_line.status, world, request.path_params["token"], event)
        return Response(status_code=204 if known else 404)

    async def sorry(request: Request) -> Response:
        event = await signed_event(world, request)
        return event if isinstance(event, Response) else Response(voice.hang_up(), media_type="application/xml")

    pages: dict[str, Endpoint] = {
        "": speaking(operator_line.briefed),
        "/accept": speaking(operator_line.pressed),
        "/next": speaking(operator_line.next_one),
        "/after": speaking(operator_line.after),
        "/status": status,
        "/sorry": sorry,
    }
    own = [Route(f"/voice/operator/{{token}}{leaf}", page, methods=["POST"]) for leaf, page in pages.items()]
    return [*own, Route("/voice/{token}/whisper", speaking(bridged.whisper), methods=["POST"])]
