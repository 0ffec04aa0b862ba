"""Did a page of ours post this? A form of another site must not act in the name of whoever has us open."""

from __future__ import annotations

from starlette.requests import Request


def same_origin(request: Request) -> bool:
    """Programs without a browser send no Origin."""
    origin = request.headers.get("origin")
    return origin is None or origin.partition("://")[2] == request.headers.get("host")
