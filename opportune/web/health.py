"""Is everything up? `/health` answers from the start and says what is still starting; to strangers only whether."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from opportune import __version__
from opportune.store.db import UNSTORABLE
from opportune.web.gate import reader
from opportune.web.login_words import Words, words
from opportune.web.page import page
from opportune.work import anchors, breaker, calls_held, mailboxes, operators, person_requests, uncertain
from opportune.work.world import World


def routes(world: World) -> list[Route]:
    async def health(request: Request) -> Response:
        state = await run_in_threadpool(_state, world)
        ready = state["database"] == "ready"
        if not await _known(world, request):
            return JSONResponse({"ready": ready}, status_code=200 if ready else 503)
        if "text/html" in request.headers.get("accept", ""):
            said = words(request, "desk")
            body, practice = _table(state, said), world.settings.practice
            return page(_title(state, said), body, practice=practice, refresh=5, language=said["language"])
        return JSONResponse(state, status_code=200 if ready else 503)

    return [Route("/health", health, methods=["GET"])]


async def _known(world: World, request: Request) -> bool:
    """A stranger, or anybody while the database cannot tell who they are, hears no more than needed."""
    try:
        return await reader(world, request) is not None
    except UNSTORABLE:
        return False


def _state(world: World) -> dict[str, Any]:
    try:
        database = "needs `opportune migrate`" if world.db.pending() else "ready"
    except Exception as error:  # whatever is wrong with the database, this page must say it
        database = f"failed: {type(error).__name__}"
    state = {"version": __version__, "practice": world.settings.practice, "database": database}
    return {**state, **(_waiting(world) if database == "ready" else {}), "parts": _parts(world)}


def _waiting(world: World) -> dict[str, Any]:
    """What somebody should look at."""
    found: dict[str, Any] = {"mail_paused": breaker.told(world), "mailboxes_not_read": mailboxes.troubles(world)}
    found |= {"calls_held": calls_held.told(world), "audit_noted": anchors.last(world)}
    return {**uncertain.waiting(world), **operators.waiting(world), **person_requests.pressing(world), **found}


def _parts(world: World) -> dict[str, str]:
    """What `opportune up` wrote of its parts: starting, ready or failed."""
    try:
        parts: dict[str, str] = json.loads((world.settings.home / "up.json").read_text())
    except (OSError, ValueError):
        return {}
    return parts


def _title(state: dict[str, Any], said: Words) -> str:
    waiting = [name for name, part in state["parts"].items() if part != "ready"]
    return said["still_starting"].format(names=", ".join(waiting)) if waiting else said["all_up"]


def _table(state: dict[str, Any], said: Words) -> str:
    """Parts, domains and mailboxes under their own names, and what the machine said of them."""
    paused = {f"mail {each['what']}": f"paused: {each['why']}" for each in state.get("mail_paused", ())}
    paused |= {each["mailbox"]: each["why"] for each in state.get("mailboxes_not_read", ())}
    paused |= {each["what"]: each["why"] for each in state.get("calls_held", ())}
    rows = {"database": state["database"], **state["parts"], **paused}
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(str(part))}</td></tr>" for name, part in rows.items())
    return f'<table>{cells}</table><p><a href="/board/">{said["to_board"]}</a></p>'
