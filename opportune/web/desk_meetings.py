"""Which booked meetings are over, and where does a colleague say whether they were kept (F3)?"""

from __future__ import annotations

from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from opportune.store import own_calls
from opportune.store.users import User
from opportune.web.gate import insider
from opportune.web.login_words import Words, day, words
from opportune.web.page import page
from opportune.web.posted import posted
from opportune.work import meetings
from opportune.work.meetings import Booked
from opportune.work.world import World

MOST_ID = 2**63
WORDS = ("kept", "missed")


def routes(world: World) -> list[Route]:
    async def tell(request: Request) -> Response:
        fields = await posted(request)
        if isinstance(fields, Response):
            return fields
        word, id = fields.get("word", ""), request.path_params["id"]
        if word not in WORDS:
            said = words(request, "desk")
            choose = said["choose"].format(words=", ".join(said[each] for each in WORDS))
            return page(said["no_word"], f"<p>{choose}</p>", status=422, language=said["language"])
        kept, note = word == "kept", fields.get("note", "")[:500]
        known = await run_in_threadpool(_tell, world, insider(request), id, kept, note)
        return RedirectResponse("/desk", status_code=303) if known else Response("no such meeting", status_code=404)

    return [Route("/desk/meetings/{id:int}", tell, methods=["POST"])]


def _tell(world: World, reader: User, id: int, kept: bool, note: str) -> bool:
    theirs = id < MOST_ID and own_calls.holds_meeting(world.db, own_calls.of(reader), id)
    return theirs and meetings.told_at_desk(world, id, kept=kept, note=note)


def section(booked: list[Booked], said: Words) -> str:
    """Empty where no meeting is booked."""
    if not booked:
        return ""
    return f"<h2>{said['meetings']}</h2><table>{''.join(_row(each, said) for each in booked)}</table>"


def _row(booked: Booked, said: Words) -> str:
    when = said["booked"].format(day=day(said, booked.at))
    about = " · ".join(filter(None, (booked.company, booked.campaign, when, booked.note)))
    buttons = "".join(f'<button name="word" value="{word}">{said[word]}</button>' for word in WORDS)
    return (
        f'<tr><td><strong>{escape(booked.name)}</strong><br><span class="soft">{escape(about)}</span></td>'
        f'<td><form class="row" method="post" action="/desk/meetings/{booked.id}">'
        f'<input name="note" maxlength="500" aria-label="{escape(said["note_on"].format(name=booked.name))}" '
        f'placeholder="{said["note"]}">'
        f"{buttons}</form></td></tr>"
    )
