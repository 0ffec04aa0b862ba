"""How does a site form reach us? A page of ours, a snippet on a foreign page, or JSON; 2xx only after it is stored."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from channels.forms import FORMS, HIDDEN, TRAP, Form, check, script
from opportune.web.form_page import embed_page, form_page, thanks_page
from opportune.work import leads
from opportune.work.leads import Visit
from opportune.work.world import World

MOST_BYTES = 64 * 1024
MOST_FIELDS = 100
CORS = {"Access-Control-Allow-Origin": "*"}
PREFLIGHT = CORS | {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "86400",
}


class Unreadable(Exception):
    """The body cannot be taken: HTTP status and a sentence."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def routes(world: World) -> list[Route]:
    practice, public = world.settings.practice, world.settings.public_url
    parts = urlsplit(public)
    origin = f"{parts.scheme}://{parts.netloc}"

    async def show(request: Request) -> Response:
        form = FORMS.get(request.path_params["key"])
        if form is None:
            return _unknown()
        if "thanks" in request.query_params:
            return thanks_page(form, practice=practice, origin=origin)
        named = await run_in_threadpool(leads.advertiser, world)
        asked = {name: text[:500] for name, text in request.query_params.items() if name in HIDDEN}
        return form_page(form, named, asked, {}, practice=practice, origin=origin)

    async def post(request: Request) -> Response:
        form = FORMS.get(request.path_params["key"])
        if form is None:
            return _unknown()
        as_json = request.headers.get("content-type", "").startswith("application/json")
        try:
            given = _fields(await _body(request), request.headers.get("content-type", ""))
        except Unreadable as why:
            answer = {"error": str(why)}
            return JSONResponse(answer, status_code=why.status, headers=CORS if as_json else None)
        answers = check(form, given)
        problems = dict(answers.problems)
        if given.get(TRAP):  # told, not silently dropped: a browser that filled it in has a person behind it
            problems[TRAP] = "Please leave the hidden field empty and send again."
        if problems and as_json:
            return JSONResponse({"problems": problems}, status_code=422, headers=CORS)
        if problems:
            named = await run_in_threadpool(leads.advertiser, world)
            return form_page(form, named, given, problems, practice=practice, origin=origin)
        lead, _ = await run_in_threadpool(leads.take, world, form, answers, _visit(request, given), world.clock.now())
        if as_json:
            return JSONResponse({"id": lead.public_id}, status_code=201, headers=CORS)
        return RedirectResponse(f"/forms/{form.key}?thanks=1", status_code=303)

    async def preflight(_request: Request) -> Response:
        return Response(status_code=204, headers=PREFLIGHT)

    async def embed_js(request: Request) -> Response:
        form = FORMS.get(request.path_params["key"])
        if form is None:
            return _unknown()
        headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(script(form.key, public), media_type="text/javascript", headers=headers)

    async def embed_code(request: Request) -> Response:
        form = FORMS.get(request.path_params["key"])
        return embed_page(form, public, practice=practice) if form else _unknown()

    return [
        Route("/forms/{key}/embed.js", embed_js, methods=["GET"]),
        Route("/forms/{key}/embed", embed_code, methods=["GET"]),
        Route("/forms/{key}", show, methods=["GET"]),
        Route("/forms/{key}", post, methods=["POST"]),
        Route("/forms/{key}", preflight, methods=["OPTIONS"]),
    ]


def _unknown() -> Response:
    return Response(f"no such form; there are: {', '.join(FORMS)}", status_code=404, media_type="text/plain")


async def _body(request: Request) -> bytes:
    """At most 64 KiB, whatever the length header claims."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Unreadable(413, f"at most {MOST_BYTES} bytes")
    return body


def _fields(body: bytes, content_type: str) -> dict[str, str]:
    """Names and words, from a form or from JSON."""
    try:
        text = body.decode("utf-8")
        if content_type.startswith("application/json"):
            return _from_json(text)
        if content_type.startswith("application/x-www-form-urlencoded"):
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except (ValueError, RecursionError) as error:
        raise Unreadable(400, "the body cannot be read: send UTF-8 fields, at most 100") from error
    raise Unreadable(415, "send application/x-www-form-urlencoded or application/json")


def _from_json(text: str) -> dict[str, str]:
    given = json.loads(text)
    if not isinstance(given, dict) or len(given) > MOST_FIELDS:
        raise ValueError
    plain = {name: "yes" if value is True else value for name, value in given.items() if value not in (None, False)}
    if not all(isinstance(value, str | int | float) for value in plain.values()):
        raise ValueError
    return {name: str(value) for name, value in plain.items()}


def _visit(request: Request, given: dict[str, str]) -> Visit:
    """A program's key stands in the header, our page's in a hidden field; without either each post is its own."""
    key = request.headers.get("idempotency-key") or given.get("key") or uuid4().hex
    page = given.get("page") or request.headers.get("referer") or str(request.url.path)
    agent = request.headers.get("user-agent", "")
    return Visit(key, page[:500], request.client.host if request.client else None, agent[:500])
