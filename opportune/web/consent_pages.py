"""How does a reader confirm a yes, and how do they see and take back what they allowed (E1)?

Without login or cookie. GET shows buttons only, for link scanners fetch; POST acts. Whatever the token, the pages are
the same: a token nobody has reads like one of somebody who never said anything, and nothing asked for is shown again.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from importlib import resources
from typing import Any
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from opportune.rules.facts import Instant
from opportune.web.body import small_body
from opportune.web.limits import slowed
from opportune.web.page import page
from opportune.work import confirming, consent_history, consents
from opportune.work.world import World

EVERYTHING = "everything"
Words = Mapping[str, str]


def routes(world: World) -> list[Route]:
    house = _House(world)
    return [
        Route("/confirm/{token}", house.ask, methods=["GET"]),
        Route("/confirm/{token}", house.confirm, methods=["POST"]),
        Route("/my/{token}", house.show, methods=["GET"]),
        Route("/my/{token}", house.withdraw, methods=["POST"]),
    ]


class _House:
    def __init__(self, world: World) -> None:
        self.world = world

    async def ask(self, request: Request) -> Response:
        words = words_of(request)
        return self._page(words, "confirm_title", f"<p>{words['confirm_ask']}</p>{_button(words['confirm_button'])}")

    async def confirm(self, request: Request) -> Response:
        token, now = request.path_params["token"], self.world.clock.now()
        ours = await run_in_threadpool(confirming.confirm, self.world, token, now, *_visitor(request))
        words = words_of(request)
        done = self._page(words, "confirm_done_title", f"<p>{words['confirm_done']}</p>")
        return slowed(self.world, request, done, wrong=not ours)

    async def show(self, request: Request) -> Response:
        told = await run_in_threadpool(consent_history.page, self.world, request.path_params["token"])
        words = words_of(request)
        wrong = all(each["state"] == "nothing" for each in told)
        return slowed(self.world, request, self._page(words, "my_title", _table(told, words)), wrong=wrong)

    async def withdraw(self, request: Request) -> Response:
        """Anything but one of our own buttons changes nothing; a mail program's one click means everything."""
        body = dict(parse_qsl((await small_body(request) or b"").decode("utf-8", "replace")))
        what = body.get("what", EVERYTHING if body.get("List-Unsubscribe") else "")
        ours = False
        if what == EVERYTHING or what in consents.CHANNELS:
            channel = None if what == EVERYTHING else what
            token, now = request.path_params["token"], self.world.clock.now()
            ours = await run_in_threadpool(consents.by_token, self.world, token, channel, now, *_visitor(request))
        words = words_of(request)
        done = self._page(words, "my_done_title", f"<p>{words['my_done']}</p>")
        return slowed(self.world, request, done, wrong=not ours)

    def _page(self, words: Words, title: str, body: str) -> Response:
        language = words["language"]
        return page(words[title], body, practice=self.world.settings.practice, language=language)


def _visitor(request: Request) -> tuple[str | None, str]:
    return request.client.host if request.client else None, request.headers.get("user-agent", "")[:500]


def words_of(request: Request) -> Words:
    """In the language of the link, else of the browser, else in English."""
    asked = [request.query_params.get("l", ""), *request.headers.get("accept-language", "")[:200].split(",")]
    found = [each.strip()[:2].lower() for each in asked]
    return _all()[next((each for each in found if each in _all()), "en")]


@lru_cache
def _all() -> dict[str, Words]:
    read = tomllib.loads(resources.files("opportune.web").joinpath("consent_words.toml").read_text("utf-8"))
    return {language: {**words, "language": language} for language, words in read.items()}


def _table(told: Sequence[Mapping[str, Any]], words: Words) -> str:
    rows = "".join(
        f"<tr><td>{words[each['channel']]}</td><td>{_state(each, words)}</td>"
        f"<td>{_button(words['withdraw'], each['channel'])}</td></tr>"
        for each in told
    )
    return f"<p>{words['my_intro']}</p><table>{rows}</table>{_button(words['withdraw_all'], EVERYTHING)}"


def _state(each: Mapping[str, Any], words: Words) -> str:
    said = words[each["state"]].format(day=_day(each["since"]))
    until = f" {words['until'].format(day=_day(each['until']))}" if each["state"] == "yes" and each["until"] else ""
    return escape(said + until)


def _day(at: Instant | None) -> str:
    return datetime.fromtimestamp(at or 0, UTC).strftime("%Y-%m-%d")


def _button(label: str, what: str = "") -> str:
    named = f' name="what" value="{what}"' if what else ""
    return f'<form method="post"><button type="submit"{named}>{escape(label)}</button></form>'
