"""What does a live Twilio account need around it? Its credentials, a way out for them alone, ears for its webhooks."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import support_network

from channels.voice import Twilio
from channels.voice_events import VoiceEvent, parse_event, valid_signature

API = "api.twilio.com"
PATIENCE = 120  # seconds for a call to ring and end


def given(*names: str) -> list[str]:
    """The settings of these names, or a skip that says aloud which are missing."""
    full = [f"OPPORTUNE_LIVE_TWILIO_{name}" for name in names]
    if missing := [name for name in full if not os.environ.get(name)]:
        pytest.skip(f"set {', '.join(missing)} to run: docs/voice.md says what they are")
    support_network.allow(API)
    return [os.environ[name] for name in full]


@dataclass(frozen=True)
class Heard:
    """One request as it came in."""

    path: str  # with its query
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> VoiceEvent:
        return parse_event(self.body, self.headers.get("i-twilio-idempotency-token", ""))


@dataclass
class Ears:
    """Our side of a call: answers with the document of each path, else with nothing."""

    public: str
    documents: dict[str, str] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)

    def of(self, sid: str, path: str = "") -> list[Heard]:
        return [each for each in self.heard if each.event.sid == sid and each.path.startswith(path)]

    def over(self, sid: str) -> bool:
        ends = ("completed", "busy", "no-answer", "failed", "canceled")
        return any(each.event.status in ends for each in self.of(sid, "/status"))

    def signed(self, heard: Heard, token: str) -> bool:
        return valid_signature([token], self.public + heard.path, heard.body, heard.headers["x-twilio-signature"])


@contextmanager
def listening(public: str, port: int) -> Iterator[Ears]:
    """The tunnel behind `public` leads to this port of ours."""
    ears = Ears(public.rstrip("/"))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            ears.heard.append(Heard(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            document = ears.documents.get(urlsplit(self.path).path, "")
            self.send_response(500 if document == "broken" else 200 if document else 204)
            self.send_header("Content-Type", "application/xml")
            self.end_headers()
            self.wfile.write(b"" if document == "broken" else document.encode())

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield ears
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Account:
    """A real one."""

    sid: str
    token: str
    caller: str
    answers: str  # a number that picks up by itself
    ears: Ears

    @property
    def carrier(self) -> Twilio:
        return Twilio(self.sid, self.token)

    def ask(self, verb: str, path: str, **fields: Any) -> httpx.Response:
        """Its REST API without a client between: what is really in an answer."""
        url = f"https://{API}/2010-04-01/Accounts/{self.sid}/{path}"
        where = "params" if verb == "GET" else "data"
        return httpx.request(verb, url, auth=(self.sid, self.token), timeout=30, **{where: fields})

    def place(self, words: str, path: str = "/words", **more: Any) -> dict[str, Any]:
        """A call that hears these words; what the answer says."""
        self.ears.documents[urlsplit(path).path] = words
        report = {"StatusCallback": f"{self.ears.public}/status", "StatusCallbackEvent": EVENTS}
        order = {
            "To": self.answers,
            "From": self.caller,
            "Url": self.ears.public + path,
            "Timeout": 30,
            "TimeLimit": 60,
        }
        answer = self.ask("POST", "Calls.json", **{**order, **report, **more})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def ended(self, sid: str) -> list[Heard]:
        """Every webhook of this call, once it is over."""
        wait_for(lambda: self.ears.over(sid))
        return self.ears.of(sid)


EVENTS = ["initiated", "ringing", "answered", "completed"]


def wait_for(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < deadline, "waited in vain: does the public URL lead here, and does the number answer?"
        time.sleep(0.2)
    return found
