"""What stands in a form that somebody filled in on a page of ours?"""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from opportune.web.body import small_body
from opportune.web.origin import same_origin


async def posted(request: Request) -> dict[str, str] | Response:
    """The fields of a form of ours, or the refusal."""
    if not same_origin(request):
        return Response("posted from another site", status_code=403)
    body = await small_body(request)
    if body is None:
        return Response("too large", status_code=413)
    given = parse_qsl(body.decode("utf-8", "replace"))
    return {name: text.replace("\0", "") for name, text in given}  # no database takes that sign
