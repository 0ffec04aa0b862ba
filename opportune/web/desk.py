"""Where does a colleague read whom they speak with, and say how it ended? Loopback only, until there is a login."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from opportune.rules.facts import CallResult
from opportune.store import desk as store
from opportune.store.desk import Talk, Wish
from opportune.web import desk_inbound, desk_meetings, desk_now
from opportune.web.page import page
from opportune.web.posted import posted
from opportune.work import desk
from opportune.work.world import World


def routes(world: World) -> list[Route]:
    async def show(_request: Request) -> Response:
        talks = await run_in_threadpool(store.open_talks, world.db)
        wishes = await run_in_threadpool(store.open_wishes, world.db)
        came_in = await run_in_threadpool(desk_inbound.section, world)
        booked = await run_in_threadpool(desk_meetings.section, world)
        waiting = f"<h2>Talks that wait for a call result</h2>{_table(talks)}{came_in}{_wishes(wishes)}{booked}"
        body = f"{desk_now.frame(len(talks))}{waiting}"
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
        known = await run_in_threadpool(desk.enter, world, token, result, note)
        return RedirectResponse("/desk", status_code=303) if known else Response("no such call", status_code=404)

    entering = Route("/desk/{token}", enter, methods=["POST"])
    return [Route("/desk", show, methods=["GET"]), *desk_now.routes(world), *desk_meetings.routes(world), entering]


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
