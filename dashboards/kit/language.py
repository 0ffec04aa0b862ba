"""In which language does the reader read? Their address, their cookie, their browser, then the settings say it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import flask

from opportune.settings import settings

LANGUAGES = {"en": "English", "ru": "Русский", "ro": "Română"}
COOKIE = "lang"
_spoken: ContextVar[str] = ContextVar("spoken", default="")


def language() -> str:
    """`en`, `ru` or `ro`; outside a request that of the settings."""
    if _spoken.get():
        return _spoken.get()
    if not flask.has_request_context():
        return settings().language
    if "language" not in flask.g:  # asked for each word of a page
        flask.g.language = _asked()
    found: str = flask.g.language
    return found


def _asked() -> str:
    asked = (flask.request.args.get(COOKIE), flask.request.cookies.get(COOKIE))
    known = next((one for one in asked if one in LANGUAGES), None)
    return known or flask.request.accept_languages.best_match(list(LANGUAGES)) or settings().language


@contextmanager
def speaking(which: str) -> Iterator[None]:
    """As if the reader read this language: for reports and tests."""
    token = _spoken.set(which)
    try:
        yield
    finally:
        _spoken.reset(token)


def remember(answer: flask.Response) -> flask.Response:
    """`?lang=ru` in an address holds for what the page asks for afterwards, too."""
    asked = flask.request.args.get(COOKIE)
    if asked in LANGUAGES:
        answer.set_cookie(COOKIE, asked, max_age=365 * 86_400, samesite="Lax")
    return answer
