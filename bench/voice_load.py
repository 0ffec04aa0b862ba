"""Processes of the voice benchmark, on a clock that runs from the mark of a mail slot: `python -m bench.voice_load …`.

`fill URL MAILS CALLS`: mails due now, and calls that ring, their webhooks still to come. `due URL CALLS`: calls that
are due. `serve FD URL HOME OFFSET`: the application. `bare FD`: a server that answers 204 and stores nothing.
`slot URL HOME OFFSET PORT`: sends the mails once it is told to. `place URL HOME OFFSET PORT RATE SECONDS`: places the
calls, as the live flow does. `carrier FD`: accepts every call and, when its input ends, tells when each came.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import SecretStr
from sqlalchemy import func, select, text, update

from bench import mail_load, people
from opportune.app import build
from opportune.store import models as m
from opportune.store.bulk import Bulk
from opportune.store.db import Database
from opportune.work import dispatch, plan, prepare
from opportune.work.clock import RealClock
from opportune.work.world import World

ACCOUNT, TOKEN, PUBLIC = "ACpractice".ljust(34, "0"), "bench-token", "http://bench.example"
FIRST = 1_000_000  # ids of the people who are called
OPEN = people.NOW + 8 * 3600  # until when a call may be answered
ANSWER = 0.05  # seconds that the carrier takes for each call
YES = [(channel, True) for channel in ("call", "call_auto")]


def fill(url: str, mails: str, calls: str) -> dict[str, Any]:
    mail_load.fill(url, mails)
    tokens = _call_plan(url, int(calls))
    with Database(url).write() as session:
        ringing = {"state": "sent", "provider": "twilio", "sending_at": mail_load.MARK, "sent_at": mail_load.MARK}
        sid = text("'CA' || token")
        session.execute(update(m.Touch).where(m.Touch.channel == "call").values(**ringing, provider_id=sid))
    return {"tokens": tokens}


def due(url: str, calls: str) -> dict[str, Any]:
    return {"tokens": _call_plan(url, int(calls))}


def _call_plan(url: str, count: int) -> list[str]:
    """Germans whom a machine may call, each with a planned call."""
    db = Database(url)
    db.migrate()
    ids = range(FIRST, FIRST + count)
    for start in range(FIRST, FIRST + count, people.BATCH):
        part = ids[start - FIRST : start - FIRST + people.BATCH]
        with db.write() as session:
            bulk = Bulk(session)
            bulk.insert(m.Contact, people.CONTACT, [_person(id) for id in part])
            bulk.insert(m.Consent, people.CONSENT, [_said(id, *each) for id in part for each in YES])
    shape = {"shape": "announce", "hours": "09:00-18:00", "most": 2, "within_days": 12}
    people.campaign(db, "calls", count, FIRST, channels=["call"], comparison_sample=0, hold_out=0, calls=shape)
    here = people.world(url, Path("."))
    for batch in plan.due(here, people.NOW):
        plan.decide_batch(here, batch, people.NOW)
    with db.write() as session:
        mine = m.Touch.channel == "call"
        session.execute(update(m.Touch).where(mine).values(due_at=mail_load.MARK, not_after=OPEN))
        tokens = list(session.scalars(select(m.Touch.token).where(mine).order_by(m.Touch.id)))
    assert len(tokens) == count, f"{len(tokens)} calls planned for {count} people"
    here.db.close()
    db.close()
    return tokens


def _person(id: int) -> tuple[object, ...]:
    return (id, None, f"Otto Callee {id}", "manager", True, "warm", False, "en", None, f"+4930{id + 22_000_000}", "DE",
            '["Europe/Berlin"]', False, None, None, None, people.LONG_AGO, 1, people.LONG_AGO)  # fmt: skip


def _said(id: int, channel: str, granted: bool) -> tuple[object, ...]:
    return id, channel, "marketing", people.ADVERTISER, granted, people.LONG_AGO, None, "yes", "1", "{}"


def _world(url: str, home: str, offset: str, **given: Any) -> World:
    voice = {"twilio_account": ACCOUNT, "twilio_token": SecretStr(TOKEN), "twilio_caller": "+442079460100"}
    more = {"public_url": PUBLIC, "mail_domain": "brightdesk.example", "operator_phone": "+442079460999"}
    here = people.world(url, Path(home), **voice, **more, **given)
    return replace(here, clock=RealClock(int(offset)))


def serve(descriptor: str, url: str, home: str, offset: str) -> None:
    logging.disable(logging.ERROR)
    _run(build(_world(url, home, offset, twilio_url="http://127.0.0.1:9"), with_board=False), descriptor)


def bare(descriptor: str) -> None:
    async def application(_scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    _run(application, descriptor)


def _run(application: Any, descriptor: str) -> None:
    config = uvicorn.Config(application, log_level="warning", lifespan="off", access_log=False, timeout_keep_alive=60)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(descriptor))])


def slot(url: str, home: str, offset: str, port: str) -> dict[str, Any]:
    server = {"smtp_host": "127.0.0.1", "smtp_port": int(port), "smtp_security": "none", "smtp_connections": 32}
    world = _world(url, home, offset, **server)
    prepared = prepare.mails(world, mail_load.MARK)
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    sent = dispatch.mails(world, until=mail_load.MARK + mail_load.SLOT, stop=_input_ended()).sent
    told = {"sent": sent, "seconds": time.monotonic() - began, "prepared": prepared}
    world.close()
    return told


def _input_ended() -> Callable[[], bool]:
    """Whoever started us closes our input when it is enough."""
    import select as system

    return lambda: bool(system.select([sys.stdin], [], [], 0)[0])


def place(url: str, home: str, offset: str, port: str, rate: str, seconds: str) -> dict[str, Any]:
    from flows.live import both

    world = _world(url, home, offset, twilio_url=f"http://127.0.0.1:{port}", calls_per_second=float(rate))
    end = time.monotonic() + float(seconds)
    done = both(world, lambda: time.monotonic() > end)
    world.close()
    return {"sent": done["sent"], "uncertain": done["uncertain"]}


def carrier(descriptor: str) -> dict[str, Any]:
    """Twilio's answer to the little that is asked here."""
    came: list[float] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _request(reader):
            placing = head.startswith(b"POST") and b"/Calls.json" in head
            if placing:
                came.append(time.time())
            call = {"sid": f"CA{len(came):032x}", "status": "queued", "queue_time": "0", "calls": []}
            body = json.dumps(call).encode()
            status = b"201 Created" if placing else b"200 OK"
            await asyncio.sleep(ANSWER)
            writer.write(b"HTTP/1.1 %s\r\nContent-Type: application/json\r\n" % status)
            writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    async def run() -> None:
        server = await asyncio.start_server(talk, sock=socket.socket(fileno=int(descriptor)))
        await asyncio.to_thread(sys.stdin.read)
        server.close()

    asyncio.run(run())
    return {"came": came}


async def _request(reader: asyncio.StreamReader) -> bytes:
    """Its head; the body is read and forgotten."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                await reader.readexactly(int(line.split(b":")[1]))
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
    return head


def stored(url: str) -> dict[str, Any]:
    """What is there of the webhooks, and of those what was understood."""
    with Database(url).read() as session:
        kept = session.scalar(select(func.count(m.ProviderEvent.id))) or 0
        applied = session.scalar(select(func.count(m.ProviderEvent.applied_at))) or 0
    return {"stored": kept, "applied": applied}


WHAT: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (fill, due, serve, bare, slot, place, carrier, stored)
}

if __name__ == "__main__":
    print(json.dumps(WHAT[sys.argv[1]](*sys.argv[2:])), flush=True)
