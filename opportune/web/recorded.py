"""Where does the carrier find words that a person recorded?"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from opportune.work import recorded
from opportune.work.world import World

FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


def routes(world: World) -> list[Route]:
    def said(request: Request) -> Response:
        file = recorded.found(world.settings.templates, request.path_params["name"])
        if file is None:
            return Response("no such recording", status_code=404)
        return FileResponse(file, media_type=recorded.KINDS[file.suffix], headers=FOR_EVER)

    return [Route("/voice/said/{name}", said, methods=["GET", "HEAD"])]
