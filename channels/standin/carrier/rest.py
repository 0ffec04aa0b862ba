"""Which of Twilio's REST paths does the stand-in answer, and with which errors?"""

from __future__ import annotations

import asyncio
import base64
import hmac
import re
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.standin.carrier.calls import API, OVER, Call
from channels.standin.carrier.exchange import Exchange
from channels.standin.carrier.leg import Leg
from channels.standin.carrier.line import live
from channels.standin.carrier.webhooks import is_loopback

E164 = re.compile(r"\+[1-9]\d{6,14}")
EARLY = 2  # webhooks before the answer, where that is the fault
ENDINGS = ("canceled", "completed")
Handler = Callable[[Request], Awaitable[Response]]


def error(status: int, code: int, message: str) -> JSONResponse:
    """An error as Twilio words it."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse({"code": code, "message": message, "more_info": more, "status": status}, status)


def refusal(form: dict[str, list[str]]) -> JSONResponse | None:
    """Why no call can be made of this order."""
    to, caller, url = (form.get(name, [""])[0] for name in ("To", "From", "Url"))
    if not to:
        return error(400, 21201, "No 'To' number is specified")
    if not caller:
        return error(400, 21213, "No 'From' number is specified")
    if not E164.fullmatch(to):
        return error(400, 21211, f"The phone number you are attempting to call, {to}, is not valid.")
    addresses = [url, *form.get("FallbackUrl", []), *form.get("StatusCallback", [])]
    if not all(map(is_loopback, addresses)):
        return error(400, 21205, f"Url is not a valid URL on this machine (practice stays here): {addresses}")
    return None


class Rest:
    """The paths under /2010-04-01."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.running: set[asyncio.Task[None]] = set()

    def routes(self) -> list[Route]:
        """Calls: create, list, fetch, update."""
        calls = f"/{API}/Accounts/{{account}}/Calls"
        return [
            Route(f"{calls}.json", self._checked(self.create), methods=["POST"]),
            Route(f"{calls}.json", self._checked(self.list), methods=["GET"]),
            Route(f"{calls}/{{sid}}.json", self._checked(self.fetch), methods=["GET"]),
            Route(f"{calls}/{{sid}}.json", self._checked(self.update), methods=["POST"]),
        ]

    def _checked(self, handler: Handler) -> Handler:
        """Basic authentication, and the account of the path must be ours."""
        options = self.exchange.options
        expected = base64.b64encode(f"{options.account}:{options.token}".encode()).decode()

        async def checked(request: Request) -> Response:
            given = request.headers.get("authorization", "").removeprefix("Basic ")
            right = hmac.compare_digest(given.encode(), expected.encode())
            if not right or request.path_params["account"] != options.account:
                return error(401, 20003, "Authenticate")
            return await handler(request)

        return checked

    async def create(self, request: Request) -> Response:
        """Place a call. It begins to ring after the answer, or at once where a fault eats the answer."""
        form = await _form(request)
        if refused := refusal(form):
            return refused
        try:
            order = _order(form)
        except ValueError as problem:
            return error(400, 20001, f"Invalid parameter: {problem}")
        fault = self.exchange.faults.take(form["To"][0])
        name = fault.fault if fault else ""
        if name == "error_429":
            return error(429, 20429, "Too Many Requests")
        leg = self.exchange.place(form["To"][0], **order, fault=name)
        answer = leg.call.resource()
        if name not in ("late_201", "error_500_after", "before_201"):
            return JSONResponse(answer, 201, background=BackgroundTask(self._begin, leg))
        await self._begin(leg)
        if name == "error_500_after":
            return error(500, 20500, "Internal Server Error")
        if name == "before_201":
            await self._reported(leg)
        else:
            await asyncio.sleep(fault.seconds if fault else 0)
        return JSONResponse(answer, 201)

    async def _begin(self, leg: Leg) -> None:
        """Let the call live beside the others; the set keeps its task from being collected."""
        self.start(live(self.exchange, leg))

    def start(self, life: Coroutine[Any, Any, None]) -> None:
        """One more call on its way."""
        task = asyncio.create_task(life)
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def _reported(self, leg: Leg) -> None:
        """Until the application was told of the call twice, or it is over."""
        while leg.call.posts < EARLY and leg.call.ended_at is None:
            await asyncio.sleep(0.001)

    async def list(self, request: Request) -> Response:
        """The calls that pass every filter, newest first, page by page."""
        query = request.query_params
        try:
            size, page = int(query.get("PageSize", 50)), int(query.get("Page", 0))
            found = [call for call in reversed(self.exchange.calls.values()) if _passes(call, query)]
        except ValueError as problem:
            return error(400, 20001, f"Invalid parameter: {problem}")
        first, uri = page * size, f"{request.url.path}?{urlencode(list(query.multi_items()))}"
        rest = {**query, "Page": str(page + 1), "PageSize": str(size)}
        body: dict[str, Any] = {
            "calls": [call.resource() for call in found[first : first + size]],
            "page": page,
            "page_size": size,
            "start": first,
            "end": min(first + size, len(found)) - 1,
            "uri": uri,
            "first_page_uri": uri,
            "previous_page_uri": None,
            "next_page_uri": f"{request.url.path}?{urlencode(rest)}" if first + size < len(found) else None,
        }
        return JSONResponse(body)

    async def fetch(self, request: Request) -> Response:
        """One call."""
        call = self.exchange.calls.get(request.path_params["sid"])
        return JSONResponse(call.resource()) if call else _unknown(request)

    async def update(self, request: Request) -> Response:
        """End a call: `canceled` only before it was answered, `completed` always."""
        call = self.exchange.calls.get(request.path_params["sid"])
        if call is None:
            return _unknown(request)
        status = (await _form(request)).get("Status", [""])[0]
        if status not in ENDINGS:
            return error(400, 20001, f"Status is {status!r}; only {' and '.join(ENDINGS)} are possible.")
        if call.status in OVER:
            return error(400, 21220, "Invalid call state: the call is over.")
        waiting = call.answered_at is None and not call.parent  # what a <Dial> rings counts as in progress
        if status == "completed" or waiting:
            call.status = "completed" if call.answered_at is not None else "canceled"
            self.exchange.legs[call.sid].hang_up()
        return JSONResponse(call.resource())


def _unknown(request: Request) -> JSONResponse:
    return error(404, 20404, f"The requested resource {request.url.path} was not found")


async def _form(request: Request) -> dict[str, list[str]]:
    return parse_qs((await request.body()).decode(errors="replace"), keep_blank_values=True)


def _order(form: dict[str, list[str]]) -> dict[str, Any]:
    """What Twilio's parameters mean for the call."""

    def one(name: str, default: str = "") -> str:
        return form.get(name, [default])[0]

    return {
        "caller": one("From"),
        "url": one("Url"),
        "fallback_url": one("FallbackUrl"),
        "status_url": one("StatusCallback"),
        "events": tuple(form.get("StatusCallbackEvent", ["completed"])),
        "ring_limit": int(one("Timeout", "60")),
        "time_limit": int(one("TimeLimit", "14400")),
        "detection": one("MachineDetection"),
    }


def _passes(call: Call, query: Any) -> bool:
    """A call that was not dialled yet has no start time, so it passes no filter on it."""
    since = query.get("StartTime>")
    started = call.started_at
    return (
        query.get("To", call.to) == call.to
        and query.get("From", call.caller) == call.caller
        and query.get("ParentCallSid", call.parent) == call.parent
        and query.get("Status", call.status) == call.status
        and (not since or (started is not None and started >= datetime.fromisoformat(since).timestamp()))
    )
