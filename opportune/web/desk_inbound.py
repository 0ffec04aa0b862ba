"""Which calls that came in does the desk show, and where does a colleague say that one is settled (D6)?"""

from __future__ import annotations

from collections.abc import Mapping
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
from opportune.web.login_words import Words, moment
from opportune.web.posted import posted
from opportune.work import inbound_ends
from opportune.work.world import World

MOST_ID = 2**63
#: C1, on screen.
KINDS = ("first_time", "returned", "referral", "repeat")
WHAT = ("talked", "voicemail", "promised", "missed")


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


def section(calls: list[Owed], now: Instant, said: Words) -> str:
    """Empty where nothing waits."""
    if not calls:
        return ""
    return f"<h2>{said['inbound']}</h2><table>{''.join(_row(call, now, said) for call in calls)}</table>"


def _row(call: Owed, now: Instant, said: Words) -> str:
    who = f"<strong>{escape(_who(call, said))}</strong><br>{escape(call.number or call.caller)}"
    late = f" · <strong>{said['late']}</strong>" if call.due_at < now else ""
    kind = said[call.kind] if call.kind in KINDS else call.kind
    asked = [said["request"].format(id=call.id), kind, moment(said, call.at)]
    asked.append(said["by"].format(at=moment(said, call.due_at)))
    return (
        f"<tr><td>{who}</td><td>{escape(' · '.join(_what(call, said)))}{_link(call, said)}<br>{escape(call.said)}"
        f'<span class="soft">{escape(" · ".join(asked))}{late}{escape(f" · {call.note}") if call.note else ""}</span>'
        f'<form class="row" method="post" action="/desk/inbound/{call.id}"><input name="note" maxlength="500" '
        f'aria-label="{said["note_on_request"].format(id=call.id)}" placeholder="{said["what_was_done"]}">'
        f"<button>{said['done']}</button></form></td></tr>"
    )


def _who(call: Owed, said: Words) -> str:
    if call.name:
        return call.name
    if call.people:
        return said["one_of"].format(n=call.people)
    return said["shown_as"].format(name=call.caller_name) if call.caller_name else said["unknown"]


def _what(call: Owed, said: Words) -> list[str]:
    """What became of it."""
    told = [said[f"in_{call.state}"] if call.state in WHAT else call.state]
    told += [] if call.recording_seconds is None else [said["talk_seconds"].format(n=call.recording_seconds)]
    told += [said["promised_for"].format(at=moment(said, call.promised_at))] if call.promised_at else []
    return told + ([said["talked_seconds"].format(n=call.talk_seconds)] if call.talk_seconds else [])


def _link(call: Owed, said: Words) -> str:
    """Only to the web: an address of another sort would run in the page."""
    if urlsplit(call.recording_url).scheme not in ("http", "https"):
        return ""
    return f' · <a href="{escape(call.recording_url)}" rel="noreferrer">{said["listen"]}</a>'
