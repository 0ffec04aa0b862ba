"""A practice carrier as a program of its own, and an application whose webhooks it calls, both on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from urllib.request import ProxyHandler, Request, build_opener

import uvicorn
from support_server import Prompt

from channels.base import CallOrder
from channels.voice import (
    Twilio,
    announce,
    connect,
    hang_up,
    parse_event,
    say_and_hang_up,
    valid_signature,
)
from channels.voicemail import is_machine, may_speak, voicemail

ACCOUNT, TOKEN = "ACpractice".ljust(34, "0"), "practice-token"
CALLER, OPERATOR = "+15555550199", "+15555550012"
PROGRAM = [sys.executable, "-m", "channels.standin.carrier"]
LOCAL = build_opener(ProxyHandler({}))


class Application:
    """Our side of a call: `/voice` announces or leaves a voicemail, `/keys` follows the key, `/after` says thanks.

    `documents[path]` replaces what a path answers: a text, or a number for an HTTP status without a text, or after how
    many seconds a text comes.
    """

    def __init__(self):
        self.events, self.forged, self.documents = [], 0, {}
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.server = Prompt(uvicorn.Config(self, log_level="warning", access_log=False, lifespan="off"))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listener]}, daemon=True)
        self.thread.start()

    async def __call__(self, scope, receive, send):
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        path = scope["path"]
        query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
        signature = dict(scope["headers"])[b"x-twilio-signature"].decode()
        if not valid_signature([TOKEN], self.url + scope["raw_path"].decode() + query, body, signature):
            self.forged += 1
        event = parse_event(body)
        self.events.append((path, event))
        answer = self.documents.get(path, self.words(path, event))
        if isinstance(answer, tuple):
            await asyncio.sleep(answer[0])
            answer = answer[1]
        status, text = (answer, "") if isinstance(answer, int) else (200, answer)
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/xml")]})
        await send({"type": "http.response.body", "body": text.encode()})

    def words(self, path, event):
        if path == "/voice" and is_machine(event.answered_by):
            return voicemail("A tip for you.", "en-US") if may_speak(event.answered_by) else hang_up()
        if path == "/voice":
            return announce("Hello. Press 1 to talk, 2 for an email, 9 to stop.", "en-US", f"{self.url}/keys?a=%2F")
        if path == "/keys" and event.digits == "1":
            return connect("One moment.", OPERATOR, CALLER, f"{self.url}/after", 600)
        if path == "/keys":
            return say_and_hang_up("Done." if event.digits else "Goodbye.", "en-US")
        return "" if path == "/status" else say_and_hang_up("Thank you.", "en-US")

    def statuses(self, sid):
        """The progress reports of a call as they came in."""
        return [event for path, event in self.events if path == "/status" and event.sid == sid]

    def order(self, to, voicemail=True, **more):
        """A call whose webhooks are ours."""
        return CallOrder(to, CALLER, f"{self.url}/voice", f"{self.url}/status", f"{self.url}/sorry", voicemail, **more)

    def close(self):
        self.server.should_exit = True
        self.thread.join()


class Practice:
    """The program, and its `_sim` paths."""

    def __init__(self, log, *options):
        command = [*PROGRAM, "--log", str(log), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        ready = json.loads(self.process.stdout.readline())
        assert ready["ready"] is True
        self.url = ready["url"]
        self.carrier = Twilio(ACCOUNT, TOKEN, self.url, timeout=20)

    def ask(self, path, message=None):
        """GET, or POST when there is a message; the JSON answer."""
        body = None if message is None else json.dumps(message).encode()
        with LOCAL.open(Request(self.url + path, body), timeout=20) as answer:
            return json.load(answer)

    def settle(self):
        """Wait until every webhook of every call is done."""
        while self.ask("/_sim/busy")["open"]:
            time.sleep(0.01)

    def call(self, order):
        """Place a call and wait for its end; the SID."""
        answer = self.carrier.place(order)
        self.settle()
        return answer.provider_id

    def log(self, sid):
        """The events of one call."""
        return [event for event in self.ask("/_sim/log?after=0") if event["sid"] == sid]

    def close(self):
        self.carrier.close()
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()


@contextlib.contextmanager
def practice(log, *options):
    """A running practice carrier."""
    running = Practice(log, *options)
    try:
        yield running
    finally:
        running.close()


@contextlib.contextmanager
def application():
    """A running application."""
    running = Application()
    try:
        yield running
    finally:
        running.close()
