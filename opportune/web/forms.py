"""How does a site form reach us? A page of ours, a snippet on a foreign page, or JSON; 2xx only after it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from channels.form_answers import HIDDEN, check
from channels.form_embed import script
from channels.forms import TRAP, WORDS, Form
from opportune.web import form_token, limits, proof_of_work
from opportune.web.form_body import Unreadable, body_of, fields
from opportune.web.form_page import Shown, closed_page, embed_page, form_page, slow_page, thanks_page
from opportune.work import doubts, form_life, intake, leads
from opportune.work.leads import Visit
from opportune.work.world import World

CORS = {"Access-Control-Allow-Origin": "*"}
PREFLIGHT = CORS | {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "86400",
}


def routes(world: World) -> list[Route]:
    site = _Site(world)
    return [
        Route("/forms/{key}/embed.js", site.embed_js, methods=["GET"]),
        Route("/forms/{key}/embed", site.embed_code, methods=["GET"]),
        Route("/forms/{key}/challenge", site.challenge, methods=["GET"]),
        Route("/forms/{key}", site.show, methods=["GET"]),
        Route("/forms/{key}", site.post, methods=["POST"]),
        Route("/forms/{key}", site.preflight, methods=["OPTIONS"]),
    ]


class _Sent(NamedTuple):
    request: Request
    form: Form
    as_json: bool


class _Site:
    """The pages and posts of all forms."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.public = world.settings.public_url
        self.practice = world.settings.practice
        self.limits = limits.of(world)

    async def show(self, request: Request) -> Response:
        form = await self._form(request)
        if form is None:
            return await self._unknown()
        shown = await self._shown(request, form)
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
        sent = _Sent(request, form, kind.startswith("application/json"))
        if wait := self.limits.post(request, form.key):
            return await self._slow(sent, wait)
        try:
            given = fields(await body_of(request), kind)
        except Unreadable as why:
            return JSONResponse({"error": str(why)}, status_code=why.status, headers=CORS if sent.as_json else None)
        if form_life.is_over(form, self.world.clock.now()):
            over = JSONResponse({"error": form.says("over")}, status_code=410, headers=CORS)
            return over if sent.as_json else closed_page(form, await self._shown(request, form))
        return await self._taken(sent, given)

    async def _taken(self, sent: _Sent, given: dict[str, str]) -> Response:
        form = sent.form.in_language(given["language"]) if given.get("language") else sent.form
        answers = check(form, given)
        problems = dict(answers.problems)
        if given.get(TRAP):  # told, not silently dropped: a browser that filled it in has a person behind it
            problems[TRAP] = form.says("trap")
        if problems and sent.as_json:
            return JSONResponse({"problems": problems}, status_code=422, headers=CORS)
        if problems:
            return form_page(form, await self._shown(sent.request, form, given), given, problems)
        row = leads.row(self.world, form, answers, _visit(sent.request, given), self.world.clock.now())
        email, phone = answers.values.get("email"), answers.values.get("phone")
        if wait := self.limits.person(form.key, row["idempotency_key"], email, phone):
            return await self._slow(sent, wait)
        row |= doubts.marked(self._marks(form, given, email))
        lead = await intake.of(self.world).put(row)
        if sent.as_json:
            return JSONResponse({"id": lead}, status_code=201, headers=CORS)
        query = urlencode((("thanks", "1"), *_kept(sent.request)))
        return RedirectResponse(f"/forms/{form.key}?{query}", status_code=303)

    def _marks(self, form: Form, given: Mapping[str, str], email: str | None) -> list[str]:
        """What is odd: whoever sent it is told nothing of that."""
        found = form_token.marks(self.world, self.limits, form, given.get(form_token.TICKET, ""))
        found += proof_of_work.marks(self.world, self.limits, form, given.get(proof_of_work.PROOF, ""))
        return [*found, "disposable"] if email and doubts.is_disposable(email) else found

    async def _slow(self, sent: _Sent, seconds: int) -> Response:
        """429, before much is done for it."""
        headers = {"Retry-After": str(seconds)}
        words = sent.form.says("slow_down", seconds=seconds)
        if sent.as_json:
            return JSONResponse({"error": words}, status_code=429, headers=CORS | headers)
        page = slow_page(sent.form, await self._shown(sent.request, sent.form), words)
        page.headers.update(headers)
        return page

    async def challenge(self, request: Request) -> Response:
        """The puzzle of a form whose `guard` is `proof`, for a program."""
        form = await self._form(request)
        if form is None:
            return await self._unknown()
        return JSONResponse(proof_of_work.challenge(self.world, form), headers=CORS | {"Cache-Control": "no-store"})

    async def _form(self, request: Request) -> Form | None:
        """The live one, in the language that the page asked for, or else the visitor's browser."""
        key = request.path_params["key"]
        form = form_life.known(self.world, key) or await run_in_threadpool(form_life.live, self.world, key)
        return form and form.in_language(_language(request))

    async def _shown(self, request: Request, form: Form, typed: Mapping[str, str] | None = None) -> Shown:
        named = form.document.advertiser
        named = named if named else await run_in_threadpool(leads.advertiser, self.world)
        kept = _kept(request)
        ticket = form_token.keep(self.world, form, (typed or {}).get(form_token.TICKET, ""))
        puzzle = proof_of_work.challenge(self.world, form) if form.document.guard == "proof" else None
        within = ("within", "1") in kept
        return Shown(named, self.public, self.practice, within=within, query=kept, ticket=ticket, puzzle=puzzle)

    async def preflight(self, _request: Request) -> Response:
        return Response(status_code=204, headers=PREFLIGHT)

    async def embed_js(self, request: Request) -> Response:
        form = await self._form(request)
        if form is None:
            return await self._unknown()
        headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(self._script(form), media_type="text/javascript", headers=headers)

    def _script(self, form: Form) -> str:
        return script(form, self.public, visits=bool(self.world.settings.sites))

    async def embed_code(self, request: Request) -> Response:
        form = await self._form(request)
        return embed_page(form, await self._shown(request, form)) if form else await self._unknown()

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


def _visit(request: Request, given: dict[str, str]) -> Visit:
    """A program's key stands in the header, our page's in a hidden field; without either each post is its own."""
    key = request.headers.get("idempotency-key") or given.get("key") or uuid4().hex
    page = given.get("page") or request.headers.get("referer") or str(request.url.path)
    agent = request.headers.get("user-agent", "")
    key, page = (each.replace("\0", "") for each in (key, page))  # no database takes that sign
    return Visit(key, page[:500], request.client.host if request.client else None, agent[:500])
