"""How are calls placed, listed, fetched, ended and led elsewhere by the API?"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.standin.carrier.calls import OVER, Call
from channels.standin.carrier.exchange import Exchange
from channels.standin.carrier.faults import Fault
from channels.standin.carrier.leg import Leg
from channels.standin.carrier.line import live
from channels.standin.carrier.refusals import error, refusal, strange
from channels.standin.carrier.rest import Rest, form_of, paged, unknown
from channels.standin.carrier.webhooks import is_loopback

ENDINGS = ("canceled", "completed")
FILTERS = {"To", "From", "Status", "ParentCallSid", "StartTime>", "PageSize", "Page"}
EARLY = 2  # finished webhooks before the answer, where that is the fault


class Calls:
    """The Calls resource."""

    def __init__(self, exchange: Exchange, rest: Rest) -> None:
        self.exchange, self.rest = exchange, rest

    def routes(self) -> list[Route]:
        """Create, list, fetch, update."""
        return [
            self.rest.route("Calls", self.create, "POST"),
            self.rest.route("Calls", self.list),
            self.rest.route("Calls/{sid}", self.fetch),
            self.rest.route("Calls/{sid}", self.update, "POST"),
        ]

    async def create(self, request: Request) -> Response:
        """Place a call. It begins to ring after the answer, or at once where a fault eats the answer."""
        form = await form_of(request)
        to = form.get("To", [""])[0]
        if refused := refusal(form, self.exchange.callees.knows(to)):
            return refused
        try:
            order = _order(form)
        except ValueError as problem:
            return error(20001, f"Invalid parameter: {problem}")
        fault = self.exchange.faults.take(to) or Fault(to, "")
        if fault.refuses:
            return error(fault.refuses, "Refused on purpose, by /_sim/faults")
        leg = self.exchange.place(to, **order, fault=fault.fault)
        self.exchange.log.flush()
        answer = JSONResponse(leg.call.resource(), 201)
        if not fault.at_once:
            answer.background = BackgroundTask(self._begin, leg)
            return answer
        await self._begin(leg)
        return await self._troubled(leg, fault, answer)

    async def _begin(self, leg: Leg) -> None:
        self.rest.start(live(self.exchange, leg))

    async def _troubled(self, leg: Leg, fault: Fault, answer: Response) -> Response:
        """The call lives already; its answer comes late, or wrong, or after the first reports."""
        if fault.fault == "error_500_after":
            return error(20500, "Internal Server Error")
        if fault.fault == "late_201":
            await asyncio.sleep(fault.seconds)
        while fault.fault == "before_201" and leg.call.posts <= EARLY and leg.call.ended_at is None:
            await asyncio.sleep(0.001)
        return answer

    async def list(self, request: Request) -> Response:
        """The calls that pass every filter, newest first, page by page."""
        query = request.query_params
        if refused := strange(set(query), FILTERS):
            return refused
        try:
            found = [call for call in reversed(self.exchange.calls.values()) if _passes(call, query)]
        except ValueError as problem:
            return error(20001, f"Invalid parameter: {problem}")
        return paged(request, "calls", found, Call.resource)

    async def fetch(self, request: Request) -> Response:
        """One call."""
        call = self.exchange.calls.get(request.path_params["sid"])
        return JSONResponse(call.resource()) if call else unknown(request)

    async def update(self, request: Request) -> Response:
        """End a call, or lead one in progress to another document."""
        call = self.exchange.calls.get(request.path_params["sid"])
        if call is None:
            return unknown(request)
        form = {name: values[0] for name, values in (await form_of(request)).items()}
        if refused := strange(set(form), {"Status", "Url", "Twiml", "Method"}):
            return refused
        if "Status" in form and form["Status"] not in ENDINGS:
            return error(20001, f"Status is {form['Status']!r}; only {' and '.join(ENDINGS)} are possible.")
        if call.status in OVER or call.sid not in self.exchange.legs:
            return error(21220, "Invalid call state: the call is over.")
        leg = self.exchange.legs[call.sid]
        return self._end(leg, form["Status"]) if "Status" in form else self._lead(leg, form)

    def _end(self, leg: Leg, status: str) -> Response:
        """`canceled` only before it was answered, `completed` always. What a <Dial> rings counts as in progress."""
        call = leg.call
        waiting = call.answered_at is None and not call.parent
        if status == "completed" or waiting:
            call.status = "completed" if call.answered_at is not None else "canceled"
            leg.hang_up()
        return JSONResponse(call.resource())

    def _lead(self, leg: Leg, form: dict[str, str]) -> Response:
        url, twiml = form.get("Url", ""), form.get("Twiml", "")
        if leg.call.parent or leg.call.answered_at is None:
            return error(
                21220, "Invalid call state: only a call in progress that no <Dial> made is led elsewhere here."
            )
        if not twiml and not is_loopback(url):
            return error(21205, f"Url is not a valid URL on this machine (practice stays here): {url!r}")
        leg.redirect = (url, "" if url else twiml)
        leg.wake()
        return JSONResponse(leg.call.resource())


def _order(form: dict[str, list[str]]) -> dict[str, Any]:
    """What Twilio's parameters mean for the call."""

    def one(name: str, default: str = "") -> str:
        return form.get(name, [default])[0]

    return {
        "caller": one("From"),
        "url": one("Url"),
        "twiml": "" if one("Url") else one("Twiml"),
        "fallback_url": one("FallbackUrl"),
        "status_url": one("StatusCallback"),
        "events": tuple(form.get("StatusCallbackEvent", ["completed"])),
        "ring_limit": int(one("Timeout", "60")),
        "time_limit": int(one("TimeLimit", "14400")),
        "detection": "" if one("SendDigits") else one("MachineDetection"),
    }


def _passes(call: Call, query: Any) -> bool:
    """A call that was not dialled yet has no start time, so it passes no filter on it."""
    since = query.get("StartTime>")
    started = call.started_at
    return (
        query.get("To", call.to) == call.to
        and query.get("From", call.caller) == call.caller
        and query.get("Status", call.status) == call.status
        and query.get("ParentCallSid", call.parent) == call.parent
        and (not since or (started is not None and started >= datetime.fromisoformat(since).timestamp()))
    )
