"""How does somebody sign in with the identity provider of their house? Away to it, and back with a code.

State, nonce and the secret of PKCE are drawn for one visit and count once. The state is also in a cookie: nobody can
end in another person's browser what they began in their own.
"""

from __future__ import annotations

import logging
import secrets

import httpx
from joserfc.errors import JoseError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from opportune.web.identity_provider import BACK, NotVouched, Provider
from opportune.web.login_form import onwards, visitor
from opportune.web.login_pages import ask_code, let_in
from opportune.web.login_words import words
from opportune.work import vouched
from opportune.work.login import Entered, Half
from opportune.work.world import World

COOKIE = "opportune_away"

log = logging.getLogger(__name__)


def routes(world: World) -> list[Route]:
    desk = _Desk(world)
    return [Route("/login/sso", desk.leave, methods=["GET"]), Route(BACK, desk.back, methods=["GET"])]


class _Desk:
    def __init__(self, world: World) -> None:
        self.world, self.provider = world, Provider(world.settings)

    async def leave(self, request: Request) -> Response:
        if not self.world.settings.oidc_issuer:
            return Response("no identity provider is set", status_code=404)
        to = onwards(request.query_params.get("next", "/"))
        kept = {"nonce": secrets.token_urlsafe(32), "verifier": secrets.token_urlsafe(48), "to": to}
        state = await run_in_threadpool(vouched.begin, self.world, kept)
        try:
            address = await self.provider.address(state, kept, self.world.clock.now())
        except (NotVouched, httpx.HTTPError) as error:
            return _failed(error)
        answer = RedirectResponse(address, status_code=303)
        secure = self.world.settings.public_url.startswith("https://")
        answer.set_cookie(COOKIE, state, max_age=600, path=BACK, httponly=True, samesite="lax", secure=secure)
        return answer

    async def back(self, request: Request) -> Response:
        state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
        ours = secrets.compare_digest(state.encode(), request.cookies.get(COOKIE, "").encode())
        kept = await run_in_threadpool(vouched.end, self.world, state) if ours and state else None
        try:
            if kept is None or not self.world.settings.oidc_issuer:
                raise NotVouched("nobody was sent there from this browser, or it took too long")
            voucher = await self.provider.voucher(code, kept, self.world.clock.now())
        except (NotVouched, httpx.HTTPError, JoseError) as error:
            return _failed(error)
        came = await run_in_threadpool(vouched.enter, self.world, voucher, visitor(request))
        if isinstance(came, Entered):
            return let_in(self.world, request, came.token, kept["to"])
        if isinstance(came, Half):  # what somebody set up here, no one else can lift
            return ask_code(self.world, words(request), came.ticket, kept["to"])
        return _failed(NotVouched("no account here may come in so"))


def _failed(error: Exception) -> Response:
    """The reader hears that it failed, the log why: never the token."""
    log.warning("single sign-on: %s", error or type(error).__name__)
    return RedirectResponse("/login?failed", status_code=303)
