"""Does the board work in a real browser: drawn, silent, offline, readable by everybody, and able to say why?"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import support_browser
from playwright.sync_api import Browser, Page, expect
from support_board import seed
from support_browser import DESKTOP, PHONE, grave_barriers, launched, serving

from dashboards.app import PAGES
from dashboards.kit.language import LANGUAGES
from opportune.store.db import Database

pytestmark = support_browser.MARKS
page, window = support_browser.page, support_browser.window
DRAWN = "#funnel .errorbar"  # marks, not the frame: an empty chart has a frame too
FIRST_LOAD = 2_500_000  # bytes, compressed


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A board over made-up people at /board/, and one over nobody at /empty/."""
    folder = tmp_path_factory.mktemp("board")
    names = {"/board/": "full.db", "/empty/": "empty.db"}
    databases = {at: Database(f"sqlite:///{shutil.copy(sqlite_template, folder / name)}") for at, name in names.items()}
    seed(databases["/board/"], 200)
    with serving(databases) as address:
        yield address
    for db in databases.values():
        db.close()


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:
    """Begun after the boards: Dash's own first request may not meet Playwright's event loop."""
    yield from launched()


def test_the_overview_opens_with_its_verdict_and_draws(page: Page, address: str) -> None:
    page.goto(f"{address}/board/")
    expect(page.locator(DRAWN)).to_have_count(8)  # four stages of two channels
    expect(page.locator("#verdict")).to_contain_text("At this size the question has no answer")
    expect(page.locator("#practice")).to_be_visible()
    assert page.title() == "Overview · Opportune"
    page.locator("#funnel-card summary", has_text="Table").click()
    expect(page.locator("#funnel-card tbody tr")).to_have_count(10)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", [each.PATH for each in PAGES])
def test_every_page_is_silent_fits_a_phone_and_has_no_grave_barrier(
    page: Page, address: str, path: str, language: str
) -> None:
    """Light and dark, as axe sees them: nothing serious or critical."""
    page.goto(f"{address}/board{path}?lang={language}")
    expect(page.locator("h1")).to_be_visible()
    page.wait_for_load_state("networkidle")
    if path == "/decisions":  # a grid that is not filled yet has a head without cells
        expect(page.locator(".ag-cell").first).to_be_visible()
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator(".js-plotly-plot").count() <= 4
    assert grave_barriers(page) == {"light": [], "dark": []}
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.wait_for_function(f"document.documentElement.scrollWidth <= {PHONE['width']}")  # nothing sticks out sideways


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_number_of_the_funnel_is_clipped_or_covers_a_mark(page: Page, address: str, language: str) -> None:
    for size in (DESKTOP, {"width": 1120, "height": 800}, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(f"{address}/board/?lang={language}")
        expect(page.locator(DRAWN)).to_have_count(8)
        expect(page.locator("#funnel .annotation")).to_have_count(12)
        chart = _box(page, "#funnel")[0]
        numbers, marks = _box(page, "#funnel .annotation text"), _box(page, "#funnel .errorbar, #funnel .points path")
        assert all(chart["x"] <= n["x"] and n["x"] + n["width"] <= chart["x"] + chart["width"] for n in numbers), size
        assert [(n, m) for n in numbers for m in marks if _overlap(n, m)] == [], size


def _box(page: Page, selector: str) -> list[dict[str, float]]:
    found = [element.bounding_box() for element in page.locator(selector).all()]
    return [dict(box) for box in found if box]  # type: ignore[arg-type]


def _overlap(one: dict[str, float], other: dict[str, float]) -> bool:
    across = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
    down = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
    return across > 1 and down > 2


def test_a_campaigns_report_prints_and_is_saved_as_pdf(page: Page, address: str) -> None:
    """On paper: its charts and definitions, and nothing to click."""
    page.goto(f"{address}/board/?campaign=meetings")
    page.locator("#report-link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Meeting this autumn: report")
    expect(page.locator(DRAWN)).to_have_count(8)
    page.evaluate("window.print = () => { window.printed = true }")
    page.locator("#report-print").click()
    page.wait_for_function("window.printed === true")
    page.emulate_media(media="print")
    for hidden in (".print-button", "nav", ".tools"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".defined dt").first).to_be_visible()
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") >= 2, "more than one sheet"


def test_a_choice_stands_in_the_address_and_survives_a_reload(page: Page, address: str) -> None:
    page.goto(f"{address}/board/?goal=meeting")
    expect(page.locator(DRAWN)).to_have_count(8)
    page.get_by_text("4 weeks").click()
    expect(page.locator("#funnel-csv")).to_have_attribute("href", "/board/csv/funnel.csv?goal=meeting&period=4w")
    page.wait_for_url("**/board/?goal=meeting&period=4w")
    chosen = page.locator(".kpis").inner_text()
    page.reload()
    expect(page.locator(".kpi")).to_have_count(6)
    expect(page.locator(DRAWN)).not_to_have_count(0)
    assert page.locator(".kpis").inner_text() == chosen


def test_only_a_campaign_has_versions_and_the_choice_goes_along_to_the_next_reload(page: Page, address: str) -> None:
    page.goto(f"{address}/board/hours")
    page.get_by_label("Campaign", exact=True).first.click()
    page.get_by_role("option", name="Meeting this autumn").click()
    page.get_by_label("Version", exact=True).first.click()
    page.get_by_role("option", name="meetings, ").click()
    expect(page).to_have_url(re.compile(r"/board/hours\?campaign=meetings&version=\d+$"))
    page.reload()
    expect(page.get_by_label("Campaign", exact=True).first).to_have_value("Meeting this autumn")
    expect(page.get_by_label("Version", exact=True).first).to_have_value(re.compile("^meetings, "))


def test_the_language_changes_and_is_remembered(page: Page, address: str) -> None:
    page.goto(f"{address}/board/hours?period=10w&lang=en")
    page.get_by_text("RU", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page.get_by_role("heading", level=1)).to_have_text("Лучшие часы")
    assert page.url.endswith("/board/hours?period=10w")
    page.get_by_role("link", name="Решения").click()
    expect(page.locator("#decisions-count")).to_have_text("200 решений")
    page.goto(f"{address}/board/decisions?lang=ro")
    expect(page.locator("#decisions-count")).to_have_text("200 de decizii")


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
    page.wait_for_function("document.getAnimations().every(each => each.playState === 'finished')")  # half faded in
    assert grave_barriers(page) == {"light": [], "dark": []}
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


def test_the_health_page_says_that_it_asks_by_itself(page: Page, address: str) -> None:
    """So that it keeps nobody signed in."""
    page.goto(f"{address}/board/health")
    expect(page.locator("#health-strip")).to_be_visible()
    with page.expect_request(lambda asked: asked.headers.get("x-by-itself") == "1") as ticked:
        page.evaluate("dash_clientside.set_props('health-tick', {interval: 300})")
    assert "_dash-update-component" in ticked.value.url


def test_the_keyboard_goes_everywhere(page: Page, address: str) -> None:
    page.goto(f"{address}/board/decisions")
    expect(page.locator("#decisions-count")).to_have_text("200 decisions")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.locator(".ag-cell").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_role("dialog").locator(".steps > li")).to_have_count(8)
    page.keyboard.press("Escape")
    page.goto(f"{address}/board/")
    page.locator("#funnel-card .define summary").press("Enter")
    expect(page.locator("#funnel-card .define p")).to_be_visible()


def test_pages_change_without_a_reload_and_leak_little(page: Page, address: str) -> None:
    """Ten times there and back: what a page leaves behind has a budget (plotly and the grid are known for it)."""
    page.goto(f"{address}/board/")
    expect(page.locator(DRAWN)).to_have_count(8)
    page.evaluate("window.stays = true")
    before = _nodes(page)
    for _ in range(10):
        for name, landmark in (("Decisions", "#decisions-count"), ("Waiting", "#waiting-count"), ("Overview", DRAWN)):
            page.get_by_role("link", name=name, exact=True).click()
            expect(page.locator(landmark).first).to_be_visible()
    expect(page.locator(DRAWN)).to_have_count(8)
    assert page.evaluate("window.stays") is True
    assert _nodes(page) < before + 12_000


def _nodes(page: Page) -> int:
    """All that the browser holds after it cleaned up, in the page or not."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    found = {metric["name"]: metric["value"] for metric in _metrics(session)}
    return int(found["Nodes"])


def _metrics(session: object) -> list[dict[str, float]]:
    session.send("Performance.enable")  # type: ignore[attr-defined]
    return list(session.send("Performance.getMetrics")["metrics"])  # type: ignore[attr-defined]


def test_the_first_load_is_light(browser: Browser, address: str) -> None:
    """Everything that a browser which was never here fetches for the overview, as it comes over the wire."""
    context = browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    page = context.new_page()
    sizes: list[float] = []
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
    page.goto(f"{address}/board/")
    expect(page.locator(DRAWN)).to_have_count(8)
    page.wait_for_load_state("networkidle")
    context.close()
    assert len(sizes) > 15
    assert sum(sizes) <= FIRST_LOAD


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
