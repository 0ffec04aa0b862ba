"""Is a form of ours used on a page of another origin: read in its language, filled in, refused, sent, thanked for?"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
import yaml
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from support_server import serving
from support_world import make_world

from channels.form_embed import embed
from channels.forms import BUILT_IN, FORMS
from opportune.rehearsal.server import free_socket
from opportune.rules.form_document import read
from opportune.store import models as m
from opportune.store.db import Database
from opportune.web import form_page, forms
from opportune.work import form_life
from opportune.work.world import World

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def world(sqlite_template, tmp_path) -> Iterator[World]:
    db = Database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'forms.db')}")
    ours = free_socket()
    world = make_world(db, tmp_path, public_url=f"http://127.0.0.1:{ours.getsockname()[1]}")
    with serving(Starlette(routes=forms.routes(world)), ours):
        yield world
    world.close()


@pytest.fixture
def shop(world) -> Iterator[str]:
    """Another origin: a page with the script tag, and one with the form as plain HTML."""
    form, public = FORMS["calculator"], world.settings.public_url
    head = '<!doctype html><html lang="ro"><meta charset="utf-8"><link rel="icon" href="data:,">'
    head += '<meta name="viewport" content="width=device-width">'
    pages = {
        "/script": f"{head}<h1>Magazin</h1>{embed(form, public)}<p id='below'>Jos</p>",
        "/plain": f"{head}<h1>Magazin</h1>{form_page.plain(form.in_language('ro'), 'Brightdesk', public)}",
    }
    pages |= {f"/of/{key}": f"{head}<h1>Magazin</h1>{embed(each, public)}" for key, each in FORMS.items()}
    routes = [Route(path, lambda _, html=html: HTMLResponse(html)) for path, html in pages.items()]
    with serving(Starlette(routes=routes)) as url:
        yield url


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=PHONE, timezone_id="Europe/Chisinau")
        page.set_default_timeout(20_000)
        yield page
        browser.close()


def test_a_form_is_used_on_a_page_of_another_origin(page, shop, world):
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{shop}/script")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading")).to_have_text("Cât vă costă căutatul?")  # as the page around it
    frame.get_by_label("E-mail", exact=True).fill("ana@acme.example")
    frame.get_by_role("button").click()
    alert = frame.get_by_role("alert")
    expect(alert.get_by_role("link")).to_have_count(3)  # three numbers are missing
    alert.get_by_role("link").first.click()
    expect(frame.get_by_label("Câți oameni răspund clienților?")).to_be_focused()
    for label, number in (("Câți oameni", "10"), ("Minute pe zi", "30"), ("Costul unei ore", "40,5")):
        frame.get_by_label(re.compile(label)).fill(number)
    fits = "document.querySelector('iframe').getBoundingClientRect().bottom <= document.querySelector('#below')"
    assert page.evaluate(f"{fits}.getBoundingClientRect().top + 1 && document.documentElement.scrollWidth <= 390")
    frame.get_by_role("button").click()
    expect(frame.get_by_text("Rezultatul este pe drum")).to_be_visible()
    (lead,) = leads(world)
    assert (lead.fields["zone"], lead.fields["cost"], lead.page) == ("Europe/Chisinau", "40.5", f"{shop}/script")
    assert [each for each in complaints if "422" not in each] == []

    page.goto(f"{shop}/plain")  # the same without a script
    page.get_by_label("E-mail", exact=True).fill("dan@acme.example")
    for label, number in (("Câți oameni", "1"), ("Minute pe zi", "2"), ("Costul unei ore", "3")):
        page.get_by_label(re.compile(label)).fill(number)
    page.get_by_role("button").click()
    expect(page.get_by_text("Rezultatul este pe drum")).to_be_visible()
    assert [each.fields["email"] for each in leads(world)] == ["ana@acme.example", "dan@acme.example"]


def answers_of(key: str) -> dict[str, str]:
    """What somebody fills in who leaves no field that must be filled in empty, and how they tick."""
    said = {"email": f"{key}@acme.example", "tel": "+442079460123", "number": "7", "datetime-local": "2026-09-01T10:00"}
    needed = {each.name: said.get(each.kind, "Ana Stan") for each in FORMS[key].fields if each.required}
    return needed | {"email": said["email"], "phone": said["tel"]}


def test_every_source_is_used_on_a_page_of_another_origin(page, shop, world):
    """A12: all eleven ways but the bought list, which is an import; and the callback (C4)."""
    for key in FORMS:
        page.goto(f"{shop}/of/{key}")
        frame = page.frame_locator("iframe")
        for name, words in answers_of(key).items():
            field = frame.locator(f'[name="{name}"]').first
            if field.count():
                field.select_option(index=1) if field.evaluate("e => e.tagName") == "SELECT" else field.fill(words)
        for way in frame.locator('[type="radio"][name="answer_by"][value="email"]').all():
            way.check()  # A18
        for box in frame.locator('[type="checkbox"]').all():
            assert not box.is_checked()  # never ticked before somebody does
            box.check()
        frame.get_by_role("button").click()
        expect(frame.get_by_role("button"), frame.locator("body").inner_text()).to_have_count(0)  # thanked for
    assert [lead.form for lead in leads(world)] == list(FORMS)
    assert {lead.page for lead in leads(world)} == {f"{shop}/of/{key}" for key in FORMS}


def test_the_browser_solves_the_puzzle_of_a_form_that_asks_for_one(page, world):
    document = yaml.safe_load((BUILT_IN / "callback.yaml").read_text("utf-8")) | {"guard": "proof"}
    text = yaml.safe_dump(document, allow_unicode=True)
    form_life.publish(world, read(text, "form.yaml")[0], text, author="test")
    page.goto(f"{world.settings.public_url}/forms/callback")
    world.clock.move_to(world.clock.now() + 30)  # a person's time
    page.locator("[name=name]").fill("Ana Stan")
    page.locator("[name=email]").fill("ana@acme.example")
    page.get_by_label("Write to me", exact=True).check()
    page.get_by_role("button").click()
    expect(page.get_by_text("will be in touch shortly")).to_be_visible()
    assert [(each.marks, each.held) for each in leads(world)] == [(None, False)]


def leads(world: World) -> list[m.Lead]:
    with world.db.read() as session:
        return list(session.scalars(select(m.Lead).order_by(m.Lead.id)))
