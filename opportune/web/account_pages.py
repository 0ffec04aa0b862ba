"""How does somebody change how they sign in? Each change asks for the password, and ends their other sessions."""

from __future__ import annotations

from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from opportune.web.gate import insider
from opportune.web.login_form import (
    bad,
    button,
    code_field,
    field,
    form,
    good,
    hidden,
    new_password,
    refusal,
    shown,
    visitor,
    whose,
)
from opportune.web.login_pages import Busy, Heavy, set_cookie
from opportune.web.login_words import Words, words
from opportune.web.posted import posted
from opportune.work import chosen_passwords, factor_setup, login
from opportune.work.chosen_passwords import Weak
from opportune.work.factor_setup import Offer
from opportune.work.login import Refused
from opportune.work.world import World

Given = dict[str, str]


def routes(world: World) -> list[Route]:
    own = _Account(world)
    return [
        Route("/account", own.show, methods=["GET"]),
        Route("/account/password", own.password, methods=["POST"]),
        Route("/account/second", own.offer, methods=["POST"]),
        Route("/account/second/on", own.second_on, methods=["POST"]),
        Route("/account/second/off", own.second_off, methods=["POST"]),
    ]


class _Account:
    def __init__(self, world: World) -> None:
        self.world, self.heavy = world, Heavy()

    async def show(self, request: Request) -> Response:
        told = good(words(request)["changed"]) if "changed" in request.query_params else ""
        return await self._page(request, told)

    async def _page(self, request: Request, told: str, status: int = 200) -> Response:
        said, user = words(request), insider(request)
        if self.world.settings.practice:  # nobody is asked who they are there
            return RedirectResponse("/", status_code=303)
        left = await run_in_threadpool(factor_setup.codes_left, self.world, user.id)
        body = (
            f"<p>{escape(user.name)} · {escape(user.email)}<br>"
            f'<span class="soft">{said["role"].format(role=said[user.role])}</span></p>{told}'
            f"<h2>{said['change_password']}</h2>"
            + form("/account/password", whose(user.email), _old(said), new_password(said), button(said["save"]))
            + f"<h2>{said['second_title']}</h2>{_second(said, left, user.email)}"
            + f'<p><a href="/logout">{said["sign_out"]}</a> · <a href="/">{said["back"]}</a></p>'
        )
        return shown(said, "account", body, status=status, languages="/account")

    async def _proved(self, request: Request) -> Given | Response:
        """What was posted, by somebody who typed their password with it."""
        given = await posted(request)
        if isinstance(given, Response):
            return given
        try:
            refused = await self.heavy.run(login.proves, self.world, insider(request).id, given.get("old", ""))
        except Busy:
            return await self._page(request, bad(words(request)["busy"]), 503)
        if isinstance(refused, Refused):
            told, status = refusal(words(request), refused, "password_wrong")
            return await self._page(request, bad(told), status)
        return given

    async def password(self, request: Request) -> Response:
        given = await self._proved(request)
        if isinstance(given, Response):
            return given
        user, chosen = insider(request), given.get("password", "")
        try:
            await self.heavy.run(chosen_passwords.change_password, self.world, user.id, chosen)
        except Weak as weak:
            return await self._page(request, bad(words(request)[weak.why]), 422)
        except Busy:
            return await self._page(request, bad(words(request)["busy"]), 503)
        return await self._stay(request, RedirectResponse("/account?changed", status_code=303))

    async def offer(self, request: Request) -> Response:
        given = await self._proved(request)
        if isinstance(given, Response):
            return given
        offer = await run_in_threadpool(factor_setup.offer, self.world, insider(request).id)
        return _scan(words(request), offer)

    async def second_on(self, request: Request) -> Response:
        given, said, user = await posted(request), words(request), insider(request)
        if isinstance(given, Response):
            return given
        ticket, code = given.get("ticket", ""), given.get("code", "")[:20]
        codes = await run_in_threadpool(factor_setup.confirm, self.world, user.id, ticket, code)
        if codes is None:
            offer = await run_in_threadpool(factor_setup.again, self.world, user.id, ticket)
            return (
                _scan(said, offer, bad(said["code_wrong"])) if offer else await self._page(request, bad(said["over"]))
            )
        listed = "".join(f"<li><code>{code}</code></li>" for code in codes)
        body = f'<p>{said["codes_ask"]}</p><ol>{listed}</ol><p><a href="/account">{said["codes_done"]}</a></p>'
        return await self._stay(request, shown(said, "codes_title", body))

    async def second_off(self, request: Request) -> Response:
        given = await self._proved(request)
        if isinstance(given, Response):
            return given
        await run_in_threadpool(factor_setup.lay_down, self.world, insider(request).id)
        return await self._stay(request, RedirectResponse("/account?changed", status_code=303))

    async def _stay(self, request: Request, answer: Response) -> Response:
        """All sessions have ended; whoever did it goes on in a new one."""
        token = await run_in_threadpool(login.again, self.world, insider(request).id, visitor(request))
        if token:
            set_cookie(self.world, request, answer, token)
        return answer


def _old(said: Words) -> str:
    return field(said["old_password"], "old", "password", "current-password", more='maxlength="256"')


def _second(said: Words, left: int | None, email: str) -> str:
    if left is None:
        return f"<p>{said['second_off']}</p>" + form(
            "/account/second", whose(email), _old(said), button(said["second_start"])
        )
    stop = form("/account/second/off", whose(email), _old(said), button(said["second_stop"], plain=True))
    return f"<p>{said['second_on'].format(n=left)}</p>{stop}"


def _scan(said: Words, offer: Offer, told: str = "") -> Response:
    picture = f'<img src="{escape(offer.picture)}" alt="{said["second_qr"]}">'
    key = f'<p class="soft">{said["second_key"]} <code>{offer.key}</code></p>'
    parts = hidden("ticket", offer.ticket), code_field(said["second_first"], "autofocus"), button(said["second_go"])
    body = f"<p>{said['second_show']}</p>{picture}{key}{told}{form('/account/second/on', *parts)}"
    return shown(said, "second_title", body, status=422 if told else 200)
