"""How does a site form reach us? A page of ours, a snippet on a foreign page, or JSON; 2xx only after it is stored."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from channels.form_answers import HIDDEN, Answers, check
from channels.form_embed import script
from channels.forms import TRAP, WORDS, Form
from opportune.store.models import Lead
from opportune.web.body import LARGEST, small_body
from opportune.web.form_page import Shown, closed_page, embed_page, form_page, thanks_page
from opportune.work import form_life, leads
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
        form = await self._form(request)
        if form is None:
            return await self._unknown()
        shown = await self._shown(request)
        if "thanks" in request.query_params:
            return thanks_page(form, shown)
        if form_life.is_over(form, self.world.clock.now()):
            return closed_page(form, shown)
        asked = {name: text[:500] for name, text in request.query_params.items() if name in HIDDEN}
        return form_page(form, shown, {"language": _first_language(request)} | asked, {})

    async def post(self, request: Request) -> Response:
        form = await self._form(request)
        if form is None:
            return await self._unknown()
        kind = request.headers.get("content-type", "")
        as_json = kind.startswith("application/json")
        try:
            given = _fields(await _body(request), kind)
        except Unreadable as why:
            return JSONResponse({"error": str(why)}, status_code=why.status, headers=CORS if as_json else None)
        if form_life.is_over(form, self.world.clock.now()):
            over = JSONResponse({"error": form.says("over")}, status_code=410, headers=CORS)
            return over if as_json else closed_page(form, await self._shown(request))
        form = form.in_language(given["language"]) if given.get("language") else form
        answers = check(form, given)
        problems = dict(answers.problems)
        if given.get(TRAP):  # told, not silently dropped: a browser that filled it in has a person behind it
            problems[TRAP] = "Please leave the hidden field empty and send again."
        if problems and as_json:
            return JSONResponse({"problems": problems}, status_code=422, headers=CORS)
        if problems:
            return form_page(form, await self._shown(request), given, problems)
        lead = await run_in_threadpool(self._take, form, answers, _visit(request, given))
        if as_json:
            return JSONResponse({"id": lead.public_id}, status_code=201, headers=CORS)
        query = urlencode((("thanks", "1"), *_kept(request)))
        return RedirectResponse(f"/forms/{form.key}?{query}", status_code=303)

    def _take(self, form: Form, answers: Answers, visit: Visit) -> Lead:
        return leads.take(self.world, form, answers, visit, self.world.clock.now())[0]

    async def _form(self, request: Request) -> Form | None:
        """The live one, in the language that the page asked for, or else the visitor's browser."""
        form = await run_in_threadpool(form_life.live, self.world, request.path_params["key"])
        return form and form.in_language(_language(request))

    async def _shown(self, request: Request) -> Shown:
        named = await run_in_threadpool(leads.advertiser, self.world)
        kept = _kept(request)
        return Shown(named, self.public, practice=self.practice, within=("within", "1") in kept, query=kept)

    async def preflight(self, _request: Request) -> Response:
        return Response(status_code=204, headers=PREFLIGHT)

    async def embed_js(self, request: Request) -> Response:
        form = await self._form(request)
        if form is None:
            return await self._unknown()
        headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(script(form, self.public), media_type="text/javascript", headers=headers)

    async def embed_code(self, request: Request) -> Response:
        form = await self._form(request)
        return embed_page(form, await self._shown(request)) if form else await self._unknown()

    async def _unknown(self) -> Response:
        known = ", ".join(await run_in_threadpool(form_life.known_keys, self.world))
        return Response(f"no such form; there are: {known}", status_code=404, media_type="text/plain")


def _kept(request: Request) -> tuple[tuple[str, str], ...]:
    """Of the page's address what a post has to keep: a chosen language, and the frame around it."""
    asked = request.query_params
    chosen = (("lang", asked["lang"]),) if asked.get("lang") in WORDS else ()
    return chosen + ((("within", "1"),) if asked.get("within") == "1" else ())


def _language(request: Request) -> str:
    """`?lang=`, else the first of the browser's languages that we speak."""
    asked = (request.query_params.get("lang", "")[:2], *_languages(request))
    return next((each for each in asked if each in WORDS), "en")


def _languages(request: Request) -> list[str]:
    """`ro-MD,ro;q=0.9,en;q=0.5`: the likeliest first."""
    wishes: list[tuple[float, int, str]] = []
    for part in request.headers.get("accept-language", "")[:500].split(","):
        tag, _, weight = part.strip().partition(";q=")
        if tag[:2].isascii() and tag[:2].isalpha():
            wishes.append((-_weight(weight), len(wishes), tag[:2].lower()))
    return [language for _, _, language in sorted(wishes)]


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0


def _first_language(request: Request) -> str:
    """In which we write to them later: also one that no form of ours speaks."""
    chosen = request.query_params.get("lang", "")
    return chosen if chosen in WORDS else next(iter(_languages(request)), "")


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
