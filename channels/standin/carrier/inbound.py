"""How does a call come in: somebody dials a number of ours, and the carrier asks the application what to say?

Rooms for it: `/_sim/numbers` says whom to ask, as IncomingPhoneNumbers do at Twilio, and `/_sim/inbound` lets a
scripted caller, or a person at the page, dial.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.standin.carrier.callees import script
from channels.standin.carrier.conversation import Conversation, Next
from channels.standin.carrier.exchange import Exchange, OurNumber
from channels.standin.carrier.leg import HungUp, Leg
from channels.standin.carrier.reports import Reports
from channels.standin.carrier.verbs import VERBS
from channels.standin.carrier.webhooks import is_loopback

CALLER = {"from": "caller", "caller_name": "caller_name", "words": "words"}


class Inbound:
    """The paths for calls that come in; `start` lets one live."""

    def __init__(self, exchange: Exchange, start: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self.exchange, self.start = exchange, start

    def routes(self) -> list[Route]:
        """Whom to ask, and a caller."""
        return [
            Route("/_sim/numbers", self.numbers, methods=["POST"]),
            Route("/_sim/inbound", self.inbound, methods=["POST"]),
        ]

    async def numbers(self, request: Request) -> Response:
        """`{number | "*": {"voice_url": …, "fallback_url": …, "status_url": …}}`."""
        try:
            told = {number: OurNumber(**urls) for number, urls in (await request.json()).items()}
        except (ValueError, TypeError, AttributeError) as problem:
            return _refused(f"/_sim/numbers cannot use this: {problem}")
        for urls in told.values():
            for url in filter(None, (urls.voice_url, urls.fallback_url, urls.status_url)):
                if not is_loopback(url):
                    return _refused(f"{url} is not on this machine; practice stays here.")
        self.exchange.our_numbers |= told
        return JSONResponse({"ok": True})

    async def inbound(self, request: Request) -> Response:
        """`{"from", "to", "script", "caller_name", "words"}`: the call, which then lives by itself."""
        try:
            told: dict[str, str] = await request.json()
            to, acts = told["to"], told.get("script", "human")
            answers = script(acts).answers
            known = {CALLER[name]: value for name, value in told.items() if name not in ("to", "script")}
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            return _refused(f"/_sim/inbound cannot use this: {problem!r}")
        ours = self.exchange.our_numbers.get(to) or self.exchange.our_numbers.get("*")
        if ours is None or answers not in ("human", "phone") or not known.get("caller"):
            return _refused("Give from, to (told to /_sim/numbers before) and a script of a person who can speak.")
        leg = self._enter(to, acts, ours, known)
        self.start(answer(self.exchange, leg))
        return JSONResponse({"sid": leg.call.sid}, 201)

    def _enter(self, to: str, acts: str, ours: OurNumber, known: dict[str, str]) -> Leg:
        now = self.exchange.clock.now()
        state: dict[str, Any] = {"inbound": True, "status": "ringing", "started_at": now} | known
        state |= {"url": ours.voice_url, "fallback_url": ours.fallback_url, "status_url": ours.status_url}
        return self.exchange.enter(to, (known["caller"], now), acts, **state)


async def answer(exchange: Exchange, leg: Leg) -> None:
    """From the first question for words to the one report that a call coming in has: its end."""
    call = leg.call
    reports = Reports(leg, exchange.webhooks)
    try:
        async with exchange.lines:
            try:
                await Conversation(exchange, leg, VERBS, call.url).hold(Next(call.url))
            except HungUp:
                leg.over = True
            done = ("completed", 200) if call.answered_at is not None else (leg.refused or "no-answer", 487)
            await reports.over(*done)
    finally:
        exchange.legs.pop(call.sid, None)


def _refused(words: str) -> JSONResponse:
    return JSONResponse({"error": words}, 400)
