"""How do a rehearsal and a test steer the stand-in and count what it saw? (`/_sim/…` and the page)"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from channels.standin.carrier.exchange import Exchange
from channels.standin.carrier.page import page

MOST_EVENTS = 10_000


class Control:
    """The paths that Twilio does not have."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def routes(self) -> list[Route]:
        """What may be set and what may be asked."""
        return [
            Route("/_sim/callees", self.callees, methods=["POST"]),
            Route("/_sim/clock", self.clock, methods=["GET", "POST"]),
            Route("/_sim/faults", self.faults, methods=["POST"]),
            Route("/_sim/busy", self.busy),
            Route("/_sim/log", self.log),
            Route("/_sim/stats", self.stats),
            Route("/", self.page),
            Route("/phone", self.phone),
        ]

    async def callees(self, request: Request) -> Response:
        """`{number: "script" | {script: weight}}`."""
        return await _take(request, self.exchange.callees.register)

    async def clock(self, request: Request) -> Response:
        """`{"now": epoch}` stands still, `{"offset": seconds}` runs."""
        if request.method == "POST":
            answer = await _take(request, self._set_clock)
            if answer.status_code != 200:
                return answer
        return JSONResponse({"now": self.exchange.clock.now()})

    def _set_clock(self, message: dict[str, Any]) -> None:
        if "now" in message:
            self.exchange.clock.stand_at(int(message["now"]))
        else:
            self.exchange.clock.run_with(int(message["offset"]))

    async def faults(self, request: Request) -> Response:
        """`{"to": number | "*", "fault": name, "times": n, "seconds": how late a late_201 is}`."""
        return await _take(request, self.exchange.faults.order)

    async def busy(self, request: Request) -> Response:
        """Calls that go on by themselves (not those that wait for a person); `?wait=SECONDS` answers once there are
        none, or when time is up."""
        try:
            patience = time.monotonic() + float(request.query_params.get("wait", 0))
        except ValueError:
            return JSONResponse({"error": "wait is a number of seconds"}, 400)
        while self.exchange.busy() and time.monotonic() < patience:
            await asyncio.sleep(0.001)
        return JSONResponse({"open": self.exchange.busy()})

    async def log(self, request: Request) -> Response:
        """Events with an id above `after`."""
        query = request.query_params
        try:
            last, limit = int(query.get("after", 0)), int(query.get("limit", MOST_EVENTS))
        except ValueError:
            return JSONResponse({"error": "after and limit are whole numbers"}, 400)
        return JSONResponse(self.exchange.log.after(last, limit))

    async def stats(self, _request: Request) -> Response:
        """What was seen, in numbers."""
        return JSONResponse(self.exchange.stats())

    async def page(self, _request: Request) -> Response:
        """The latest calls, for people."""
        return HTMLResponse(page(self.exchange))

    async def phone(self, _request: Request) -> Response:
        """To the page with a telephone: the application serves it, since it also tells what the campaign does."""
        address = self.exchange.options.telephone
        told = "No telephone is connected: `opportune up --practice` starts one and says where it is."
        return RedirectResponse(address) if address else PlainTextResponse(told, 404)


async def _take(request: Request, use: Callable[[dict[str, Any]], None]) -> Response:
    try:
        use(await request.json())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return JSONResponse({"error": f"{request.url.path} cannot use this: {error}"}, 400)
    return JSONResponse({"ok": True})
