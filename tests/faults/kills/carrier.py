"""A carrier that can go wrong in twenty ways: as much of Twilio's REST API as we use, and its webhooks.

`trouble` says for each number what goes wrong with its calls. A call is entered in the log the moment its phone rings,
whatever is answered to us; what is said to the callee is entered too.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from socket import SO_LINGER, SOL_SOCKET
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from faults.kills import seen
from faults.kills.seen import Log

from channels.standin.carrier.calls import OVER, Call
from channels.standin.carrier.webhooks import WebhookFailed, Webhooks

#: refused before any phone rings: HTTP status and Twilio's code
REFUSALS = {"429": (429, 20429), "queue_full": (400, 22005), "bad_number": (400, 21211), "bad_caller": (400, 21210),
            "error_500": (500, 20500), "error_503": (503, 20503)}  # fmt: skip
#: the phone rings, and we are told nothing useful
DARK = ("late_201", "error_500_placed", "error_503_placed", "reset_placed", "silent_placed", "unreadable", "no_sid")
NOTHING = ("reset", "silent")  # neither a ring nor an answer
REPORTS = ("lost", "twice", "reversed", "before_201", "two_sids")
TROUBLES = (*REFUSALS, *DARK, *NOTHING, *REPORTS)
RINGS = ("ring", "colleague rings")  # the latter is no effect: whom they accept is dialled by our words
LATE = 1.0  # seconds: the client of these runs has given up by then
NEVER = 3600


class Moment(Protocol):
    def now(self) -> int: ...


@dataclass
class Exchange:
    """The carrier's book. `reports`: whether calls live and tell, or only ring."""

    log: Log
    clock: Moment
    account: str
    trouble: Callable[[str], str] = lambda _number: ""
    reports: bool = True
    thinks: bool = False
    before_answer: Callable[[str], tuple[str, bytes] | None] = lambda _number: None
    calls: dict[str, Call] = field(default_factory=dict)
    by_number: dict[str, list[Call]] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)  # a number meets its trouble once
    living: set[asyncio.Task[None]] = field(default_factory=set)
    dice: random.Random = field(default_factory=lambda: random.Random(2))
    webhooks: Webhooks | None = None

    def remember(self) -> None:
        """The calls of an earlier life, from the log."""
        for line in seen.read(self.log.path):
            if line["what"] in RINGS:
                self._enter(line["sid"], line["form"], line["when"])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of our client, request after request."""
        writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))  # closing resets
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().split("\r\n")
                length = [line for line in lines if line.lower().startswith("content-length:")]
                body = await reader.readexactly(int(length[0].split(":")[1])) if length else b""
                method, address, _ = first.split(" ")
                answer = await self._answer(method, address, body.decode())
                if answer is None:
                    break
                status, text = answer
                start = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
                writer.write(start.encode() + text)
        writer.close()

    async def _answer(self, method: str, address: str, body: str) -> tuple[int, bytes] | None:
        """HTTP status and text; None: the connection breaks."""
        parts, form = urlsplit(address), {name: values[0] for name, values in parse_qs(body).items()}
        leaf = parts.path.rpartition("/")[2].removesuffix(".json")
        if leaf == "living":
            return 200, str(sum(not each.done() for each in self.living)).encode()
        if leaf == "Calls":
            if method == "POST":
                return await self._create(form)
            return 200, json.dumps(self._list({k: v[0] for k, v in parse_qs(parts.query).items()})).encode()
        call = self.calls.get(leaf)
        if call is None:
            return 404, json.dumps({"code": 20404, "message": "no such call", "status": 404}).encode()
        if method == "POST":
            self.log.add("asked", _token(call), status=form["Status"], sid=call.sid)
            if call.status not in OVER:
                call.status = "canceled" if call.answered_at is None else "completed"
        return 200, json.dumps(call.resource()).encode()

    async def _create(self, form: dict[str, str]) -> tuple[int, bytes] | None:
        first = form["To"] not in self.met
        self.met.add(form["To"])
        trouble = self.trouble(form["To"]) if first else ""
        if self.thinks:
            await asyncio.sleep(self.dice.uniform(0, 0.006))
        if trouble in REFUSALS:
            status, code = REFUSALS[trouble]
            return status, json.dumps({"code": code, "message": trouble, "status": status}).encode()
        if trouble == "silent":
            await asyncio.sleep(NEVER)
        if trouble == "reset":
            return None
        call = self._ring(form)
        calls = [call, self._ring(form)] if trouble == "two_sids" else [call]
        tells = asyncio.create_task(self._tell(calls, trouble))
        self.living.add(tells)
        if act := self.before_answer(call.to):
            await asyncio.to_thread(_post, *act)
        if trouble in ("before_201", "two_sids"):
            await tells
        if self.thinks:
            await asyncio.sleep(self.dice.uniform(0, 0.006))
        return await self._told(call, trouble)

    async def _told(self, call: Call, trouble: str) -> tuple[int, bytes] | None:
        """What our client hears of a call that rings."""
        if trouble == "late_201":
            await asyncio.sleep(LATE)
        if trouble == "silent_placed":
            await asyncio.sleep(NEVER)
        if trouble == "reset_placed":
            return None
        if trouble in ("error_500_placed", "error_503_placed"):
            return int(trouble[6:9]), b'{"code": 20500, "message": "oops"}'
        text = {"unreadable": b"<html>Gateway</html>", "no_sid": b"{}"}.get(trouble)
        return 201, text or json.dumps(call.resource()).encode()

    def _ring(self, form: dict[str, str]) -> Call:
        sid = f"CA{hashlib.sha256(str(len(self.calls)).encode()).hexdigest()[:32]}"
        call = self._enter(sid, form, self.clock.now())
        whose = RINGS[_token(call) == "operator"]
        self.log.add(whose, _token(call), sid=sid, when=call.created_at, form=form)
        return call

    def _enter(self, sid: str, form: dict[str, str], now: int) -> Call:
        call = Call(sid, self.account, form["To"], form["From"], now, "", url=form["Url"],
                    status_url=form["StatusCallback"], now=now, status="ringing", started_at=now)  # fmt: skip
        self.calls[sid] = call
        self.by_number.setdefault(call.to, []).append(call)
        return call

    def _list(self, query: dict[str, str]) -> dict[str, Any]:
        since = datetime.fromisoformat(query["StartTime>"]).timestamp() if "StartTime>" in query else 0
        found = [call for call in self.by_number.get(query["To"], []) if (call.started_at or 0) >= since]
        wanted = [call.resource() for call in found if query.get("Status", call.status) == call.status]
        return {"calls": wanted, "page": 0, "page_size": 200, "next_page_uri": None, "uri": "/"}

    async def _tell(self, calls: list[Call], trouble: str) -> None:
        """The calls live: reports, the words, the end. In dark troubles every second one is never told about."""
        silent = trouble == "lost" or (trouble in DARK and int(calls[0].to[-1]) % 2)
        if not self.reports or silent:
            return self._over(calls)
        for call in calls:
            reports = [("initiated", "0"), ("ringing", "1")]
            for status, number in reversed(reports) if trouble == "reversed" else reports:
                await self._report(call, status, number)
            if int(call.to[-2]) % 2:  # half of the people answer
                await self._talk(call)
            call.status = call.status if call.status in OVER else "completed" if call.answered_at else "no-answer"
            for _ in range(2 if trouble == "twice" else 1):
                await self._report(call, call.status, "3")
            if trouble == "reversed":
                await self._report(call, "in-progress", "2")

    def _over(self, calls: list[Call]) -> None:
        for call in calls:
            call.status = call.status if call.status in OVER else "no-answer"

    async def _talk(self, call: Call) -> None:
        call.answered_at = call.started_at
        call.status = "in-progress"
        heard = await self._post(call, call.url, {"AnsweredBy": "human"})
        self.log.add("heard" if "<Say" in heard else "hung up", _token(call), sid=call.sid)

    async def _report(self, call: Call, status: str, number: str) -> None:
        fields = {"CallStatus": status, "SequenceNumber": number, "CallbackSource": "call-progress-events"}
        await self._post(call, call.status_url, fields)

    async def _post(self, call: Call, url: str, more: dict[str, str]) -> str:
        """A signed webhook, as often as it takes to get an answer."""
        assert self.webhooks is not None
        for _ in range(400):
            try:
                return await self.webhooks.post(call, url, call.fields() | more)
            except WebhookFailed:
                await asyncio.sleep(0.02)
        self.log.add("gave up", _token(call), url=url)
        return ""


def _token(call: Call) -> str:
    return urlsplit(call.url).path.split("/")[2]


def _post(url: str, body: bytes) -> None:
    from urllib.request import Request, urlopen

    with urlopen(Request(url, body, method="POST"), timeout=10) as answer:
        answer.read()
