"""Did a page of ours post this? A form of another site must not act in the name of whoever has us open."""

from __future__ import annotations

from starlette.requests import Request


def same_origin(request: Request) -> bool:
    """What the browser says of the page that posts: no script can write these headers. Programs send neither. Our pages
    tell nobody where they are (`no-referrer`), and therefore their forms say `Origin: null`."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or origin.partition("://")[2] == request.headers.get("host")
