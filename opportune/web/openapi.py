"""What may a program send us? `/openapi.json` (OpenAPI 3.1), made from the forms that are live: it never lags."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.form_answers import HIDDEN
from channels.forms import Field, Form
from opportune.work import form_life, hook_secrets
from opportune.work.world import World

Spec = dict[str, Any]
PLAIN = {"type": ["string", "number", "boolean", "null"]}
JSON, FORM, HTML = "application/json", "application/x-www-form-urlencoded", "text/html"
ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
TAKEN = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
PROBLEMS = {
    "type": "object",
    "required": ["problems"],
    "properties": {"problems": {"type": "object", "additionalProperties": {"type": "string"}}},
}
IDEMPOTENCY = {
    "name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 100},
    "description": "The same key with the same answers is one lead, however often it is sent.",
}  # fmt: skip
SIGNATURE = {
    "name": hook_secrets.HEADER, "in": "header", "required": True, "schema": {"type": "string"},
    "description": "t=UNIX_SECONDS,v1=HEX: HMAC-SHA256 over TIME.BODY with the form's secret; it counts for 5 minutes.",
}  # fmt: skip


def routes(world: World) -> list[Route]:
    async def show(_request: Request) -> Response:
        found = await run_in_threadpool(described, world)
        return JSONResponse(found, headers={"Access-Control-Allow-Origin": "*", "Cache-Control": "max-age=60"})

    return [Route("/openapi.json", show, methods=["GET"])]


def described(world: World) -> Spec:
    forms = [form_life.named(world, key) for key in form_life.known_keys(world)]
    paths: Spec = {}
    for form in forms:
        paths[f"/forms/{form.key}"] = {"post": _post(form)}
        paths[f"/forms/{form.key}/challenge"] = {"get": _challenge(form)}
        paths[f"/hooks/{form.key}"] = {"post": _hook(form)}
    info = {"title": "Opportune: leads", "version": version("opportune"), "description": (__doc__ or "").strip()}
    return {"openapi": "3.1.0", "info": info, "servers": [{"url": world.settings.public_url}], "paths": paths}


def _post(form: Form) -> Spec:
    asked = _asked(form)
    return {
        "operationId": f"post_{form.key}",
        "summary": form.title,
        "parameters": [IDEMPOTENCY],
        "requestBody": {"required": True, "content": {JSON: {"schema": asked}, FORM: {"schema": asked}}},
        "responses": {
            "201": _says("Stored for good.", TAKEN),
            "303": {"description": "Stored for good; of a form post: its thanks."},
            "400": _says("The body cannot be read.", ERROR),
            "410": _says("It is over; 200 with the page to a form post.", ERROR),
            "200": {"description": "It is over, said by a page.", "content": {HTML: {}}},
            "413": _says("More than 64 KiB.", ERROR),
            "415": _says("Neither JSON nor form fields.", ERROR),
            "422": _says("What is wrong, by field, in the language that `language` says.", PROBLEMS, page=True),
            "429": _says("Too often: wait for the seconds of Retry-After.", ERROR, page=True),
            "503": {"description": "Nothing can be stored just now: send again.", "content": {"text/plain": {}}},
        },
    }


def _hook(form: Form) -> Spec:
    return {
        "operationId": f"hook_{form.key}",
        "summary": f"{form.title} (signed, from the site's own form)",
        "parameters": [SIGNATURE, IDEMPOTENCY],
        "requestBody": {"required": True, "content": {JSON: {"schema": {"type": "object"}}}},
        "responses": {
            "201": _says("Stored for good.", TAKEN),
            "400": _says("The body cannot be read.", ERROR),
            "401": _says("Not signed, or not just now.", ERROR),
            "410": _says("It is over.", ERROR),
            "413": _says("More than 64 KiB.", ERROR),
            "422": _says("What is wrong, by field.", PROBLEMS),
            "503": {"description": "Nothing can be stored just now: send again.", "content": {"text/plain": {}}},
        },
    }


def _challenge(form: Form) -> Spec:
    found = {"type": "object", "required": ["algorithm", "challenge", "maxNumber", "salt", "signature"]}
    words = "A puzzle (ALTCHA). Its answer goes into `proof`, where the form asks for one."
    return {"operationId": f"challenge_{form.key}", "responses": {"200": _says(words, found)}}


def _says(words: str, schema: Spec, *, page: bool = False) -> Spec:
    return {"description": words, "content": {JSON: {"schema": schema}} | ({HTML: {}} if page else {})}


def _asked(form: Form) -> Spec:
    fields = {each.name: _field(each) for each in form.fields}
    fields |= {"answer_by": {"type": "string", "enum": list(form.answers)}}
    fields |= {f"consent_{each}": {"type": "string", "enum": ["yes"]} for each in form.consents}
    fields |= {name: {"type": "string", "maxLength": longest} for name, longest in HIDDEN.items()}
    fields |= {"proof": {"type": "string"}} if form.document.guard == "proof" else {}
    required = [each.name for each in form.fields if each.required]
    required += ["answer_by"] if len(form.answers) > 1 else []
    required += [f"consent_{form.consent_required}"] if form.consent_required else []
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": PLAIN}


def _field(field: Field) -> Spec:
    """`number`: as people write it, too."""
    shape: Spec = {"type": "string", "maxLength": field.longest, "title": field.label}
    if field.kind == "number":
        shape = {"type": ["number", "string"], "title": field.label}
        shape |= {
            name: limit for name, limit in (("minimum", field.least), ("maximum", field.most)) if limit is not None
        }
    if field.kind == "email":
        shape |= {"format": "email"}
    if field.kind == "select":
        shape |= {"enum": [value for value, _ in field.choices]}
    return shape | ({"description": field.hint} if field.hint else {})
