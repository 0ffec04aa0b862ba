"""What does a test of the board in a real browser need? Boards that are served, and a page that must keep quiet."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
import support_server
from a2wsgi import WSGIMiddleware
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from starlette.applications import Starlette
from starlette.routing import Mount
from support_board import NOW

from dashboards.app import create_board
from opportune.store.db import Database

CHROMIUM = shutil.which("chromium")
MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
CONTRAST = {"runOnly": ["color-contrast"]}
expect.set_options(timeout=60_000)  # a busy machine is slow, not wrong


@contextmanager
def serving(databases: dict[str, Database]) -> Iterator[str]:
    """A board over each database, at its prefix, on a port of their own."""
    boards = {at: create_board(db, lambda: NOW, practice=True, prefix=at) for at, db in databases.items()}
    routes = [Mount(at.rstrip("/"), app=WSGIMiddleware(board)) for at, board in boards.items()]
    with support_server.serving(Starlette(routes=routes), log_level="error") as address:
        yield address


def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[BrowserContext]:
    """One reader, whose browser keeps what it has fetched."""
    context = browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    yield context
    context.close()


@pytest.fixture
def page(window: BrowserContext) -> Iterator[Page]:
    """A page that must stay silent and at home: no console error, no failed request, nobody else's address."""
    window.clear_cookies()
    page = window.new_page()
    noise: list[str] = []
    page.on("console", lambda said: noise.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("dialog", lambda dialog: noise.append(f"dialog: {dialog.message}"))
    page.on("response", lambda answer: noise.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    page.on("request", lambda asked: noise.append(asked.url) if not _at_home(asked.url) else None)
    yield page
    page.close()
    assert noise == []


def grave_barriers(page: Page) -> dict[str, list[tuple[str, str]]]:
    """What axe calls serious or critical, in light and in dark: rule and element. Of a page that only changes its
    colours, only the contrast is looked at again."""
    return {scheme: _barriers(page, scheme, rules) for scheme, rules in (("light", {}), ("dark", CONTRAST))}


def _barriers(page: Page, scheme: Literal["light", "dark"], rules: dict[str, Any]) -> list[tuple[str, str]]:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = Axe().run(page, options={"resultTypes": ["violations"], **rules}).response["violations"]
    return [(it["id"], it["nodes"][0]["html"]) for it in found if it["impact"] in ("serious", "critical")]


def _at_home(url: str) -> bool:
    return bool(re.match(r"http://127\.0\.0\.1:\d+/|data:|blob:", url))
