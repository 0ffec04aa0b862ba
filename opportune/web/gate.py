"""Who is at the door? One gate before every page: the table of `work.access` says who may pass, the cookie who it is.

It stands before the router: what is in no row of the table never reaches a page, whatever a page would have answered.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from opportune.store.db import UNSTORABLE
from opportune.store.users import User
from opportune.web.away import away
from opportune.web.login_words import words
from opportune.web.origin import same_origin
from opportune.web.page import page
from opportune.work import access, sessions
from opportune.work.access import Row
from opportune.work.world import World

LOOPBACK = ("127.0.0.1", "::1", "localhost", "[::1]")
ACTS = ("POST", "PUT", "PATCH", "DELETE")
#: A page that renews itself says so with each question (board.js): nobody need be there to ask.
BY_ITSELF = "x-by-itself"
#: What a page behind the gate tells the browser, unless it says otherwise itself.
KEPT_CLOSE = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "content-security-policy": "frame-ancestors 'self'",
}


class Gate:
    """ASGI middleware. Behind it `scope["state"]["user"]` is the `User` who is signed in."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self.app, self.world = app, world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] != "http":  # we have no sockets to offer
            return await send({"type": "websocket.close", "code": 1008})
        row = access.row(scope["method"], scope["path"])
        if row is not None and row.who == "anyone":
            return await self.app(scope, receive, send)
        request = Request(scope, receive)
        try:
            let = await self._judge(request, row)
        except UNSTORABLE as error:
            let = await away(request, error)
        if isinstance(let, Response):
            return await let(scope, receive, send)
        scope["state"] = {**scope.get("state", {}), "user": let}
        await self.app(scope, receive, _close(send))

    async def _judge(self, request: Request, row: Row | None) -> User | Response:
        if row is None or (row.who == "practice" and not self.world.settings.practice):
            return _nowhere(request)
        if request.method in ACTS and not same_origin(request):
            no = "posted from another site"
            as_json = request.headers.get("content-type", "").startswith("application/json")
            return JSONResponse({"error": no}, 403) if as_json else PlainTextResponse(no, 403)
        by_itself = row.passive or BY_ITSELF in request.headers  # whoever claims it only loses
        user = await reader(self.world, request, passive=by_itself)
        if user is None:
            return _sign_in_first(request)
        if row.who == "practice" or user.role in row.who:
            return user
        said = words(request, "desk")
        told = said["not_for_role"].format(role=words(request)[user.role])
        body = f'<p>{told}</p><p><a href="/">{said["back"]}</a></p>'
        return page(said["not_for_you"], body, status=403, language=said["language"])


async def reader(world: World, request: Request, *, passive: bool = False) -> User | None:
    """Who asks; None for a stranger. In practice everybody at this machine is the same one."""
    known: User | None = request.scope.get("state", {}).get("user")
    if known is not None:
        return known
    if world.settings.practice and _here(request):
        return sessions.PRACTICE
    token = request.cookies.get(cookie_name(world, request), "")
    return await run_in_threadpool(sessions.reader, world, token, passive=passive) if token else None


def insider(request: Request) -> User:
    """Who came through the gate."""
    user: User = request.state.user
    return user


def _here(request: Request) -> bool:
    """From this machine, under one of its own names: a page elsewhere cannot ask in its reader's name (rebinding)."""
    return request.client is not None and request.client.host in LOOPBACK and request.url.hostname in LOOPBACK


def cookie_name(world: World, request: Request) -> str:
    """Under https a name that a browser takes from this host only, never from a neighbour in its domain. Through a
    tunnel to this machine there is no https, and nobody between."""
    secure = world.settings.public_url.startswith("https://") and not _here(request)
    return "__Host-opportune" if secure else "opportune"


def _nowhere(request: Request) -> Response:
    """As the router would say it; a slash too many at the end is forgiven."""
    path: str = request.scope["path"]
    if request.method == "GET" and path.endswith("/") and access.row("GET", path.rstrip("/")):
        return RedirectResponse(quote(path.rstrip("/")), status_code=307)
    if any(row.who != "practice" for row in access.rows(path)):
        return PlainTextResponse("this address takes other methods", status_code=405)
    return PlainTextResponse("nothing here", status_code=404)


def _sign_in_first(request: Request) -> Response:
    """A person is led to the login and back; a program, and a page within a page, hear it in words."""
    dest = request.headers.get("sec-fetch-dest", "document")
    if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse("sign in first", status_code=401)
    if dest != "document":
        said = words(request, "desk")
        again = f'<p><a href="/login?next=/desk" target="_top">{said["sign_in_again"]}</a></p>'
        return page(said["signed_out"], again, status=401, within=True, language=said["language"])
    query = request.scope["query_string"].decode("ascii", "replace")
    asked = quote(request.scope["path"]) + (f"?{query}" if query else "")
    return RedirectResponse(f"/login?next={quote(asked, safe='')}", status_code=303)


def _close(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            _set_defaults(message)
        await send(message)

    return sending


def _set_defaults(message: MutableMapping[str, Any]) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in KEPT_CLOSE.items():
        headers.setdefault(name, value)
