"""In which words do our own pages speak? English, Russian or Romanian; a page's words stand in `NAME_words.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources

from babel.dates import format_skeleton
from starlette.requests import Request

LANGUAGES = {"en": "English", "ru": "Русский", "ro": "Română"}
LOCALES = {"en": "en_GB", "ru": "ru", "ro": "ro"}
COOKIE = "lang"  # the board's too
Words = Mapping[str, str]


def words(request: Request, of: str = "login") -> Words:
    """In the language of the link, else as it was chosen before, else of the browser, else English."""
    asked = [request.query_params.get(COOKIE, ""), request.cookies.get(COOKIE, "")]
    asked += request.headers.get("accept-language", "")[:200].split(",")
    found = (each.strip()[:2].lower() for each in asked)
    return catalogue(of)[next((each for each in found if each in LANGUAGES), "en")]


@lru_cache
def catalogue(of: str = "login") -> dict[str, Words]:
    read = tomllib.loads(resources.files("opportune.web").joinpath(f"{of}_words.toml").read_text("utf-8"))
    return {language: {**said, "language": language} for language, said in read.items()}


def day(said: Words, at: int) -> str:
    """22 Nov, in UTC."""
    return format_skeleton("MMMd", datetime.fromtimestamp(at, UTC), locale=LOCALES[said["language"]])


def moment(said: Words, at: int) -> str:
    return said["at"].format(day=day(said, at), clock=f"{datetime.fromtimestamp(at, UTC):%H:%M}")


def duration(said: Words, seconds: int) -> str:
    """Short enough to need no plural: `30 s`, `4 min`."""
    return said["seconds"].format(n=seconds) if seconds < 90 else said["minutes"].format(n=-(-seconds // 60))
