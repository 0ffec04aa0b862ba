"""How does somebody come in, and leave? Plain pages that work without a script.

Password hashing is heavy on purpose: it has two threads of its own, and never takes those that answer the carrier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from typing import TypeVar

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from opportune.web.gate import cookie_name, reader
from opportune.web.login_form import (
    bad,
    button,
    code_field,
    field,
    form,
    good,
    hidden,
    login_address,
    new_password,
    onwards,
    refusal,
    shown,
    visitor,
)
from opportune.web.login_words import Words, words
from opportune.web.posted import posted
from opportune.work import chosen_passwords, login, sessions
from opportune.work.chosen_passwords import Weak
from opportune.work.login import Entered, Half, Refused
from opportune.work.users import NoUser
from opportune.work.world import World

T = TypeVar("T")
AT_ONCE, MOST_WAITING = 2, 50


class Busy(Exception):
    """More people than we can look at."""


class Heavy:
    """Two at once, and a queue that ends."""

    def __init__(self) -> None:
        self._limit = anyio.CapacityLimiter(AT_ONCE)

    async def run(self, work: Callable[..., T], *given: object, **named: object) -> T:
        if self._limit.statistics().tasks_waiting >= MOST_WAITING:
            raise Busy
        return await anyio.to_thread.run_sync(partial(work, *given, **named), limiter=self._limit)


def routes(world: World) -> list[Route]:
    door = _Door(world, Heavy())
    return [
        Route("/login", door.show, methods=["GET"]),
        Route("/login", door.enter, methods=["POST"]),
        Route("/login/code", door.second, methods=["POST"]),
        Route("/login/link/{token}", door.link, methods=["GET"]),
        Route("/login/link/{token}", door.choose, methods=["POST"]),
        Route("/logout", door.ask_to_leave, methods=["GET"]),
        Route("/logout", door.leave, methods=["POST"]),
    ]


class _Door:
    def __init__(self, world: World, heavy: Heavy) -> None:
        self.world, self.heavy = world, heavy

    async def show(self, request: Request) -> Response:
        to = onwards(request.query_params.get("next", "/"))
        if await reader(self.world, request):
            return RedirectResponse(to, status_code=303)
        said = words(request)
        told = good(said["chosen"]) if "chosen" in request.query_params else ""
        failed = bad(said["sso_failed"]) if "failed" in request.query_params else ""
        return self._login(said, to, told + failed)

    def _login(self, said: Words, to: str, told: str, email: str = "", status: int = 200) -> Response:
        s = self.world.settings
        first, then = ("", " autofocus") if email else ("autofocus", "")
        fields = field(said["email"], "email", "email", "username", email, f'autocapitalize="none" {first}')
        fields += field(said["password"], "password", "password", "current-password", more=f'maxlength="256"{then}')
        body = told + form("/login", hidden("next", to), fields, button(said["go"]))
        if s.oidc_issuer:
            at = login_address(to).replace("/login", "/login/sso", 1)
            body += f'<p><a href="{at}">{escape(said["sso"].format(name=s.oidc_name))}</a></p>'
        return shown(said, "sign_in", body, practice=s.practice, status=status, languages=login_address(to))

    async def enter(self, request: Request) -> Response:
        given, said = await posted(request), words(request)
        if isinstance(given, Response):
            return given
        email, to = given.get("email", "")[:500], onwards(given.get("next", "/"))
        try:
            came = await self.heavy.run(
                login.with_password, self.world, email, given.get("password", ""), visitor(request)
            )
        except Busy:
            return self._login(said, to, bad(said["busy"]), email, 503)
        if isinstance(came, Refused):
            told, status = refusal(said, came, "wrong")
            return _hold(self._login(said, to, bad(told), email, status), came)
        return (
            ask_code(self.world, said, came.ticket, to)
            if isinstance(came, Half)
            else let_in(self.world, request, came.token, to)
        )

    async def second(self, request: Request) -> Response:
        given, said = await posted(request), words(request)
        if isinstance(given, Response):
            return given
        ticket, code, to = given.get("ticket", ""), given.get("code", "")[:50], onwards(given.get("next", "/"))
        came = await run_in_threadpool(login.with_code, self.world, ticket, code, visitor(request))
        if isinstance(came, Entered):
            return let_in(self.world, request, came.token, to)
        told, status = refusal(said, came, "over" if came.over else "code_wrong")
        if came.over:
            return self._login(said, to, bad(told), status=status)
        return _hold(ask_code(self.world, said, ticket, to, bad(told), status), came)

    async def link(self, request: Request) -> Response:
        """GET changes nothing: whatever looks at links ahead of a person uses none up."""
        said, token = words(request), request.path_params["token"]
        kind = await run_in_threadpool(chosen_passwords.worth, self.world, token)
        return self._choose(said, token, kind, {}) if kind else self._dead(said)

    def _choose(self, said: Words, token: str, kind: str, given: Mapping[str, str], told: str = "") -> Response:
        first = kind == "first"
        who = field(said["name"], "name", "text", "name", given.get("name", ""), 'maxlength="200"') if first else ""
        who += field(said["email"], "email", "email", "username", given.get("email", "")) if first else ""
        ask = f"<p>{said['first_ask']}</p>" if first else ""
        body = ask + told + form(f"/login/link/{token}", who, new_password(said), button(said["save"]))
        status, practice = 422 if told else 200, self.world.settings.practice
        return shown(said, "first" if first else "choose", body, practice=practice, status=status)

    async def choose(self, request: Request) -> Response:
        given, said, token = await posted(request), words(request), request.path_params["token"]
        if isinstance(given, Response):
            return given
        kind = await run_in_threadpool(chosen_passwords.worth, self.world, token)
        if kind is None:
            return self._dead(said)
        try:
            done = await self.heavy.run(chosen_passwords.by_link, self.world, token, kind, given)
        except Weak as weak:
            return self._choose(said, token, kind, given, bad(said[weak.why]))
        except NoUser:
            return self._choose(said, token, kind, given, bad(said["not_an_address"]))
        except Busy:
            return self._choose(said, token, kind, given, bad(said["busy"]))
        return RedirectResponse("/login?chosen", status_code=303) if done else self._dead(said)

    def _dead(self, said: Words) -> Response:
        body = f'<p>{said["dead_ask"]}</p><p><a href="/login">{said["sign_in"]}</a></p>'
        return shown(said, "dead", body, practice=self.world.settings.practice, status=404)

    async def ask_to_leave(self, request: Request) -> Response:
        user, said = await reader(self.world, request), words(request)
        if user is None:
            return RedirectResponse("/login", status_code=303)
        asked = f"<p>{escape(said['sign_out_ask'].format(name=user.name))}</p>"
        body = asked + form("/logout", button(said["sign_out"]), button(said["everywhere"], "all", "yes", plain=True))
        return shown(said, "sign_out", body, practice=self.world.settings.practice)

    async def leave(self, request: Request) -> Response:
        given = await posted(request)
        if isinstance(given, Response):
            return given
        token = request.cookies.get(cookie_name(self.world, request), "")
        await run_in_threadpool(sessions.end, self.world, token, everywhere=bool(given.get("all")))
        answer = RedirectResponse("/login", status_code=303)
        name = cookie_name(self.world, request)
        answer.delete_cookie(name, secure=name.startswith("__"), httponly=True, samesite="lax")
        return answer


def ask_code(world: World, said: Words, ticket: str, to: str, told: str = "", status: int = 200) -> Response:
    parts = hidden("ticket", ticket), hidden("next", to), code_field(said["code"], "autofocus")
    body = f"<p>{said['second_ask']}</p>{told}" + form("/login/code", *parts, button(said["second_go"]))
    return shown(said, "second", body, practice=world.settings.practice, status=status)


def let_in(world: World, request: Request, token: str, to: str) -> Response:
    answer = RedirectResponse(to, status_code=303)
    set_cookie(world, request, answer, token)
    return answer


def set_cookie(world: World, request: Request, answer: Response, token: str) -> None:
    """No script reads it, no other site sends it along, and it ends with the browser."""
    name = cookie_name(world, request)
    answer.set_cookie(name, token, path="/", httponly=True, samesite="lax", secure=name.startswith("__"))


def _hold(answer: Response, refused: Refused) -> Response:
    if refused.wait:
        answer.headers["Retry-After"] = str(refused.wait)
    return answer
