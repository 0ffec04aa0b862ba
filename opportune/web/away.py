"""What do visitors and providers hear while nothing can be stored? 503: not taken, ask again; never a 2xx, never a page
full of our insides."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from opportune.store.db import UNSTORABLE

SECONDS = 30
WORDS = "Just now we cannot store anything. Nothing was taken: go back, your words are still there, and send again."

log = logging.getLogger(__name__)


async def away(request: Request, error: Exception) -> Response:
    """Disk full, database locked or restarting: whoever sends again in a while loses nothing."""
    log.error("%s could not be stored: %s", request.scope["path"].split("/")[1], type(error).__name__)
    headers = {"Retry-After": str(SECONDS), "Access-Control-Allow-Origin": "*"}
    return PlainTextResponse(WORDS, status_code=503, headers=headers)


HANDLERS = dict.fromkeys(UNSTORABLE, away)
