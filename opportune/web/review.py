"""Where does a listener answer the questions on a talk that was drawn (E5)? For team leads and admins only."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from opportune.web.gate import insider
from opportune.web.page import page
from opportune.web.posted import posted
from opportune.work import quality
from opportune.work.quality import Talk
from opportune.work.world import World

MOST_ID = 2**63
ABOUT = (
    "<p>A quarter of each colleague's talks is drawn by chance. Listen to the recording at your carrier, by its call "
    "id, then answer. Who was called is not shown.</p>"
)


def routes(world: World) -> list[Route]:
    async def show(request: Request) -> Response:
        talks = await run_in_threadpool(quality.open_reviews, world, insider(request).id)
        return page("Talks to listen to", ABOUT + _list(talks), practice=world.settings.practice)

    async def score(request: Request) -> Response:
        fields = await posted(request)
        if isinstance(fields, Response):
            return fields
        id, who, note = request.path_params["id"], insider(request).id, fields.get("note", "")
        try:
            known = id < MOST_ID and await run_in_threadpool(quality.score, world, id, who, fields, note)
        except quality.NotScored as missing:
            back = '<p><a href="/review">Back</a></p>'
            return page("Something is missing", f"<p>{escape(str(missing))}.</p>{back}", status=422)
        return RedirectResponse("/review", status_code=303) if known else Response("no such talk", status_code=404)

    return [Route("/review", show, methods=["GET"]), Route("/review/{id:int}", score, methods=["POST"])]


def _list(talks: list[Talk]) -> str:
    return "".join(map(_one, talks)) or '<p class="soft">None waits. More are drawn each night.</p>'


def _one(talk: Talk) -> str:
    at = datetime.fromtimestamp(talk.at, UTC).strftime("%d %b %H:%M UTC")
    second = " · for a second listener" if talk.turn == 2 else ""
    about = f"{talk.campaign} · {at} · {talk.seconds} s · entered: {talk.result.replace('_', ' ')} · {talk.call or ''}"
    questions = "".join(_question(talk.id, key, words) for key, words in quality.QUESTIONS.items())
    marks = "".join(f"<option>{mark}</option>" for mark in range(1, 6))
    return (
        f'<h2>{escape(talk.colleague)}</h2><p class="soft">{escape(about)}{second}</p>'
        f'<form method="post" action="/review/{talk.id}"><table>{questions}'
        f'<tr><td>As a whole</td><td><select name="mark" aria-label="Mark of talk {talk.id}">{marks}</select></td></tr>'
        f'</table><div class="row"><input name="note" maxlength="500" aria-label="Note on talk {talk.id}" '
        'placeholder="Note"> <button>Save</button></div></form>'
    )


def _question(id: int, key: str, words: str) -> str:
    said = "".join(
        f'<label><input type="radio" name="{key}" value="{each}" required> {each}</label> ' for each in ("yes", "no")
    )
    legend = f'<span id="q{id}{key}">{escape(words)}</span>'
    return f'<tr><td>{legend}</td><td role="radiogroup" aria-labelledby="q{id}{key}">{said}</td></tr>'
