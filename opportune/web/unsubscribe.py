"""How does a reader say "no more"? One click (RFC 8058): POST acts, GET only shows a button, for link scanners fetch.

Works without login or cookie, for ever, and answers the same whatever the token: nothing can be learned by guessing.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from opportune.web.consent_pages import Words, words_of
from opportune.web.limits import slowed
from opportune.web.page import page
from opportune.work import optout
from opportune.work.world import World


def routes(world: World) -> list[Route]:
    def shown(words: Words, title: str, body: str) -> Response:
        return page(words[title], body, practice=world.settings.practice, language=words["language"])

    async def show(request: Request) -> Response:
        words = words_of(request)
        button = f'<form method="post"><button type="submit">{words["stop_button"]}</button></form>'
        return shown(words, "stop_title", f"<p>{words['stop_ask']}</p>{button}")

    async def act(request: Request) -> Response:
        ours = await run_in_threadpool(optout.by_token, world, request.path_params["token"], world.clock.now())
        words = words_of(request)
        done = shown(words, "stop_done_title", f"<p>{words['stop_done']}</p>")
        return slowed(world, request, done, wrong=not ours)

    return [Route("/u/{token}", show, methods=["GET"]), Route("/u/{token}", act, methods=["POST"])]
