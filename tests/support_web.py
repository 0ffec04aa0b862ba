"""A web application on a real socket, in a thread of the test."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import httpx
import uvicorn
from starlette.applications import Starlette

from opportune.rehearsal.server import free_socket


@contextmanager
def browsing(app: Starlette):
    """A client of the application; redirects are not followed."""
    ours = free_socket()
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [ours]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    address = f"http://127.0.0.1:{ours.getsockname()[1]}"
    with httpx.Client(base_url=address, trust_env=False) as client:
        yield client
    server.should_exit = True
    thread.join(10)
