"""How does the form that a site has already bring its leads to us? Signed, and in its own words (`hook.fields`)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.form_answers import check
from channels.forms import Form
from opportune.web.body import small_body
from opportune.work import doubts, form_life, hook_secrets, intake, leads
from opportune.work.leads import Visit
from opportune.work.world import World

DEEPEST = 6
YES = {True: "yes", False: "", None: ""}


def routes(world: World) -> list[Route]:
    async def take(request: Request) -> Response:
        """Whoever cannot sign learns nothing, not even which forms there are."""
        key, now = request.path_params["key"], world.clock.now()
        body = await small_body(request)
        if body is None:
            return JSONResponse({"error": "at most 64 KiB"}, status_code=413)
        form = await run_in_threadpool(form_life.live, world, key)
        header = request.headers.get(hook_secrets.HEADER, "")
        secrets = await run_in_threadpool(hook_secrets.of_form, world, key) if form else []
        if form is None or not hook_secrets.is_signed(secrets, header, body, now):
            return JSONResponse({"error": "not signed, by another secret, or not just now"}, status_code=401)
        try:
            given = mapped(form, _sent(body))
        except (ValueError, RecursionError):
            return JSONResponse({"error": "send one JSON object, or form fields, in UTF-8"}, status_code=400)
        return await _taken(world, form, given, request, header)

    return [Route("/hooks/{key}", take, methods=["POST"])]


async def _taken(world: World, form: Form, given: Mapping[str, str], request: Request, header: str) -> Response:
    now = world.clock.now()
    if form_life.is_over(form, now):
        return JSONResponse({"error": form.says("over")}, status_code=410)
    answers = check(form, given)
    if answers.problems:
        return JSONResponse({"problems": answers.problems}, status_code=422)
    # The same delivery twice carries the same signature: one lead, with or without a key of its own.
    key = request.headers.get("idempotency-key") or hashlib.sha256(header.encode()).hexdigest()
    visit = Visit(f"hook {key}", answers.values.get("page"), None, request.headers.get("user-agent", "")[:500])
    row = await run_in_threadpool(leads.row, world, form, answers, visit, now)
    disposable = doubts.is_disposable(answers.values.get("email", ""))
    lead = await intake.of(world).put(row | doubts.marked(["disposable"] if disposable else []))
    return JSONResponse({"id": lead}, status_code=201)


def mapped(form: Form, sent: Mapping[str, Any]) -> dict[str, str]:
    """Our fields: as the document says, else under our own names."""
    hook = form.document.hook
    flat = dict(_flat(sent))
    named = {ours: flat.get(theirs, "") for ours, theirs in hook.fields.items()} if hook else {}
    given = {name: text for name, text in (flat | named).items() if text}
    "".join(given.values()).encode()  # half a surrogate pair can be written in JSON, but not stored
    if "answer_by" not in given and len(form.answers) > 1:  # a form that never asked: by what they left us
        by_mail = "email" in given and "email" in form.answers
        given["answer_by"] = "email" if by_mail else "call"
    return given


def _flat(sent: Any, path: str = "", depth: int = 0) -> list[tuple[str, str]]:
    """`{"contact": {"mails": ["a@b"]}}` -> contact.mails.0"""
    if isinstance(sent, dict | list) and depth < DEEPEST:
        inner = sent.items() if isinstance(sent, dict) else enumerate(sent)
        dot = f"{path}." if path else ""
        return [each for name, value in inner for each in _flat(value, f"{dot}{name}", depth + 1)]
    if isinstance(sent, bool) or sent is None:
        return [(path, YES[sent])]
    return [(path, str(sent))] if isinstance(sent, str | int | float) else []


def _sent(body: bytes) -> dict[str, Any]:
    text = body.decode("utf-8")
    if text.lstrip().startswith("{"):
        return dict(json.loads(text))
    return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100, strict_parsing=True))
