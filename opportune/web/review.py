"""Where does a listener answer the questions on a talk that was drawn (E5)? For team leads and admins only."""

from __future__ import annotations

from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from opportune.web.gate import insider
from opportune.web.login_form import other_languages, remember
from opportune.web.login_words import Words, moment, words
from opportune.web.page import page
from opportune.web.posted import posted
from opportune.work import quality
from opportune.work.quality import Talk
from opportune.work.world import World

MOST_ID = 2**63


def routes(world: World) -> list[Route]:
    async def show(request: Request) -> Response:
        talks = await run_in_threadpool(quality.open_reviews, world, insider(request).id)
        said = words(request, "desk")
        body = f"<p>{said['review_about']}</p>{_list(talks, said)}{other_languages(said, '/review')}"
        answer = page(said["review"], body, practice=world.settings.practice, language=said["language"])
        remember(answer, said)
        return answer

    async def score(request: Request) -> Response:
        fields = await posted(request)
        if isinstance(fields, Response):
            return fields
        id, who, note = request.path_params["id"], insider(request).id, fields.get("note", "")
        try:
            known = id < MOST_ID and await run_in_threadpool(quality.score, world, id, who, fields, note)
        except quality.NotScored as missing:
            return _again(words(request, "desk"), missing.asked)
        return RedirectResponse("/review", status_code=303) if known else Response("no such talk", status_code=404)

    return [Route("/review", show, methods=["GET"]), Route("/review/{id:int}", score, methods=["POST"])]


def _again(said: Words, asked: str) -> Response:
    """`asked`: what was left open."""
    open_one = said["answer_yes_or_no"].format(question=said[f"q_{asked}"]) if asked != quality.MARK else ""
    body = f'<p>{open_one or said["give_mark"]}.</p><p><a href="/review">{said["back"]}</a></p>'
    return page(said["review_missing"], body, status=422, language=said["language"])


def _list(talks: list[Talk], said: Words) -> str:
    return "".join(_one(talk, said) for talk in talks) or f'<p class="soft">{said["review_none"]}</p>'


def _one(talk: Talk, said: Words) -> str:
    result = said.get(talk.result, talk.result.replace("_", " ")).lower()
    told = [talk.campaign, moment(said, talk.at), said["talk_seconds"].format(n=talk.seconds)]
    told += [said["entered_as"].format(result=result), talk.call or "", said["review_second"] if talk.turn == 2 else ""]
    about = " · ".join(filter(None, told))
    questions = "".join(_question(talk.id, key, said) for key in quality.QUESTIONS)
    marks = "".join(f"<option>{mark}</option>" for mark in range(1, 6))
    return (
        f'<h2>{escape(talk.colleague)}</h2><p class="soft">{escape(about)}</p>'
        f'<form method="post" action="/review/{talk.id}"><table>{questions}'
        f"<tr><td>{said['as_a_whole']}</td><td>"
        f'<select name="mark" aria-label="{said["mark_of"].format(id=talk.id)}">{marks}</select></td></tr></table>'
        f'<div class="row"><input name="note" maxlength="500" aria-label="{said["note_of_talk"].format(id=talk.id)}" '
        f'placeholder="{said["note"]}"> <button>{said["save"]}</button></div></form>'
    )


def _question(id: int, key: str, said: Words) -> str:
    choice = "".join(
        f'<label><input type="radio" name="{key}" value="{each}" required> {said[each]}</label> '
        for each in ("yes", "no")
    )
    legend = f'<span id="q{id}{key}">{escape(said[f"q_{key}"])}</span>'
    return f'<tr><td>{legend}</td><td role="radiogroup" aria-labelledby="q{id}{key}">{choice}</td></tr>'
