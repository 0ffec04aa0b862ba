"""Our web application during practice: in this process, in a thread, on a real socket, under the virtual clock."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

START = 30  # seconds until the server must answer


def free_socket() -> socket.socket:
    """A port of our own on loopback. asyncio switches Nagle off only where the protocol is named: 40 ms an answer."""
    ours = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ours.bind(("127.0.0.1", 0))
    return ours


@contextmanager
def serving(app: Starlette, ours: socket.socket) -> Iterator[None]:
    """Serve while the block runs."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [ours]}, daemon=True)
    thread.start()
    waited = time.monotonic() + START
    while not server.started:
        if time.monotonic() > waited or not thread.is_alive():
            raise RuntimeError("the web application of the practice did not start")
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
