"""python -m channels.standin.carrier: the practice carrier as a program of its own.

Prints one JSON line when it is ready, ends on SIGTERM or when the program that started it is gone, and refuses to
start where practice could be mistaken for the real thing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ipaddress
import json
import os
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from channels.standin.carrier.control import Control
from channels.standin.carrier.exchange import Exchange, Options
from channels.standin.carrier.inbound import Inbound
from channels.standin.carrier.line import live
from channels.standin.carrier.phone import Phone
from channels.standin.carrier.rest import Rest
from channels.standin.carrier.rest_calls import Calls
from channels.standin.carrier.rest_rooms import Rooms
from channels.standin.carrier.webhooks import PATIENCE

PRACTICE = "ACpractice"
ACCOUNT = PRACTICE.ljust(34, "0")
TOKEN = "practice-token"
IDLE = 75  # seconds an idle connection of a client is kept


def options(arguments: list[str] | None = None) -> Options:
    """Read and check the command line."""
    parser = argparse.ArgumentParser(prog="python -m channels.standin.carrier", description="The practice carrier.")
    parser.add_argument("--log", type=Path, required=True, help="SQLite file for events and calls")
    parser.add_argument("--account", default=ACCOUNT, help=f"account SID; begins with {PRACTICE}")
    parser.add_argument("--token", default=TOKEN, help="auth token: no real one")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other callees")
    parser.add_argument("--cps", type=float, default=0, help="calls per second; 0: no limit")
    parser.add_argument("--real-time", type=float, default=0, help="real seconds per virtual second; 0: no waiting")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="real seconds a webhook may take")
    parser.add_argument("--host", default="127.0.0.1", help="loopback only")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--telephone", default="", help="page of the practice telephone: /phone leads there")
    given = Options(**vars(parser.parse_args(arguments)))
    if not given.account.startswith(PRACTICE):
        parser.error(f"--account {given.account}: a real account has no place here; begin it with {PRACTICE}.")
    if re.fullmatch(r"[0-9a-f]{32}", given.token):
        parser.error("--token looks like a real auth token; practice needs none: choose a word.")
    if not _is_loopback(given.host):
        parser.error(f"--host {given.host}: the practice carrier listens on loopback only, for example 127.0.0.1.")
    return given


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def application(exchange: Exchange) -> Starlette:
    """The routes; the log is written each second and at the end."""
    rest = Rest(exchange)

    @contextlib.asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        writer = asyncio.create_task(_write_each_second(exchange))
        for leg in exchange.resume():
            rest.start(live(exchange, leg))
        yield
        writer.cancel()
        await exchange.webhooks.close()
        exchange.log.close()

    parts = (Calls(exchange, rest), Rooms(exchange, rest), Control(exchange), Inbound(exchange, rest.start))
    routes = [route for part in (*parts, Phone(exchange)) for route in part.routes()]
    return Starlette(routes=routes, lifespan=life)


async def _write_each_second(exchange: Exchange) -> None:
    while True:
        await asyncio.sleep(1)
        exchange.log.flush()


async def serve(given: Options) -> None:
    """Serve until told to stop or orphaned."""
    family = socket.AF_INET6 if ":" in given.host else socket.AF_INET
    listener = socket.create_server((given.host, given.port), family=family, backlog=512)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer waits 40 ms for a delayed ACK
    host, port = listener.getsockname()[:2]
    exchange = Exchange(given)
    exchange.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    config = uvicorn.Config(
        application(exchange),
        log_level="warning",
        access_log=False,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    watcher = asyncio.create_task(_announce_and_watch(server, exchange.url))
    await server.serve(sockets=[listener])
    watcher.cancel()


async def _announce_and_watch(server: uvicorn.Server, url: str) -> None:
    """Say where we are, then stop when the parent is gone: nothing of practice outlives it."""
    parent = os.getppid()
    while not server.started:
        await asyncio.sleep(0.01)
    print(json.dumps({"ready": True, "url": url}), flush=True)
    while os.getppid() == parent:
        await asyncio.sleep(1)
    server.should_exit = True


if __name__ == "__main__":
    asyncio.run(serve(options()))
