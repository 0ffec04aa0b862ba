"""A client of a web application, and who is signed in to it."""

from __future__ import annotations

from contextlib import contextmanager

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send
from support_server import serving

from opportune.store.users import User

ADMIN = User(1, "Ada Admin", "ada@ours.example", "admin")


@contextmanager
def browsing(app: ASGIApp):
    """A client of the application; redirects are not followed."""
    with (
        serving(app) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=60) as client,  # a busy machine is slow, not wrong
    ):
        yield client


def signed_in(app: ASGIApp, user: User = ADMIN) -> ASGIApp:
    """Routes without the gate, as if this user had come through it."""

    async def let_in(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {"user": user}}, receive, send)

    return let_in
