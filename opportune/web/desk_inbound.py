"""Which calls that came in does the desk show, and where does a colleague say that one is settled (D6)?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from opportune.rules.facts import Instant
from opportune.store import own_calls
from opportune.store.inbound import Owed
from opportune.store.users import User
from opportune.web.gate import insider
from opportune.web.posted import posted
from opportune.work import inbound_ends
from opportune.work.world import World

MOST_ID = 2**63
#: C1, on screen.
KINDS = {"first_time": "first call", "returned": "asked before", "referral": "recommended", "repeat": "customer"}
WHAT = {
    "talked": "Talked with a colleague: what comes next?",
    "voicemail": "Left a message",
    "promised": "We promised to call back",
    "missed": "Hung up before anybody answered",
}


def routes(world: World) -> list[Route]:
    async def settle(request: Request) -> Response:
        fields = await posted(request)
        if isinstance(fields, Response):
            return fields
        known = await run_in_threadpool(_settle, world, insider(request), request.path_params["id"], fields)
        return RedirectResponse("/desk", status_code=303) if known else Response("nothing is owed", status_code=404)

    return [Route("/desk/inbound/{id:int}", settle, methods=["POST"])]


def _settle(world: World, reader: User, id: int, fields: Mapping[str, str]) -> bool:
    theirs = id < MOST_ID and own_calls.holds_inbound(world.db, own_calls.of(reader), id)
    return theirs and inbound_ends.handled(world, id, reader.email or "desk", fields.get("note", ""))


def section(calls: list[Owed], now: Instant) -> str:
    """Empty where nothing waits."""
    if not calls:
        return ""
    return f"<h2>Calls that came in</h2><table>{''.join(_row(call, now) for call in calls)}</table>"


def _row(call: Owed, now: int) -> str:
    who = f"<strong>{escape(_who(call))}</strong><br>{escape(call.number or call.caller)}"
    about = [WHAT.get(call.state, call.state), *_recording(call)]
    about += [f"promised for {_clock(call.promised_at)}"] if call.promised_at else []
    about += [f"talked {call.talk_seconds} s"] if call.talk_seconds else []
    late = " · <strong>late</strong>" if call.due_at < now else ""
    return (
        f"<tr><td>{who}</td><td>{escape(' · '.join(about))}{_link(call)}<br>{escape(call.said)}"
        f'<span class="soft">request {call.id} · {escape(KINDS.get(call.kind, call.kind))} · {_clock(call.at)} · '
        f"by {_clock(call.due_at)}{late}{escape(f' · {call.note}') if call.note else ''}</span>"
        f'<form class="row" method="post" action="/desk/inbound/{call.id}"><input name="note" maxlength="500" '
        f'aria-label="Note on request {call.id}" placeholder="What was done"><button>Done</button></form></td></tr>'
    )


def _who(call: Owed) -> str:
    if call.name:
        return call.name
    if call.people:
        return f"one of {call.people} people with this number"
    return f"unknown, shown as “{call.caller_name}”" if call.caller_name else "unknown"


def _recording(call: Owed) -> list[str]:
    return [] if call.recording_seconds is None else [f"{call.recording_seconds} s"]


def _link(call: Owed) -> str:
    """Only to the web: an address of another sort would run in the page."""
    if urlsplit(call.recording_url).scheme not in ("http", "https"):
        return ""
    return f' · <a href="{escape(call.recording_url)}" rel="noreferrer">listen</a>'


def _clock(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d %b %H:%M UTC")
