"""Can everybody read the pages around the board: signing in, the account, the desk, saying no? As axe sees them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import support_browser
from playwright.sync_api import Browser, BrowserContext, Page, expect
from support_board import NOW, seed
from support_browser import PHONE, grave_barriers, launched
from support_web import browsing
from support_world import make_world

from opportune.app import build
from opportune.store import models as m
from opportune.store.db import Database
from opportune.web.login_words import LANGUAGES
from opportune.work import operators, sessions, users
from opportune.work.world import World

pytestmark = support_browser.MARKS
page, window = support_browser.page, support_browser.window
OUTSIDE = ("/login", "/login/link/TOKEN", "/u/token", "/my/token", "/confirm/token")
INSIDE = ("/account", "/logout", "/desk", "/desk/now", "/review", "/health")


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("own")
    (folder / "own.db").write_bytes(sqlite_template.read_bytes())
    db = Database(f"sqlite:///{folder / 'own.db'}")
    seed(db, 40)
    world = make_world(db, folder, NOW, public_url="http://127.0.0.1")
    colleague = operators.add(world, "Anna", "+442079460301").id
    with db.write() as session:
        call = {"caller": "+4930", "called": "+44", "people": 0, "kind": "first_time", "language": "en", "rings": 0}
        session.add(m.InboundCall(sid="CA1", at=NOW, due_at=NOW, state="voicemail", caller_name="Ann", **call))
        touch = session.query(m.Touch).where(m.Touch.channel == "call").first()
        touch.state, touch.result, touch.sent_at, touch.talk_seconds = "completed", "talked", NOW, 90
        session.add(m.CallReview(touch_id=touch.id, operator_id=colleague, drawn_at=NOW, answers={}, turn=1))
    yield world
    db.close()


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    with browsing(build(world)) as client:
        yield str(client.base_url).rstrip("/")


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:
    yield from launched()


@pytest.fixture(scope="module")
def tokens(world: World) -> tuple[str, str]:
    """Of an admin who is signed in, and of the link by which another chooses a password."""
    known, _ = users.add(world, "ada@ours.example", "Ada", "admin", None, "test")
    _, link = users.add(world, "kim@ours.example", "Kim", "viewer", None, "test")
    with world.db.write() as session:
        return sessions.begin(session, session.get_one(m.User, known.id), None, world.clock.now()), link


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", [*OUTSIDE, *INSIDE])
def test_no_page_has_a_grave_barrier(
    page: Page, window: BrowserContext, address: str, tokens: tuple[str, str], path: str, language: str
) -> None:
    signed, link = tokens
    if path in INSIDE:
        window.add_cookies([{"name": "opportune", "value": signed, "url": address}])
    page.set_extra_http_headers({"Accept-Language": language})
    page.goto(f"{address}{path.replace('TOKEN', link)}")
    expect(page.locator("h1")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == language
    assert grave_barriers(page) == {"light": [], "dark": []}
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "nothing sticks out sideways"
