"""What can a person at the page do with a phone, and what do they see on it?

A number with the script `phone` rings there. `GET /_sim/phone` lists the phones that ring or talk; each is answered,
declined, hung up and typed on by `POST /_sim/phone/{sid}/answer|decline|hangup|press`.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.standin.carrier.exchange import Exchange
from channels.standin.carrier.leg import Leg

KEYS = frozenset("0123456789*#")


class Phone:
    """The paths of the telephone page."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def routes(self) -> list[Route]:
        """What rings, and what a person does with it."""
        one = "/_sim/phone/{sid}"
        return [
            Route("/_sim/phone", self.ringing),
            Route(one, self.shown),
            Route(f"{one}/answer", self._act(self.answer), methods=["POST"]),
            Route(f"{one}/decline", self._act(self.decline), methods=["POST"]),
            Route(f"{one}/hangup", self._act(self.hang_up), methods=["POST"]),
            Route(f"{one}/press", self.press, methods=["POST"]),
        ]

    async def ringing(self, request: Request) -> Response:
        """`[phone, …]`, oldest first; `?number=` for one number alone."""
        number = request.query_params.get("number")
        phones = [leg for leg in self.exchange.legs.values() if leg.script.answers == "phone"]
        return JSONResponse([_seen(leg) for leg in phones if number in (None, _number(leg))])

    async def shown(self, request: Request) -> Response:
        """One phone; after its call is over, what is left to read of it, also on an answering machine."""
        call = self.exchange.calls.get(request.path_params["sid"])
        if call is None or call.script not in ("phone", "machine"):
            return _missing(request)
        leg = self.exchange.legs.get(call.sid)
        over = {"sid": call.sid, "status": call.status, "heard": call.heard, "pressed": call.pressed, "over": True}
        return JSONResponse(_seen(leg) if leg else over)

    def _act(self, what: Any) -> Any:
        async def acted(request: Request) -> Response:
            leg = self._leg(request)
            if leg is None:
                return _missing(request)
            what(leg)
            leg.wake()
            return JSONResponse(_seen(leg))

        return acted

    def answer(self, leg: Leg) -> None:
        """Pick up."""
        leg.picked_up = True

    def decline(self, leg: Leg) -> None:
        """Say no without speaking."""
        leg.refused = leg.refused or "busy"

    def hang_up(self, leg: Leg) -> None:
        """Put it down; while it rings, that is a no."""
        if leg.call.answered_at is None and not leg.call.inbound:
            return self.decline(leg)
        leg.note("callee_hangs_up")
        leg.over = True

    async def press(self, request: Request) -> Response:
        """`{"keys": "1"}`."""
        leg = self._leg(request)
        if leg is None:
            return _missing(request)
        try:
            keys = str((await request.json())["keys"])
        except (ValueError, KeyError, TypeError):
            keys = ""
        if not keys or set(keys) - KEYS or leg.call.answered_at is None:
            return JSONResponse({"error": 'Give {"keys": "…"} of 0-9, * and #, to a phone that was answered.'}, 400)
        leg.typed += keys
        leg.wake()
        return JSONResponse(_seen(leg))

    def _leg(self, request: Request) -> Leg | None:
        leg = self.exchange.legs.get(request.path_params["sid"])
        return leg if leg and leg.script.answers == "phone" else None


def _number(leg: Leg) -> str:
    """The person's own number: they are called, or call us."""
    return leg.call.caller if leg.call.inbound else leg.call.to


def _seen(leg: Leg) -> dict[str, Any]:
    """What a phone shows."""
    call = leg.call
    return {
        "sid": call.sid,
        "number": _number(leg),
        "other": call.to if call.inbound else call.caller,
        "inbound": call.inbound,
        "status": call.status,
        "heard": call.heard,
        "pressed": call.pressed,
        "asking": leg.asking,
        "recording": leg.recording,  # the tone was heard: a key or hanging up ends it
        "answered_at": call.answered_at,
        "now": max(call.now, leg.house.clock.now()),
        "over": leg.over,
        "beside": next((child.call.status for child in leg.children), None),  # the phone we are put through to
    }


def _missing(request: Request) -> JSONResponse:
    return JSONResponse({"error": f"no phone has the call {request.path_params['sid']}, or it is over"}, 404)
