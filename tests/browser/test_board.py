"""Does the board work in a real browser: drawn, silent, offline, and able to say why a person was called?"""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from a2wsgi import WSGIMiddleware
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.applications import Starlette
from starlette.routing import Mount
from support_board import NOW, seed

from dashboards.app import create_board
from opportune.store.db import Database

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
    pytest.mark.xdist_group("browser"),
]
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
PHONE = {"width": 390, "height": 844}
expect.set_options(timeout=60_000)  # a busy machine is slow, not wrong
DRAWN = "#funnel .errorbar"  # marks, not the frame: an empty chart has a frame too


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A board over made-up people at /board/, and one over nobody at /empty/, on a port of their own."""
    folder = tmp_path_factory.mktemp("board")
    databases = [
        Database(f"sqlite:///{shutil.copy(sqlite_template, folder / name)}") for name in ("full.db", "empty.db")
    ]
    seed(databases[0], 200)
    boards = [
        create_board(db, lambda: NOW, practice=True, prefix=at)
        for db, at in zip(databases, ("/board/", "/empty/"), strict=True)
    ]
    routes = [Mount(at, app=WSGIMiddleware(board)) for at, board in zip(("/board", "/empty"), boards, strict=True)]
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    for db in databases:
        db.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must stay silent and at home: no console error, no failed request, nobody else's address."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    noise: list[str] = []
    page.on("console", lambda said: noise.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("dialog", lambda dialog: noise.append(f"dialog: {dialog.message}"))
    page.on("response", lambda answer: noise.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    page.on("request", lambda asked: noise.append(asked.url) if not _at_home(asked.url) else None)
    yield page
    page.close()
    assert noise == []


def _at_home(url: str) -> bool:
    return bool(re.match(r"http://127\.0\.0\.1:\d+/|data:|blob:", url))


def test_the_overview_opens_with_its_verdict_and_draws(page: Page, address: str) -> None:
    page.goto(f"{address}/board/")
    expect(page.locator(DRAWN)).to_have_count(8)  # four stages of two channels
    expect(page.locator("#verdict")).to_contain_text("the comparison sample is still small")
    expect(page.locator("#practice")).to_be_visible()
    assert page.title() == "Overview · Opportune"
    page.locator("#funnel-table").locator("xpath=..").locator("summary").click()
    expect(page.locator("#funnel-table tbody tr")).to_have_count(10)


def test_no_number_of_the_funnel_is_clipped_or_covers_a_mark(page: Page, address: str) -> None:
    for size in ({"width": 1440, "height": 900}, {"width": 1120, "height": 800}, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(f"{address}/board/")
        expect(page.locator(DRAWN)).to_have_count(8)
        expect(page.locator("#funnel .annotation")).to_have_count(12)
        chart = _box(page, "#funnel")[0]
        numbers, marks = _box(page, "#funnel .annotation text"), _box(page, "#funnel .errorbar, #funnel .points path")
        assert all(chart["x"] <= n["x"] and n["x"] + n["width"] <= chart["x"] + chart["width"] for n in numbers), size
        assert [(n, m) for n in numbers for m in marks if _overlap(n, m)] == [], size
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], "nothing sticks out sideways"


def _box(page: Page, selector: str) -> list[dict[str, float]]:
    found = [element.bounding_box() for element in page.locator(selector).all()]
    return [dict(box) for box in found if box]  # type: ignore[arg-type]


def _overlap(one: dict[str, float], other: dict[str, float]) -> bool:
    across = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
    down = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
    return across > 1 and down > 2


def test_a_choice_stands_in_the_address_and_survives_a_reload(page: Page, address: str) -> None:
    page.goto(f"{address}/board/?goal=meeting")
    expect(page.locator(DRAWN)).to_have_count(8)
    page.get_by_text("4 weeks").click()
    expect(page.locator("#funnel-csv")).to_have_attribute("href", "/board/funnel.csv?goal=meeting&period=4w")
    assert page.url.endswith("/board/?goal=meeting&period=4w")
    chosen = page.locator("#kpis").inner_text()
    page.reload()
    expect(page.locator("#kpis .kpi")).to_have_count(5)
    expect(page.locator(DRAWN)).not_to_have_count(0)
    assert page.locator("#kpis").inner_text() == chosen


def test_a_person_is_found_and_the_story_says_why(page: Page, address: str) -> None:
    page.goto(f"{address}/board/decisions")
    expect(page.locator("#decisions-count")).to_have_text("200 decisions")
    page.get_by_label("Find a person").fill("mallory")
    expect(page.locator("#decisions-count")).to_have_text("1 decision")
    page.locator(".ag-cell", has_text="<script>alert('x')</script> Mallory").click()
    story = page.get_by_role("dialog")
    expect(story.get_by_role("heading", name="Who decided?")).to_be_visible()
    expect(story.locator(".steps > li")).to_have_count(8)
    expect(story).to_contain_text("their time")
    expect(story).to_contain_text("chance of", ignore_case=True)
    assert re.search(r"\?q=mallory&id=\d+$", page.url)
    page.reload()
    expect(page.get_by_role("dialog").locator(".steps > li")).to_have_count(8)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.url.endswith("?q=mallory")


def test_refusals_are_rows_and_can_be_told(page: Page, address: str) -> None:
    page.goto(f"{address}/board/decisions?show=held")
    page.locator(".ag-cell", has_text="Waiting: needs a time zone").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Nothing was sent or dialled")


def test_who_waits_is_listed_to_the_last(page: Page, address: str) -> None:
    page.goto(f"{address}/board/waiting")
    expect(page.locator("#waiting-count")).to_have_text("22 people wait")
    expect(page.get_by_role("heading", name="Waiting: needs a time zone")).to_be_visible()
    expect(page.locator(".ag-center-cols-container .ag-row").first).to_contain_text("needs a time zone")


def test_pages_change_without_a_reload(page: Page, address: str) -> None:
    page.goto(f"{address}/board/")
    expect(page.locator(DRAWN)).to_have_count(8)
    page.evaluate("window.stays = true")
    for name, landmark in (("Decisions", "#decisions-count"), ("Waiting", "#waiting-count"), ("Overview", DRAWN)):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.locator(landmark).first).to_be_visible()
    assert page.evaluate("window.stays") is True


def test_a_phone_opens_its_menu_and_the_dark_is_dark(page: Page, address: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="dark")
    page.goto(f"{address}/board/waiting")
    expect(page.locator("#waiting-count")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('#shell main')).backgroundColor") == "rgb(26, 27, 30)"
    expect(page.get_by_role("link", name="Decisions", exact=True)).not_to_be_in_viewport()
    page.get_by_label("Show the pages").click()
    page.get_by_role("link", name="Decisions", exact=True).click()
    expect(page.locator("#decisions-count")).to_have_text("200 decisions")
    expect(page.get_by_role("link", name="Decisions", exact=True)).not_to_be_in_viewport()


def test_nobody_to_show_is_said_in_words(page: Page, address: str) -> None:
    page.goto(f"{address}/empty/")
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    page.goto(f"{address}/empty/decisions")
    expect(page.locator("#decisions-count")).to_have_text("0 decisions")
    page.goto(f"{address}/empty/waiting")
    expect(page.get_by_role("heading", name="Nobody is waiting")).to_be_visible()
    page.goto(f"{address}/empty/nowhere")
    expect(page.get_by_role("link", name="Go to the overview")).to_have_attribute("href", "/empty/")
