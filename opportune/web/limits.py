"""Who asks too often? A page that anybody may post to needs a brake, and the brake must never cost us a person.

Counted in this process's memory: with several web processes each counts for itself. Practice has no limits: all its
visitors come from one machine. Webhooks are signed, and are not counted.
"""

from __future__ import annotations

import time
from ipaddress import ip_address, ip_network

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import Request
from starlette.responses import Response

from opportune.settings import Settings
from opportune.work.world import World

TICKETS = RateLimitItemPerDay(5)  # posts from one shown page: somebody corrects a number, nobody sends a hundred
PROOFS = RateLimitItemPerDay(1)  # a puzzle is solved once
SAME = RateLimitItemPerHour(1)
VISITS = RateLimitItemPerMinute(300)  # reports of visits from one place: a whole office may read our mail
GUESSES = RateLimitItemPerMinute(60)  # requests with tokens that nobody has, from one place


class Limits:
    """Each question counts, and answers how many seconds to wait: 0, go on."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._off = settings.practice
        self._visitor = settings.forms_per_minute and RateLimitItemPerMinute(settings.forms_per_minute)
        self._form = settings.form_per_minute and RateLimitItemPerMinute(settings.form_per_minute)
        self._person = settings.forms_per_person and RateLimitItemPerHour(settings.forms_per_person)

    def post(self, request: Request, form: str) -> int:
        """From one place, and to one form."""
        return self._hit(self._visitor, "visitor", place(request)) or self._hit(self._form, "form", form)

    def person(self, form: str, key: str, *addresses: str | None) -> int:
        """With one mail address or number. The same post sent again does no harm and does not count."""
        if self._off or not self._limiter.test(SAME, "same", key):
            return 0
        wait = max((self._hit(self._person, "person", form, each) for each in addresses if each), default=0)
        if not wait:  # only what was let through: else the second try of a refused post would pass
            self._limiter.hit(SAME, "same", key)
        return wait

    def visit(self, request: Request) -> int:
        """Counted apart from forms: whoever reads many pages may still send one."""
        return self._hit(VISITS, "visit", place(request))

    def guesses(self, request: Request, *, wrong: bool) -> int:
        """Only wrong tokens count: a mail program that unsubscribes for a thousand readers comes from one place."""
        where = ("guess", place(request))
        if wrong:
            return self._hit(GUESSES, *where)
        return 0 if self._off or self._limiter.test(GUESSES, *where) else self._wait(GUESSES, *where)

    def is_used_up(self, what: RateLimitItem, *which: str) -> bool:
        return not self._limiter.hit(what, *which)

    def _hit(self, limit: RateLimitItem | int, *which: str) -> int:
        if self._off or not isinstance(limit, RateLimitItem) or self._limiter.hit(limit, *which):
            return 0
        return self._wait(limit, *which)

    def _wait(self, limit: RateLimitItem, *which: str) -> int:
        return max(1, round(self._limiter.get_window_stats(limit, *which).reset_time - time.time()))


def place(request: Request) -> str:
    """Whoever has one IPv6 address has all of its /64."""
    host = request.client.host if request.client else ""
    try:
        if ip_address(host).version == 6:
            return str(ip_network(f"{host}/64", strict=False))
    except ValueError:  # a socket without an address
        pass
    return host


def of(world: World) -> Limits:
    """One for all pages of a world."""
    if "limits" not in world.extras:
        world.extras["limits"] = Limits(world.settings)
    found = world.extras["limits"]
    assert isinstance(found, Limits)
    return found


def slowed(world: World, request: Request, done: Response, *, wrong: bool) -> Response:
    """Of pages with tokens: who guesses is told to wait, and so is everybody at that place, so that a right token is
    answered like a wrong one. What a right one asked for is done all the same."""
    wait = of(world).guesses(request, wrong=wrong)
    if wait:
        done.status_code = 429
        done.headers["Retry-After"] = str(wait)
    return done
