"""How much do we read from strangers? A little, and never more."""

from __future__ import annotations

from starlette.requests import Request

LARGEST = 64 * 1024


async def small_body(request: Request) -> bytes | None:
    """The body; None as soon as it is longer than we read, or says that it will be."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:12]) > LARGEST:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    return bytes(body)
