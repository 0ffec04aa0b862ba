"""Where does a colleague read whom they speak with, and say how it ended? An operator reads of their own calls only."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from opportune.rules.facts import CallResult
from opportune.store import desk as store
from opportune.store import inbound, own_calls
from opportune.store.desk import Talk, Wish
from opportune.store.users import User
from opportune.web import desk_inbound, desk_meetings, desk_now
from opportune.web.gate import insider
from opportune.web.page import page
from opportune.web.posted import posted
from opportune.work import desk, looked, meetings
from opportune.work.sessions import PRACTICE
from opportune.work.world import World

UNKNOWN = (
    "We do not know which colleague you are, so no call is yours yet: "
    "<code>opportune user role {email} operator --operator NAME</code>."
)


def routes(world: World) -> list[Route]:
    async def show(request: Request) -> Response:
        body = await run_in_threadpool(_shown, world, insider(request))
        return page("The desk", body, practice=world.settings.practice)

    async def enter(request: Request) -> Response:
        fields = await posted(request)
        if isinstance(fields, Response):
            return fields
        try:
            result = CallResult(fields.get("result", ""))
        except ValueError:
            return page("Unknown call result", f"<p>Choose one of: {', '.join(desk.RESULTS.values())}.</p>", status=422)
        token, note = request.path_params["token"], fields.get("note", "")[:500]
        theirs = await run_in_threadpool(own_calls.holds_call, world.db, own_calls.of(insider(request)), token)
        known = theirs and await run_in_threadpool(desk.enter, world, token, result, note)
        return RedirectResponse("/desk", status_code=303) if known else Response("no such call", status_code=404)

    entering = Route("/desk/{token}", enter, methods=["POST"])
    return [Route("/desk", show, methods=["GET"]), *desk_now.routes(world), *desk_meetings.routes(world), entering]


def _shown(world: World, reader: User) -> str:
    """Everything that waits; for an operator, of their own calls."""
    whose = own_calls.of(reader)
    talks, calls = store.open_talks(world.db, own=whose), inbound.open_calls(world.db, own=whose)
    booked = meetings.open_meetings(world, own=whose)
    wishes = store.open_wishes(world.db) if whose is None else []  # nobody's yet: who leads gives them out
    people = {talk.contact_id for talk in talks} | {call.contact_id for call in calls}
    people |= {each.contact_id for each in booked} | {wish.contact_id for wish in wishes}
    looked.at(world.db, now := world.clock.now(), reader.signs, "desk", people)
    waiting = f"{_table(talks)}{desk_inbound.section(calls, now)}{_wishes(wishes)}{desk_meetings.section(booked)}"
    return f"{desk_now.frame(len(talks))}{account(reader)}<h2>Talks that wait for a call result</h2>{waiting}"


def account(reader: User) -> str:
    """Who is here, and the way out."""
    if reader == PRACTICE:
        return ""
    strange = own_calls.of(reader) == own_calls.NOBODYS
    unknown = f"<p>{UNKNOWN.format(email=escape(reader.email))}</p>" if strange else ""
    ways = '<a href="/account">Account</a> · <a href="/logout">Sign out</a>'
    return f'{unknown}<p class="soft">{escape(reader.name)} · {ways}</p>'


def _table(talks: list[Talk]) -> str:
    if not talks:
        return '<p class="soft">None. A talk appears here when somebody spoke with a colleague.</p>'
    return "<table>" + "".join(_row(talk) for talk in talks) + "</table>"


def _wishes(wishes: list[Wish]) -> str:
    """Who asked to be called and is not: no campaign for meetings is live, or the law of the place closes the phone."""
    if not wishes:
        return ""
    rows = "".join(
        f"<tr><td><strong>{escape(wish.name)}</strong><br>{escape(wish.phone)}</td>"
        f'<td>{escape(wish.message)}<br><span class="soft">{_clock(wish.at)}</span></td></tr>'
        for wish in wishes
    )
    return f"<h2>Asked to be called, no call planned</h2><table>{rows}</table>"


def _clock(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d %b %H:%M UTC")


def _row(talk: Talk) -> str:
    choices = "".join(f'<option value="{r.value}">{escape(words)}</option>' for r, words in desk.RESULTS.items())
    who = f"<strong>{escape(talk.name)}</strong><br>{escape(', '.join(filter(None, (talk.title, talk.company))))}"
    about = f"{escape(talk.campaign)} · {_clock(talk.at)} · {talk.seconds} s"
    return (
        f'<tr><td>{who}<br><span class="soft">{about}</span></td>'
        f'<td><form class="row" method="post" action="/desk/{escape(talk.token)}">'
        f'<select name="result" aria-label="Call result of {escape(talk.name)}">{choices}</select>'
        '<input name="note" maxlength="500" aria-label="Note" placeholder="Note"><button>Save</button></form></td></tr>'
    )
