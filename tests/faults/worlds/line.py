"""How do we reach the carrier of a made-up world? By the production `Twilio`, on the resource that its SDK offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faults.worlds.carrier import Call, Exchange
from twilio.base.exceptions import TwilioRestException

from channels.voice import Twilio


@dataclass
class Calls:
    """`calls` of the SDK: `create`, `list`, and one of them by its CallSid."""

    exchange: Exchange

    def __getattr__(self, name: str) -> Any:
        return getattr(self.exchange, name)

    def __call__(self, sid: str) -> One:
        return One(self.exchange, sid)


@dataclass
class One:
    """`calls(sid)` of the SDK."""

    exchange: Exchange
    sid: str

    def fetch(self) -> Call:
        self.exchange.reach()
        if self.sid not in self.exchange.calls:
            raise TwilioRestException(404, "/Calls", "no such call", 20404)
        return self.exchange.calls[self.sid]

    def update(self, *, status: str) -> Call:
        call = self.fetch()
        self.exchange.around.note("asked to end", call.token, call.sid, status)
        if status == "completed" and call.status in ("in-progress", "ringing", "queued"):
            self.exchange.end(call, "completed" if call.status == "in-progress" else "canceled")
        elif status == "canceled" and call.status in ("queued", "ringing") and not call.line:  # no leg of a <Dial>
            self.exchange.end(call, "canceled")
        return call


class Line(Twilio):
    """The production carrier, whose SDK talks to the exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._calls = Calls(exchange)
