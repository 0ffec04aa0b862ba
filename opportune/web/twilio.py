"""How does Twilio reach us? Signed form posts; anything unsigned is refused before a byte of it is read as true."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels import voice
from channels.voice import VoiceEvent
from opportune import faults
from opportune.rules.facts import Instant
from opportune.web.body import small_body
from opportune.work import apologies, calls, talks
from opportune.work.world import World

Answer = TypeVar("Answer", str, bool)
Act = Callable[[World, str, VoiceEvent, Instant], Answer]
Endpoint = Callable[[Request], Awaitable[Response]]


def apply(work: Act[Answer], world: World, token: str, event: VoiceEvent) -> Answer:
    """Store and apply one event; what this answers may be told to Twilio, since it is committed."""
    return committed(work(world, token, event, world.clock.now()))


def committed(answer: Answer) -> Answer:
    """What was made of the event is on disk; a kill here costs Twilio's retry, which finds it done."""
    faults.point("event.committed")
    return answer


def routes(world: World) -> list[Route]:
    """`/voice/{token}` asks for words, `/keys`, `/after` and `/status` report, `/sorry` is the fallback."""

    pages = {
        "": speaking(world, calls.words),
        "/keys": speaking(world, talks.keys),
        "/after": speaking(world, talks.after_talk),
        "/status": reporting(world, calls.status),
        "/sorry": speaking(world, apologies.to_callee),
    }
    return [Route(f"/voice/{{token}}{leaf}", page, methods=["POST"]) for leaf, page in pages.items()]


def speaking(world: World, answer: Act[str]) -> Endpoint:
    """Twilio asks what to say."""
    return _signed(world, answer, lambda twiml: Response(twiml, media_type="application/xml"))


def reporting(world: World, status: Act[bool]) -> Endpoint:
    """Twilio tells how it went; 404 where we know of no such call."""
    return _signed(world, status, lambda known: Response(status_code=204 if known else 404))


def _signed(world: World, act: Act[Answer], answered: Callable[[Answer], Response]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        event = await signed_event(world, request)
        if isinstance(event, Response):
            return event
        return answered(await run_in_threadpool(apply, act, world, request.path_params["token"], event))

    return endpoint


async def signed_event(world: World, request: Request) -> VoiceEvent | Response:
    """The event when Twilio signed it, else the refusal. The URL is the configured one, never the request's own."""
    body = await small_body(request)
    if body is None:
        return Response("too large", status_code=413)
    s = world.settings
    path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii", "replace")
    query = request.scope["query_string"].decode("ascii", "replace")
    url = s.public_url.rstrip("/") + path + (f"?{query}" if query else "")
    tokens = [s.twilio_token.get_secret_value(), s.twilio_token_old.get_secret_value()]
    if not voice.valid_signature(tokens, url, body, request.headers.get("X-Twilio-Signature", "")):
        return Response("not signed by Twilio for this address", status_code=403)
    try:
        event = voice.parse_event(body, request.headers.get("I-Twilio-Idempotency-Token", ""))
    except ValueError as error:
        return Response(str(error), status_code=400)
    if event.raw.get("AccountSid") != s.twilio_account:
        return Response("another account", status_code=403)
    return event
