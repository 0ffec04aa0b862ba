"""The carrier's side of many calls at once: `python -m bench.voice_callers`, a plan in JSON on stdin, a line out.

Webhooks leave at their moments, whatever became of the ones before, so a slow server makes a queue and hides nothing.
Each is signed as Twilio signs, and waited for as long as Twilio waits.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bench.voice_load import ACCOUNT, PUBLIC, TOKEN
from channels.standin.carrier.webhooks import PATIENCE, sign

Webhook = tuple[float, str, dict[str, str]]  # when in a call's life from 0 to 1, which path, with which fields
LIVE, OVER = "in-progress", "completed"
RUNG: list[Webhook] = [(0.05, "/status", {"CallStatus": "ringing"})]
SPOKEN: list[Webhook] = [*RUNG, (0.25, "", {"CallStatus": LIVE, "AnsweredBy": "human"})]


def _keys(digits: str) -> list[Webhook]:
    key = (0.7, "/keys", {"CallStatus": LIVE, "Digits": digits})
    return [*SPOKEN, key, (1.0, "/status", {"CallStatus": OVER, "CallDuration": "40", "AnsweredBy": "human"})]


MACHINE: list[Webhook] = [
    *RUNG,
    (0.3, "", {"CallStatus": LIVE, "AnsweredBy": "machine_start"}),
    (0.4, "/status", {"CallStatus": OVER, "CallDuration": "5", "AnsweredBy": "machine_start"}),
]
NOBODY: list[Webhook] = [*RUNG, (0.5, "/status", {"CallStatus": "no-answer", "SipResponseCode": "487"})]
BUSY: list[Webhook] = [*RUNG, (0.1, "/status", {"CallStatus": "busy", "SipResponseCode": "486"})]
#: of ten calls
LIVES = [NOBODY, NOBODY, NOBODY, MACHINE, MACHINE, BUSY, _keys(""), _keys(""), _keys("2"), _keys("2")]
EACH = sum(map(len, LIVES)) / len(LIVES)  # webhooks of a call


@dataclass
class Seen:
    waits: list[float] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)

    def no(self, why: str) -> None:
        self.refused[why] = self.refused.get(why, 0) + 1


def webhooks(tokens: list[str], life: float, starts_over: float) -> Iterator[tuple[float, bytes]]:
    """(seconds from now, the bytes of one request) of calls that begin evenly over so many seconds."""
    for number, token in enumerate(tokens):
        start = starts_over * number / len(tokens)
        for place, (share, leaf, fields) in enumerate(LIVES[number % len(LIVES)]):
            yield start + share * life, _request(token, leaf, fields, place)


def _request(token: str, leaf: str, fields: dict[str, str], place: int) -> bytes:
    path = f"/voice/{token}{leaf}"
    form = {"AccountSid": ACCOUNT, "CallSid": f"CA{token}", "From": "+442079460100", "To": "+493023000000",
            "Direction": "outbound-api", "ApiVersion": "2010-04-01", **fields}  # fmt: skip
    if leaf == "/status":
        form |= {"SequenceNumber": str(place), "CallbackSource": "call-progress-events"}
    body = urlencode(form).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {sign(TOKEN, PUBLIC + path, form)}\r\nI-Twilio-Idempotency-Token: {token}-{place}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Line:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> int:
        """The status of the answer."""
        if self._streams is None or self._streams[0].at_eof():
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    await reader.readexactly(int(line.split(b":")[1]))
        except BaseException:
            self._streams = None
            writer.close()
            raise
        return int(head.split(b" ", 2)[1])


async def _drive(port: int, plan: list[tuple[float, bytes]]) -> Seen:
    free: asyncio.LifoQueue[Line] = asyncio.LifoQueue()
    seen, began = Seen(), time.perf_counter() + 0.5

    async def post(moment: float, request: bytes) -> None:
        line = free.get_nowait() if not free.empty() else Line(port)
        try:
            status = await asyncio.wait_for(line.ask(request), PATIENCE)
            seen.waits.append(time.perf_counter() - began - moment)
            if not 200 <= status < 300:
                seen.no(str(status))
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            seen.no(type(error).__name__)
        free.put_nowait(line)

    async with asyncio.TaskGroup() as running:
        for moment, request in plan:
            wait = began + moment - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            running.create_task(post(moment, request))
    return seen


def main(given: dict[str, Any]) -> dict[str, Any]:
    plan = sorted(webhooks(given["tokens"], given["life"], given["over"]), key=lambda each: each[0])
    began = time.perf_counter()
    seen = asyncio.run(_drive(given["port"], plan))
    waits = sorted(seen.waits)
    told = {f"p{share}": waits[int(len(waits) * share / 100)] * 1e3 for share in (50, 99)} if waits else {}
    spent = time.perf_counter() - began
    good = len(plan) - sum(seen.refused.values())
    return {"sent": len(plan), "acknowledged": good, "refused": seen.refused, "seconds": spent, **told}


if __name__ == "__main__":
    print(json.dumps(main(json.load(sys.stdin))))
