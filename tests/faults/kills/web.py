"""Our web application as a process that may die, and a visitor who tries again until somebody answers.

The listening socket belongs to the experiment: who knocks while no application lives waits for the next one.
"""

from __future__ import annotations

import http.client
import logging
import os
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import uvicorn
from faults.kills.home import ACCOUNT, TOKEN, Home
from starlette.applications import Starlette

from channels.standin.carrier.webhooks import sign
from opportune import faults
from opportune.web import forms, twilio, unsubscribe, voice_inbound, voice_operator
from opportune.web.away import HANDLERS

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TIMEOUT = 30
ROOMS = (twilio, voice_operator, voice_inbound, forms, unsubscribe)


def application(home: Home, armed: Callable[[str], None] | None = None) -> Callable[[], None]:
    """The application to be forked, without the board."""

    def serve() -> None:
        logging.disable(logging.CRITICAL)
        faults.arm(armed)
        world = home.open(f"web-{os.getpid()}")
        routes = [route for room in ROOMS for route in room.routes(world)]
        app = Starlette(routes=routes, exception_handlers=HANDLERS)
        config = uvicorn.Config(app, log_config=None, lifespan="off", access_log=False)
        uvicorn.Server(config).run(sockets=[home.sockets["web"].dup()])

    return serve


class Visitor:
    """One connection, kept open; a new one after each failure. `said`: the words of the last answer."""

    said = b""

    def __init__(self, home: Home) -> None:
        self.host, self.port = "127.0.0.1", home.sockets["web"].getsockname()[1]
        self.line: http.client.HTTPConnection | None = None

    def ask(self, path: str, body: bytes = b"", headers: Mapping[str, str] = FORM, method: str = "POST") -> int | None:
        """The HTTP status; None when the connection broke before an answer came."""
        try:
            self.line = self.line or http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT)
            self.line.request(method, path, body, dict(headers))
            answer = self.line.getresponse()
            self.said = answer.read()
            return answer.status
        except (OSError, http.client.HTTPException):
            self.close()
            return None

    def close(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line = None


def report(home: Home, token: str, sid: str, status: str, number: int) -> tuple[str, bytes, dict[str, str]]:
    """A progress report, signed as Twilio signs it: path, body, headers."""
    fields = {"AccountSid": ACCOUNT, "CallSid": sid, "CallStatus": status, "SequenceNumber": str(number),
              "CallbackSource": "call-progress-events", "To": "", "From": ""}  # fmt: skip
    path = f"/voice/{token}/status"
    signature = sign(TOKEN, home.settings.public_url + path, fields)
    return path, urlencode(fields).encode(), FORM | {"X-Twilio-Signature": signature}
