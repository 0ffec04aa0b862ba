"""Does a site, in a real browser, tell of a visit that our mail brought once its visitor agreed, never before (F4)?"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from support_server import serving
from support_world import add_person, make_world, move_clock, plan_everything, publish, touches

from opportune.app import build
from opportune.rehearsal.server import free_socket
from opportune.store import models as m
from opportune.store.db import Database
from opportune.work.mail_links import Link, token
from opportune.work.world import World

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
MINUTE = 60
HEARD = """const send = navigator.sendBeacon.bind(navigator); window.told = [];
navigator.sendBeacon = (where, what) => { window.told.push(where); return send(where, what); };"""


def address(ours) -> str:
    return f"http://127.0.0.1:{ours.getsockname()[1]}"


def site(public: str) -> Starlette:
    """Another origin, of three pages: one asks, one knows already, one carries a form of ours."""
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><h1>Shop</h1>'
    pages = {
        "/asks": f'{head}<script src="{public}/visit.js"></script><a href="/knows">More</a>',
        "/knows": f'{head}<script src="{public}/visit.js" data-consent="given" async></script>',
        "/form": f'{head}<div data-opportune-form="callback"></div>'
        f'<script src="{public}/forms/callback/embed.js" data-consent="given"></script>',
    }
    return Starlette(routes=[Route(path, lambda _, html=html: HTMLResponse(html)) for path, html in pages.items()])


@pytest.fixture(scope="module")
def world(sqlite_template, tmp_path_factory) -> Iterator[World]:
    """Our application, a site of ours beside it, and a mail that left a minute ago."""
    home = tmp_path_factory.mktemp("visits")
    db = Database(f"sqlite:///{shutil.copy(sqlite_template, home / 'test.db')}")
    ours, theirs = free_socket(), free_socket()
    world = make_world(db, home, public_url=address(ours), sites=(address(theirs),))
    publish(world, "clarifications", mails={"track_clicks": True})
    add_person(world, status="staff", interest="cold")
    plan_everything(world)
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch)).one()
        touch.state, touch.sent_at = "sent", world.clock.now()
    move_clock(world, world.clock.now() + MINUTE)
    with serving(build(world, with_board=False), ours), serving(site(address(ours)), theirs):
        yield world
    world.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser, world) -> Iterator[Page]:
    context = browser.new_context(user_agent=AGENT)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.add_init_script(HEARD)
    page.clock.install()
    with world.db.write() as session:
        session.execute(m.MailVisit.__table__.delete())
    yield page
    context.close()


def follow(page: Page, world: World, path: str) -> str:
    """The reader follows the link in our mail; where they are then, as the address bar says."""
    target = world.settings.sites[0] + path
    page.goto(f"{world.settings.public_url}/l/{token(world, Link(touches(world)[0].token, 1, target))}")
    return page.url


def stay(page: Page, world: World, seconds: int) -> None:
    """Time goes by, here and there."""
    move_clock(world, world.clock.now() + seconds)
    page.clock.fast_forward(seconds * 1000)


def told(page: Page) -> list[str]:
    """Where the page posted to, once its visitor turned away from it."""
    return page.evaluate("dispatchEvent(new Event('pagehide')), window.told")


def kept(world: World, pages: int) -> int:
    """Seconds of the one visit, as soon as it has so many pages and the last of them was told."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with world.db.read() as session:
            found = session.scalars(select(m.MailVisit)).all()
        if [each.pages for each in found] == [pages]:
            return found[0].seconds
        time.sleep(0.05)
    raise AssertionError(f"kept are {[(each.pages, each.seconds) for each in found]}")


def test_before_the_visitor_agreed_nothing_is_told_nor_kept_in_the_browser(page, world):
    where = follow(page, world, "/asks?a=1#top")
    assert urlsplit(where)[2:] == ("/asks", "a=1", "top")  # the token is out of the address at once
    stay(page, world, 45)
    assert page.evaluate("[sessionStorage.length, localStorage.length, document.cookie]") == [0, 0, ""]
    assert told(page) == []
    page.evaluate("opportune.consent(true); opportune.consent(false)")  # changed their mind
    page.goto(world.settings.sites[0] + "/knows")
    page.wait_for_function("window.opportune")
    assert told(page) == []


def test_with_consent_the_visit_arrives_with_its_pages_and_seconds(page, world):
    follow(page, world, "/asks")
    page.evaluate("opportune.consent(true)")
    stay(page, world, 45)
    page.get_by_role("link").click()
    page.wait_for_function("window.opportune")
    first = kept(world, 1)
    assert 45 <= first < 60
    stay(page, world, 100)
    assert told(page) == [f"{world.settings.public_url}/visits"]
    assert 145 <= kept(world, 2) < 175


def test_the_script_of_a_form_tells_it_too(page, world):
    follow(page, world, "/form")
    assert "opportune_visit" not in page.frame_locator("iframe").locator(":root").evaluate("() => location.href")
    stay(page, world, 5)
    page.goto("about:blank")
    assert 5 <= kept(world, 1) < 35


@pytest.mark.parametrize("sign", ["globalPrivacyControl", "doNotTrack"])
def test_a_browser_that_said_no_before_tells_nothing_whatever_the_site_says(page, world, sign):
    page.add_init_script(f"Object.defineProperty(navigator, '{sign}', {{ get: () => '1' }})")
    follow(page, world, "/knows")
    page.wait_for_function("window.opportune")
    page.evaluate("opportune.consent(true)")
    stay(page, world, 45)
    assert told(page) == []


def test_who_came_by_no_mail_is_never_told_of(page, world):
    page.goto(world.settings.sites[0] + "/knows")
    page.wait_for_function("window.opportune")
    assert told(page) == []
