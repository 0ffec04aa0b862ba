"""A web application on a real socket, in a thread of the test."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from opportune.rehearsal.server import free_socket
from opportune.store.users import User

ADMIN = User(1, "Ada Admin", "ada@ours.example", "admin")


@contextmanager
def browsing(app: ASGIApp):
    """A client of the application; redirects are not followed."""
    ours = free_socket()
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [ours]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    address = f"http://127.0.0.1:{ours.getsockname()[1]}"
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:  # a busy machine is slow, not wrong
        yield client
    server.should_exit = True
    thread.join(10)


def signed_in(app: ASGIApp, user: User = ADMIN) -> ASGIApp:
    """Routes without the gate, as if this user had come through it."""

    async def let_in(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {"user": user}}, receive, send)

    return let_in
