"""How does the stand-in take Twilio's REST requests: who may ask, how are lists paged, what is no resource?"""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.standin.carrier.calls import API
from channels.standin.carrier.exchange import Exchange
from channels.standin.carrier.refusals import error

Handler = Callable[[Request], Awaitable[Response]]
Resource = dict[str, Any]


class Rest:
    """What the paths under /2010-04-01 share."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.running: set[asyncio.Task[None]] = set()

    def route(self, path: str, handler: Handler, method: str = "GET") -> Route:
        """One path of our account's."""
        return Route(f"/{API}/Accounts/{{account}}/{path}.json", self._checked(handler), methods=[method])

    def _checked(self, handler: Handler) -> Handler:
        """Basic authentication, and the account of the path must be ours."""
        options = self.exchange.options
        expected = base64.b64encode(f"{options.account}:{options.token}".encode()).decode()

        async def checked(request: Request) -> Response:
            given = request.headers.get("authorization", "").removeprefix("Basic ")
            right = hmac.compare_digest(given.encode(), expected.encode())
            if not right or request.path_params["account"] != options.account:
                return error(20003, "Authenticate")
            return await handler(request)

        return checked

    def start(self, life: Coroutine[Any, Any, None]) -> None:
        """One more call on its way, beside the others; the set keeps its task from being collected."""
        task = asyncio.create_task(life)
        self.running.add(task)
        task.add_done_callback(self.running.discard)


def unknown(request: Request) -> JSONResponse:
    """There is no such thing."""
    return error(20404, f"The requested resource {request.url.path} was not found")


async def form_of(request: Request) -> dict[str, list[str]]:
    """The parameters of a POST."""
    return parse_qs((await request.body()).decode(errors="replace"), keep_blank_values=True)


def paged(request: Request, name: str, found: Sequence[Any], shown: Callable[[Any], Resource]) -> Response:
    """One page of a list, as Twilio turns pages."""
    query = request.query_params
    try:
        size, page = int(query.get("PageSize", 50)), int(query.get("Page", 0))
    except ValueError as problem:
        return error(20001, f"Invalid parameter: {problem}")
    first, uri = page * size, f"{request.url.path}?{urlencode(list(query.multi_items()))}"
    rest = {**query, "Page": str(page + 1), "PageSize": str(size)}
    return JSONResponse(
        {
            name: [shown(each) for each in found[first : first + size]],
            "page": page,
            "page_size": size,
            "start": first,
            "end": min(first + size, len(found)) - 1,
            "uri": uri,
            "first_page_uri": uri,
            "previous_page_uri": None,
            "next_page_uri": f"{request.url.path}?{urlencode(rest)}" if first + size < len(found) else None,
        }
    )
