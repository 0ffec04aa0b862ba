"""Who asked to be called and is not: no campaign for meetings is live, or the law of the place closes the phone (C4);
or on the phone for a mail that cannot be sent, so that somebody asks for the address (A9).

Whoever leads gives them out, and says here when somebody was called by hand.
"""

from __future__ import annotations

from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from opportune.store import own_calls
from opportune.store.desk import Wish
from opportune.store.users import User
from opportune.web.desk_inbound import MOST_ID
from opportune.web.gate import insider
from opportune.web.login_words import Words, moment
from opportune.web.posted import posted
from opportune.work import desk
from opportune.work.world import World


def routes(world: World) -> list[Route]:
    async def settle(request: Request) -> Response:
        fields = await posted(request)
        if isinstance(fields, Response):
            return fields
        known = await run_in_threadpool(_settle, world, insider(request), request.path_params["id"])
        return RedirectResponse("/desk", status_code=303) if known else Response("nobody asked", status_code=404)

    return [Route("/desk/wishes/{id:int}", settle, methods=["POST"])]


def _settle(world: World, reader: User, contact: int) -> bool:
    theirs = contact < MOST_ID and own_calls.of(reader) is None
    return theirs and desk.called_by_hand(world, contact, reader.email or "desk")


def section(wishes: list[Wish], said: Words) -> str:
    """Empty where nobody waits."""
    calls, mails = [wish for wish in wishes if not wish.mail], [wish for wish in wishes if wish.mail]
    return _listed(calls, said["wishes"], said) + _listed(mails, said["mail_wishes"], said)


def _listed(wishes: list[Wish], title: str, said: Words) -> str:
    return f"<h2>{title}</h2><table>{''.join(_row(wish, said) for wish in wishes)}</table>" if wishes else ""


def _row(wish: Wish, said: Words) -> str:
    name = escape(f"{said['done']}: {wish.name}")
    return (
        f"<tr><td><strong>{escape(wish.name)}</strong><br>{escape(wish.phone)}</td>"
        f'<td>{escape(wish.message)}<br><span class="soft">{moment(said, wish.at)}</span>'
        f'<form class="row" method="post" action="/desk/wishes/{wish.contact_id}">'
        f'<button aria-label="{name}">{said["done"]}</button></form></td></tr>'
    )
