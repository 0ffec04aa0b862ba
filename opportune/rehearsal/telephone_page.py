"""Where does somebody play being called? `/telephone` of a web application that only practice starts.

`python -m opportune.rehearsal.telephone_page --port N --mailbox URL` serves the house of `telephone`: the page, and the
webhooks, forms and unsubscribe links of its calls and mails. The application of production has none of these routes.
The page speaks with this address only; we pass on to the stand-in what is pressed.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
import time
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from opportune.app import build
from opportune.rehearsal import handset
from opportune.rehearsal.server import end_with
from opportune.rehearsal.telephone import PLACES, Busy, Telephone, open_house
from opportune.rehearsal.telephone_story import Mailbox, story
from opportune.settings import settings
from opportune.web.body import small_body
from opportune.web.origin import same_origin
from opportune.work.whom import NotFound

HERE = Path(__file__).parent
LONGEST = 80  # of a name
FILES = {"telephone.html": "text/html", "telephone.css": "text/css", "telephone.js": "text/javascript"}
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
Handler = Callable[[Request], Awaitable[Response]]


class Page:
    """The page and what it asks."""

    def __init__(self, house: Telephone, mailbox: Mailbox) -> None:
        self.house, self.mailbox = house, mailbox

    def routes(self) -> list[Route]:
        one = "/telephone/{contact:int}"
        return [
            Route("/", _to_page, methods=["GET"]),
            Route("/telephone", self.file, methods=["GET"]),
            Route("/telephone", _guarded(self.welcome), methods=["POST"]),
            Route(one, _guarded(self.look), methods=["GET"]),
            Route(f"{one}/go", _guarded(self.go), methods=["POST"]),
            Route(f"{one}/do", _guarded(self.do), methods=["POST"]),
            Route("/telephone/{name}", self.file, methods=["GET"]),
        ]

    async def file(self, request: Request) -> Response:
        name = request.path_params.get("name", "telephone.html")
        if name not in FILES:
            return JSONResponse({"error": "there is no such page"}, 404)
        return FileResponse(HERE / name, media_type=FILES[name], headers=HEADERS)

    async def welcome(self, request: Request) -> Response:
        given = await _object(request)
        name, language = " ".join(str(given.get("name", "")).split()), given.get("language")
        if not name or len(name) > LONGEST or not name.isprintable():
            raise ValueError(f"Your name, please: one to {LONGEST} characters.")
        if language not in PLACES:
            raise ValueError(f"language: one of {', '.join(PLACES)}.")
        return JSONResponse({"contact": await run_in_threadpool(self.house.welcome, name, language)}, 201)

    async def look(self, request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._look, request.path_params["contact"]))

    def _look(self, contact: int) -> dict[str, Any]:
        told = story(self.house, contact, self.mailbox)
        return {"line": handset.look(self.house.carrier, told["number"]), "story": told}

    async def go(self, request: Request) -> Response:
        machine = (await _object(request)).get("machine") is True
        await run_in_threadpool(partial(self.house.go_on, request.path_params["contact"], machine=machine))
        return JSONResponse({})

    async def do(self, request: Request) -> Response:
        given = await _object(request)
        deed, key = str(given.get("do")), str(given.get("key", ""))
        await run_in_threadpool(self._do, request.path_params["contact"], deed, key)
        return JSONResponse({})

    def _do(self, contact: int, deed: str, key: str) -> None:
        handset.do(self.house.carrier, self.house.number(contact), deed, key)


async def _to_page(_request: Request) -> Response:
    return RedirectResponse("/telephone")


async def _object(request: Request) -> dict[str, Any]:
    given = json.loads(await small_body(request) or b"")
    if not isinstance(given, dict):
        raise ValueError("send a JSON object")
    return given


def _guarded(handler: Handler) -> Handler:
    """What is wrong with a request is said in a sentence; another site's page gets nothing."""

    @wraps(handler)
    async def guarded(request: Request) -> Response:
        if not same_origin(request):
            return JSONResponse({"error": "posted from another site"}, 403)
        try:
            return await handler(request)
        except NotFound:
            return JSONResponse({"error": "nobody here has this telephone: ring somebody anew"}, 404)
        except Busy:
            return JSONResponse({"error": "the call is still going on"}, 409)
        except httpx.HTTPError:
            away = "the stand-ins of practice do not answer: end `opportune up --practice` and start it again"
            return JSONResponse({"error": away}, 503)
        except ValueError as wrong:
            return JSONResponse({"error": str(wrong)}, 422)

    return guarded


def application(house: Telephone, mailbox: Mailbox) -> Starlette:
    """The web application over the small house, and the page before it."""
    app = build(house.world, with_board=False)
    app.routes[:0] = Page(house, mailbox).routes()
    return app


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m opportune.rehearsal.telephone_page", description="A telephone.")
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1")
    parser.add_argument("--mailbox", required=True, help="address of the practice mailbox")
    parser.add_argument("--offset", type=int, default=0, help="seconds that practice is ahead of us")
    given = parser.parse_args()
    address = f"http://127.0.0.1:{given.port}"
    house = open_house(
        settings().model_copy(update={"port": given.port, "public_url": address}), int(time.time()) + given.offset
    )
    for work, told in ((house.live, threading.Event()), (end_with, os.getppid())):
        threading.Thread(target=work, args=(told,), daemon=True).start()
    app = application(house, Mailbox(given.mailbox))
    uvicorn.run(app, host="127.0.0.1", port=given.port, lifespan="off", log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
