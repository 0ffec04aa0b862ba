"""How does a reader say "no more"? One click (RFC 8058): POST acts, GET only shows a button, for link scanners fetch.

Works without login or cookie, for ever, and answers the same whatever the token: nothing can be learned by guessing.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from opportune.web.limits import slowed
from opportune.web.page import page
from opportune.work import optout
from opportune.work.world import World

DONE = "<p>You will not hear from us again, by mail or by phone. This took effect at once.</p>"
ASK = (
    "<p>One click, and we will neither write to you nor call you again.</p>"
    '<form method="post"><button type="submit">Do not contact me again</button></form>'
)


def routes(world: World) -> list[Route]:
    async def show(_request: Request) -> Response:
        return page("Do not contact me again?", ASK, practice=world.settings.practice)

    async def act(request: Request) -> Response:
        ours = await run_in_threadpool(optout.by_token, world, request.path_params["token"], world.clock.now())
        done = page("Done", DONE, practice=world.settings.practice)
        return slowed(world, request, done, wrong=not ours)

    return [Route("/u/{token}", show, methods=["GET"]), Route("/u/{token}", act, methods=["POST"])]
