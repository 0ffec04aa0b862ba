"""How does a colleague's line reach us? Signed form posts, as all of the carrier's.

`/voice/operator/{token}` asks whom they would speak with, `/accept` brings their key, `/next` asks for the next one on
the same line, `/after` and `/status` report, `/sorry` is the fallback. `/voice/{token}/whisper` is the person's leg.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels import voice
from opportune.web.twilio import Endpoint, reporting, signed_event, speaking
from opportune.work import bridged, operator_line
from opportune.work.world import World


def routes(world: World) -> list[Route]:
    async def sorry(request: Request) -> Response:
        event = await signed_event(world, request)
        return event if isinstance(event, Response) else Response(voice.hang_up(), media_type="application/xml")

    pages: dict[str, Endpoint] = {
        "": speaking(world, operator_line.briefed),
        "/accept": speaking(world, operator_line.pressed),
        "/next": speaking(world, operator_line.next_one),
        "/after": speaking(world, operator_line.after),
        "/status": reporting(world, operator_line.status),
        "/sorry": sorry,
    }
    own = [Route(f"/voice/operator/{{token}}{leaf}", page, methods=["POST"]) for leaf, page in pages.items()]
    return [*own, Route("/voice/{token}/whisper", speaking(world, bridged.whisper), methods=["POST"])]
