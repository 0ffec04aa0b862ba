"""What does a colleague read while the phone rings? A small page within the desk that looks again by itself.

It stands in a frame of its own, so that nothing somebody types on the desk is lost.
"""

from __future__ import annotations

from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from opportune.store import desk, own_calls
from opportune.store.users import User
from opportune.web.gate import insider
from opportune.web.login_words import Words, words
from opportune.web.page import page
from opportune.web.posted import posted
from opportune.work import desk_lines, looked, operators
from opportune.work.briefing import Briefing
from opportune.work.desk_lines import Line
from opportune.work.world import World

AGAIN = 3  # seconds
DOING = ("ringing", "briefed", "accepted", "waiting")
COMMAND = '<code>opportune operator add "NAME" +NUMBER</code>'
SAID_SO = "said so at the desk"


def routes(world: World) -> list[Route]:
    async def now(request: Request) -> Response:
        lines, talks = await run_in_threadpool(_now, world, insider(request))
        known = _count(request.query_params.get("talks", ""), talks)
        said = words(request, "desk")
        missing = f'<p class="soft">{said["nobody"].format(command=COMMAND)}</p>'
        nobody = missing if own_calls.of(insider(request)) is None else ""
        still = "still" in request.query_params
        body = (_body(lines, known, talks, said) or nobody) + _pace(known, said, still=still)
        again = 0 if still else AGAIN
        return page(said["colleagues"], body, refresh=again, within=True, language=said["language"])

    async def duty(request: Request) -> Response:
        fields = await posted(request)
        if isinstance(fields, Response):
            return fields
        try:
            await run_in_threadpool(_switch, world, insider(request), fields)
        except operators.NoColleague as error:
            title = words(request, "desk")["no_colleague"]
            return page(title, f"<p>{escape(str(error))}</p>", status=404, within=True)
        known = _count(fields.get("talks", ""), 0)
        return RedirectResponse(f"/desk/now?talks={known}", status_code=303)

    return [Route("/desk/now", now, methods=["GET"]), Route("/desk/duty", duty, methods=["POST"])]


def _now(world: World, reader: User) -> tuple[list[Line], int]:
    """Who is on which line, and how many talks wait."""
    own = own_calls.of(reader)
    lines = desk_lines.lines(world, own)
    looked.at(world.db, world.clock.now(), reader.signs, "desk, on the phone", [line.contact_id for line in lines])
    return lines, len(desk.open_talks(world.db, own=own))


def _switch(world: World, reader: User, fields: dict[str, str]) -> None:
    """Operators go on and off duty themselves; who leads them, anybody."""
    who, own = f"#{fields.get('who', '')}", own_calls.of(reader)
    if own is not None and who != f"#{own}":
        raise operators.NoColleague("that is somebody else's duty")
    if fields.get("duty") == "on":
        operators.on_duty(world, who)
    else:
        operators.off_duty(world, who, SAID_SO)


def _count(text: str, default: int) -> int:
    return int(text[:6]) if text.isascii() and text.isdigit() else default


def frame(talks: int, said: Words) -> str:
    """Where the desk shows this page; it tells when there are more talks than those."""
    return f'<iframe title="{said["colleagues_frame"]}" src="/desk/now?talks={talks}"></iframe>'


def _body(lines: list[Line], known_talks: int, talks: int, said: Words) -> str:
    """`known_talks`: so many stand on the desk around this page."""
    new_talks = talks > known_talks
    more = f'<p><a href="/desk" target="_top">{said["new_talk"]}</a></p>' if new_talks else ""
    return more + "".join(_line(each, known_talks, said) for each in lines)


def _pace(talks: int, said: Words, *, still: bool) -> str:
    """Whoever reads slowly, or hears the page read, can hold it."""
    more, word = ("", said["renew"]) if still else ("&amp;still=1", said["hold"])
    return f'<p class="soft"><a href="/desk/now?talks={talks}{more}">{word}</a></p>'


def _line(line: Line, known_talks: int, said: Words) -> str:
    state = said[line.doing] if line.doing in DOING else said["on_duty"] if line.on_duty else _off_duty(line, said)
    on, switch = ("off", said["go_off"]) if line.on_duty else ("on", said["go_on"])
    return (
        f'<section><form class="row" method="post" action="/desk/duty"><strong>{escape(line.name)}</strong>'
        f'<span class="soft">{escape(state)}</span><input type="hidden" name="who" value="{line.id}">'
        f'<input type="hidden" name="talks" value="{known_talks}">'
        f'<button name="duty" value="{on}" aria-label="{switch}: {escape(line.name)}">'
        f"{switch}</button></form>{_about(line.about, line.outline, said) if line.about else ''}</section>"
    )


def _off_duty(line: Line, said: Words) -> str:
    """Our own reasons in the reader's language; what somebody wrote stays as it is."""
    ours = {"": said["not_yet_on"], SAID_SO: said["said_so_here"]}
    missed = said["missed_calls"].format(n=operators.MOST_MISSES)
    why = missed if line.off_duty_why.startswith("missed ") else ours.get(line.off_duty_why, line.off_duty_why)
    return said["off_duty"].format(why=why)


def _about(about: Briefing, outline: str, said: Words) -> str:
    """Everything, in the order in which one reads it before the first word."""
    who = (
        f"<p><strong>{escape(about.name)}</strong> {escape(', '.join(filter(None, (about.title, about.company))))}</p>"
    )
    told = [
        (said["why_now"], [about.why, *about.reasons]),
        (said["known"], [*about.known, *([about.notes] if about.notes else [])]),
        (said["before"], about.history),
        (said["own_words"], [outline] if outline else []),
    ]
    cells = "".join(
        f"<tr><th>{title}</th><td>{'<br>'.join(escape(each) for each in facts)}</td></tr>"
        for title, facts in told
        if facts
    )
    return f"{who}<table>{cells}</table>"
