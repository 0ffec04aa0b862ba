"""How does a site form reach us? A page of ours, a snippet on a foreign page, or JSON; 2xx only after it is stored."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from channels.forms import FORMS, HIDDEN, TRAP, Answers, Form, check, script
from opportune.store.models import Lead
from opportune.web.body import LARGEST, small_body
from opportune.web.form_page import embed_page, form_page, thanks_page
from opportune.work import leads
from opportune.work.leads import Visit
from opportune.work.world import World

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
    site = _Site(world)
    return [
        Route("/forms/{key}/embed.js", site.embed_js, methods=["GET"]),
        Route("/forms/{key}/embed", site.embed_code, methods=["GET"]),
        Route("/forms/{key}", site.show, methods=["GET"]),
        Route("/forms/{key}", site.post, methods=["POST"]),
        Route("/forms/{key}", site.preflight, methods=["OPTIONS"]),
    ]


class _Site:
    """The pages and posts of all forms."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.public = world.settings.public_url
        self.practice = world.settings.practice

    async def show(self, request: Request) -> Response:
        form = FORMS.get(request.path_params["key"])
        if form is None:
            return _unknown()
        if "thanks" in request.query_params:
            return thanks_page(form, practice=self.practice, public_url=self.public)
        asked = {name: text[:500] for name, text in request.query_params.items() if name in HIDDEN}
        return await self._page(form, asked, {})

    async def post(self, request: Request) -> Response:
        form = FORMS.get(request.path_params["key"])
        if form is None:
            return _unknown()
        kind = request.headers.get("content-type", "")
        as_json = kind.startswith("application/json")
        try:
            given = _fields(await _body(request), kind)
        except Unreadable as why:
            return JSONResponse({"error": str(why)}, status_code=why.status, headers=CORS if as_json else None)
        answers = check(form, given)
        problems = dict(answers.problems)
        if given.get(TRAP):  # told, not silently dropped: a browser that filled it in has a person behind it
            problems[TRAP] = "Please leave the hidden field empty and send again."
        if problems and as_json:
            return JSONResponse({"problems": problems}, status_code=422, headers=CORS)
        if problems:
            return await self._page(form, given, problems)
        lead = await run_in_threadpool(self._take, form, answers, _visit(request, given))
        if as_json:
            return JSONResponse({"id": lead.public_id}, status_code=201, headers=CORS)
        return RedirectResponse(f"/forms/{form.key}?thanks=1", status_code=303)

    def _take(self, form: Form, answers: Answers, visit: Visit) -> Lead:
        return leads.take(self.world, form, answers, visit, self.world.clock.now())[0]

    async def _page(self, form: Form, typed: dict[str, str], problems: dict[str, str]) -> Response:
        named = await run_in_threadpool(leads.advertiser, self.world)
        return form_page(form, named, typed, problems, practice=self.practice, public_url=self.public)

    async def preflight(self, _request: Request) -> Response:
        return Response(status_code=204, headers=PREFLIGHT)

    async def embed_js(self, request: Request) -> Response:
        form = FORMS.get(request.path_params["key"])
        if form is None:
            return _unknown()
        headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(script(form.key, self.public), media_type="text/javascript", headers=headers)

    async def embed_code(self, request: Request) -> Response:
        form = FORMS.get(request.path_params["key"])
        return embed_page(form, self.public, practice=self.practice) if form else _unknown()


def _unknown() -> Response:
    return Response(f"no such form; there are: {', '.join(FORMS)}", status_code=404, media_type="text/plain")


async def _body(request: Request) -> bytes:
    """At most 64 KiB, whatever the length header claims."""
    body = await small_body(request)
    if body is None:
        raise Unreadable(413, f"at most {LARGEST} bytes")
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
    words = {name: str(value) for name, value in plain.items()}
    "".join(words.values()).encode()  # half a surrogate pair can be written in JSON, but not stored
    return words


def _visit(request: Request, given: dict[str, str]) -> Visit:
    """A program's key stands in the header, our page's in a hidden field; without either each post is its own."""
    key = request.headers.get("idempotency-key") or given.get("key") or uuid4().hex
    page = given.get("page") or request.headers.get("referer") or str(request.url.path)
    agent = request.headers.get("user-agent", "")
    return Visit(key, page[:500], request.client.host if request.client else None, agent[:500])
