"""In which words do the pages about signing in speak? English, Russian or Romanian."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from starlette.requests import Request

LANGUAGES = {"en": "English", "ru": "Русский", "ro": "Română"}
COOKIE = "lang"  # the board's too
Words = Mapping[str, str]


def words(request: Request) -> Words:
    """Of the link, else as it was chosen before, else of the browser, else English."""
    asked = [request.query_params.get(COOKIE, ""), request.cookies.get(COOKIE, "")]
    asked += request.headers.get("accept-language", "")[:200].split(",")
    found = (each.strip()[:2].lower() for each in asked)
    return catalogue()[next((each for each in found if each in LANGUAGES), "en")]


@lru_cache
def catalogue() -> dict[str, Words]:
    read = tomllib.loads(resources.files("opportune.web").joinpath("login_words.toml").read_text("utf-8"))
    return {language: {**said, "language": language} for language, said in read.items()}


def duration(said: Words, seconds: int) -> str:
    """Short enough to need no plural: `30 s`, `4 min`."""
    return said["seconds"].format(n=seconds) if seconds < 90 else said["minutes"].format(n=-(-seconds // 60))
