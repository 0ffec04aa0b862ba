"""A web application on a real socket, in a thread of the test."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from opportune.rehearsal.server import free_socket

SOON = 0.005


class Prompt(uvicorn.Server):
    """Ends at once: uvicorn's own looks ten times a second whether it should, and then waits for another tenth. With a
    server for each of some hundred tests that is half a minute of nothing."""

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            await asyncio.sleep(SOON)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for each in (*self.servers, *(sockets or [])):
            each.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.connections or self.server_state.tasks:
            await asyncio.sleep(SOON)


@contextmanager
def serving(app: ASGIApp, ours: socket.socket | None = None, **config: Any) -> Iterator[str]:
    """Its address, until the block is over."""
    ours = ours or free_socket()
    server = Prompt(uvicorn.Config(app, **{"log_level": "warning", "lifespan": "off"} | config))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [ours]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(SOON)
    try:
        yield f"http://127.0.0.1:{ours.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
