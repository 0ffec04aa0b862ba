"""Where does a colleague read whom they speak with, and say how it ended? An operator reads of their own calls only."""

from __future__ import annotations

from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from opportune.rules.facts import CallResult
from opportune.store import desk as store
from opportune.store import inbound, own_calls
from opportune.store.desk import Talk
from opportune.store.users import User
from opportune.web import desk_inbound, desk_meetings, desk_now, desk_wishes
from opportune.web.gate import insider
from opportune.web.login_form import other_languages, remember
from opportune.web.login_words import Words, moment, words
from opportune.web.page import page
from opportune.web.posted import posted
from opportune.work import desk, looked, meetings
from opportune.work.sessions import PRACTICE
from opportune.work.world import World

COMMAND = "<code>opportune user role {email} operator --operator NAME</code>"


def routes(world: World) -> list[Route]:
    async def show(request: Request) -> Response:
        said = words(request, "desk")
        body = await run_in_threadpool(_shown, world, insider(request), said)
        whole = body + other_languages(said, "/desk")
        answer = page(said["desk"], whole, practice=world.settings.practice, language=said["language"])
        remember(answer, said)
        return answer

    async def enter(request: Request) -> Response:
        fields = await posted(request)
        if isinstance(fields, Response):
            return fields
        try:
            result = CallResult(fields.get("result", ""))
        except ValueError:
            return _unknown(words(request, "desk"))
        token, note = request.path_params["token"], fields.get("note", "")[:500]
        theirs = await run_in_threadpool(own_calls.holds_call, world.db, own_calls.of(insider(request)), token)
        known = theirs and await run_in_threadpool(desk.enter, world, token, result, note)
        return RedirectResponse("/desk", status_code=303) if known else Response("no such call", status_code=404)

    entering = Route("/desk/{token}", enter, methods=["POST"])
    others = (*desk_now.routes(world), *desk_meetings.routes(world), *desk_wishes.routes(world))
    return [Route("/desk", show, methods=["GET"]), *others, entering]


def _unknown(said: Words) -> Response:
    choose = said["choose"].format(words=", ".join(said[result] for result in desk.RESULTS))
    return page(said["no_result"], f"<p>{choose}</p>", status=422, language=said["language"])


def _shown(world: World, reader: User, said: Words) -> str:
    """Everything that waits; for an operator, of their own calls."""
    whose = own_calls.of(reader)
    talks, calls = store.open_talks(world.db, own=whose), inbound.open_calls(world.db, own=whose)
    booked = meetings.open_meetings(world, own=whose)
    wishes = store.open_wishes(world.db) if whose is None else []  # nobody's yet: who leads gives them out
    people = {talk.contact_id for talk in talks} | {call.contact_id for call in calls}
    people |= {each.contact_id for each in booked} | {wish.contact_id for wish in wishes}
    looked.at(world.db, now := world.clock.now(), reader.signs, "desk", people)
    waiting = _table(talks, said) + desk_inbound.section(calls, now, said)
    waiting += desk_wishes.section(wishes, said) + desk_meetings.section(booked, said)
    return f"{desk_now.frame(len(talks), said)}{account(reader, said)}<h2>{said['talks']}</h2>{waiting}"


def account(reader: User, said: Words) -> str:
    """Who is here, and the way out."""
    if reader == PRACTICE:
        return ""
    strange = own_calls.of(reader) == own_calls.NOBODYS
    command = COMMAND.format(email=escape(reader.email))
    unknown = f"<p>{said['not_a_colleague'].format(command=command)}</p>" if strange else ""
    ways = f'<a href="/account">{said["account"]}</a> · <a href="/logout">{said["sign_out"]}</a>'
    return f'{unknown}<p class="soft">{escape(reader.name)} · {ways}</p>'


def _table(talks: list[Talk], said: Words) -> str:
    if not talks:
        return f'<p class="soft">{said["no_talks"]}</p>'
    return "<table>" + "".join(_row(talk, said) for talk in talks) + "</table>"


def _row(talk: Talk, said: Words) -> str:
    choices = "".join(f'<option value="{result}">{escape(said[result])}</option>' for result in desk.RESULTS)
    who = f"<strong>{escape(talk.name)}</strong><br>{escape(', '.join(filter(None, (talk.title, talk.company))))}"
    about = f"{escape(talk.campaign)} · {moment(said, talk.at)} · {said['talk_seconds'].format(n=talk.seconds)}"
    return (
        f'<tr><td>{who}<br><span class="soft">{about}</span></td>'
        f'<td><form class="row" method="post" action="/desk/{escape(talk.token)}">'
        f'<select name="result" aria-label="{escape(said["result_of"].format(name=talk.name))}">{choices}</select>'
        f'<input name="note" maxlength="500" aria-label="{said["note"]}" placeholder="{said["note"]}">'
        f"<button>{said['save']}</button></form></td></tr>"
    )
