"""One part of the intake's load in a process of its own: `python -m bench.intake_load WHAT …`.

`serve DESCRIPTOR URL HOME ours|bare`: the real application; bare stores nothing and is otherwise the same, checks and
all. `crowd PORT SECONDS`: so many visitors who post again as soon as they are answered. `steady PORT SECONDS RATE`: one
post after another at this rate, whoever is answered when. `stored URL`: what is in the database. Prints one JSON line.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlencode
from zlib import crc32

import uvicorn
from sqlalchemy import func, select

from bench import people
from bench.voice_callers import Line, _drive
from opportune.store import models as m
from opportune.store.db import Database
from opportune.work.intake import Intake

VISITORS = 32
FREE = {"forms_per_minute": 0, "form_per_minute": 0, "forms_per_person": 0}  # all of them come from one address


def serve(descriptor: str, url: str, home: str, what: str) -> None:
    from opportune.app import build  # here: the visitors need none of it

    world = people.world(url, Path(home), **FREE)
    if what == "bare":
        Intake.put = _nothing  # type: ignore[method-assign]
    app = build(world, with_board=False)
    config = uvicorn.Config(app, log_level="warning", lifespan="off", access_log=False)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(descriptor))])


async def _nothing(_: Intake, row: dict[str, str]) -> str:
    return row["public_id"]


def post(number: str) -> bytes:
    """Somebody new each time, as a browser posts it from a foreign page."""
    given = {
        "name": f"Ana Stan {number}", "email": f"ana.{number}@firm.example",
        "phone": f"+44207{crc32(number.encode()) % 10**7:07d}",
        "company": "Acme", "message": "Please tell me what it costs for twenty people.", "answer_by": "email",
        "consent_email": "yes", "zone": "Europe/London", "language": "en", "page": "https://shop.example/prices",
    }  # fmt: skip
    body = urlencode(given).encode()
    head = (
        f"POST /forms/callback HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nIdempotency-Key: {number}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def crowd(port: str, seconds: str) -> dict[str, float]:
    async def visitor(which: int) -> int:
        line, done, number = Line(int(port)), 0, 0
        while time.perf_counter() < over:
            number += 1
            done += await line.ask(post(f"{begun}-{which}-{number}")) == 303
        return done

    async def all_of() -> int:
        return sum(await asyncio.gather(*map(visitor, range(VISITORS))))

    begun = time.time_ns()
    asyncio.run(_warm(int(port)))
    start = time.perf_counter()
    over = start + float(seconds)
    done = asyncio.run(all_of())
    return {"acknowledged": done, "rate": done / (time.perf_counter() - start)}


async def _warm(port: int) -> None:
    line = Line(port)
    for number in range(50):
        await line.ask(post(f"warm-{time.time_ns()}-{number}"))


def steady(port: str, seconds: str, rate: str) -> dict[str, object]:
    begun, count = time.time_ns(), int(float(seconds) * float(rate))
    plan = [(number / float(rate), post(f"{begun}-{number}")) for number in range(count)]
    seen = asyncio.run(_drive(int(port), plan))
    waits = sorted(seen.waits)
    told = {f"p{share}": waits[int(len(waits) * share / 100)] * 1e3 for share in (50, 99)}
    refused = {why: times for why, times in seen.refused.items() if why != "303"}  # which is the way to the thanks
    return {"sent": count, "acknowledged": count - sum(refused.values()), "refused": refused, **told}


def stored(url: str) -> dict[str, int]:
    with Database(url).read() as session:
        count = select(func.count(m.Lead.id)).where(m.Lead.idempotency_key.not_like("%warm-%"))
        waiting = session.scalar(count.where(m.Lead.handled_at.is_(None))) or 0
        return {"stored": session.scalar(count) or 0, "waiting": waiting}


def fill(url: str) -> dict[str, int]:
    Database(url).migrate()
    return {}


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    told = {"serve": serve, "crowd": crowd, "steady": steady, "stored": stored, "fill": fill}[what](*given)
    print(json.dumps(told), flush=True)
