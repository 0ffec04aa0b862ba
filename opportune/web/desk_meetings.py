"""Which booked meetings are over, and where does a colleague say whether they were kept (F3)?"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from opportune.store import own_calls
from opportune.store.users import User
from opportune.web.gate import insider
from opportune.web.page import page
from opportune.web.posted import posted
from opportune.work import meetings
from opportune.work.meetings import Booked
from opportune.work.world import World

MOST_ID = 2**63
WORDS = {"kept": "It took place", "missed": "It did not"}


def routes(world: World) -> list[Route]:
    async def tell(request: Request) -> Response:
        fields = await posted(request)
        if isinstance(fields, Response):
            return fields
        word, id = fields.get("word", ""), request.path_params["id"]
        if word not in WORDS:
            return page("Unknown word", f"<p>Choose one of: {', '.join(WORDS.values())}.</p>", status=422)
        kept, note = word == "kept", fields.get("note", "")[:500]
        known = await run_in_threadpool(_tell, world, insider(request), id, kept, note)
        return RedirectResponse("/desk", status_code=303) if known else Response("no such meeting", status_code=404)

    return [Route("/desk/meetings/{id:int}", tell, methods=["POST"])]


def _tell(world: World, reader: User, id: int, kept: bool, note: str) -> bool:
    theirs = id < MOST_ID and own_calls.holds_meeting(world.db, own_calls.of(reader), id)
    return theirs and meetings.told_at_desk(world, id, kept=kept, note=note)


def section(booked: list[Booked]) -> str:
    """Empty where no meeting is booked."""
    if not booked:
        return ""
    return f"<h2>Booked meetings: did they take place?</h2><table>{''.join(map(_row, booked))}</table>"


def _row(booked: Booked) -> str:
    day = datetime.fromtimestamp(booked.at, UTC).strftime("%d %b")
    about = " · ".join(filter(None, (booked.company, booked.campaign, f"booked {day}", booked.note)))
    buttons = "".join(f'<button name="word" value="{key}">{words}</button>' for key, words in WORDS.items())
    return (
        f'<tr><td><strong>{escape(booked.name)}</strong><br><span class="soft">{escape(about)}</span></td>'
        f'<td><form class="row" method="post" action="/desk/meetings/{booked.id}">'
        f'<input name="note" maxlength="500" aria-label="Note on {escape(booked.name)}" placeholder="Note">'
        f"{buttons}</form></td></tr>"
    )
