"""Can somebody be called by a campaign on a page: hear it, press keys, let it ring, and read what it does next?

The real stand-ins, the real engine, a real browser; only the clock jumps.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright
from support_world import at

from opportune.rehearsal import standins as stand
from opportune.rehearsal import telephone
from opportune.rehearsal.server import free_socket
from opportune.rehearsal.telephone_page import application
from opportune.rehearsal.telephone_story import Mailbox
from opportune.settings import Settings

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]
SUNDAY = at("2026-03-01 12:00")  # the house begins on the Tuesday that follows
HOSTILE = "Ada <img src=x onerror=alert(1)>"


@dataclass
class Playing:
    """A telephone that is there to be played, and the stand-ins around it."""

    url: str
    carrier: str
    mailbox: str
    offset: int = 0

    def wait(self, seconds: int) -> None:
        """So much passes at the carrier at once."""
        self.offset += seconds
        httpx.post(f"{self.carrier}/_sim/clock", json={"offset": self.offset}).raise_for_status()


@pytest.fixture(scope="module")
def playing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playing]:
    home, ours, stop = tmp_path_factory.mktemp("telephone"), free_socket(), threading.Event()
    standins = stand.start(home)
    standins.run_on(0)
    port = ours.getsockname()[1]
    house = telephone.open_house(stand.practice_settings(Settings(home=home), standins, port), SUNDAY)
    mailbox = Mailbox(standins.mailbox)
    config = uvicorn.Config(application(house, mailbox), log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    threads = [
        threading.Thread(target=server.run, kwargs={"sockets": [ours]}),
        threading.Thread(target=house.live, args=(stop,)),
    ]
    for thread in threads:
        thread.start()
    yield Playing(f"http://127.0.0.1:{port}", standins.carrier, standins.mailbox)
    server.should_exit = True
    threads[0].join(20)
    stop.set()
    threads[1].join(20)
    mailbox.close()
    standins.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must stay silent and at home, with its telephone."""
    page = browser.new_page(reduced_motion="reduce")  # the words stand there at once
    page.set_default_timeout(20_000)
    noise: list[str] = []
    page.on("console", lambda said: noise.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("dialog", lambda dialog: (noise.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda asked: noise.append(asked.url) if "//127.0.0.1:" not in asked.url else None)
    yield page
    page.close()
    assert noise == []


def be_rung(page: Page, playing: Playing, name: str) -> None:
    """Type a name, read the plan, go on to its moment: it rings."""
    page.goto(f"{playing.url}/telephone")
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Ring me").click()
    page.get_by_role("button", name="Go on to").click()
    expect(page.get_by_role("button", name="Accept")).to_be_focused(timeout=20_000)


def press(page: Page, key: str) -> None:
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("log")).to_contain_text("press 9", timeout=20_000)
    page.get_by_role("button", name=key, exact=True).click()


def test_who_presses_2_reads_that_the_mail_comes_and_finds_it_in_the_mailbox(page: Page, playing: Playing):
    be_rung(page, playing, HOSTILE)
    expect(page.locator("#steps")).to_contain_text("We called on Tue 3 Mar, 09:30")
    expect(page.locator("#steps")).to_contain_text("The goal (a meeting) is something serious: one calls about it.")
    press(page, "2")
    expect(page.get_by_role("log")).to_contain_text("by email", timeout=20_000)
    expect(page.get_by_role("log").locator("p").first).to_contain_text(f"Hello {HOSTILE}")  # as text
    page.get_by_role("button", name="Hang up").click()
    expect(page.locator("#steps")).to_contain_text("they asked for an email", timeout=20_000)
    mail = page.locator("#mails a")  # at once: it was asked for, so it waits for no slot (A9)
    expect(mail).to_have_attribute("href", re.compile(rf"{playing.mailbox}/#\d+"), timeout=20_000)
    page.goto(mail.get_attribute("href") or "")
    expect(page.locator("#to")).to_contain_text("@telephone.example")


def test_who_lets_it_ring_reads_what_comes_instead(page: Page, playing: Playing):
    be_rung(page, playing, "Bob")
    playing.wait(60)
    expect(page.locator("#steps")).to_contain_text("nobody picked up", timeout=20_000)
    expect(page.locator("#next")).to_contain_text("Next: a mail")
    expect(page.get_by_role("button", name="Go on to")).to_be_focused()


def test_who_presses_1_talks_and_the_desk_takes_how_it_ended(page: Page, playing: Playing):
    be_rung(page, playing, "Emil")
    press(page, "1")
    expect(page.get_by_role("log")).to_contain_text("A colleague’s telephone rings", timeout=20_000)
    playing.wait(16)
    expect(page.get_by_role("log")).to_contain_text("You talk with a colleague", timeout=20_000)
    page.get_by_role("button", name="Hang up").click()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="enter how the talk ended").click()
    opened.value.get_by_label("Call result of Emil").select_option(label="Meeting booked")
    opened.value.get_by_role("button", name="Save").click()
    expect(page.locator("#next")).to_contain_text("the goal is met", timeout=20_000)
    opened.value.close()


def test_the_last_call_leaves_its_words_on_the_answering_machine(page: Page, playing: Playing):
    """A2: not the first call of a morning, which hangs up on a machine."""
    page.goto(f"{playing.url}/telephone")
    page.get_by_label("Your name").fill("Dora")
    page.get_by_role("button", name="Ring me").click()
    page.get_by_label("My answering machine takes it").check()
    for comes in ("a call", "a mail", "it looks again", "a call"):
        expect(page.locator("#next")).to_contain_text(f"Next: {comes}", timeout=20_000)
        expect(page.locator("#messages li")).to_have_count(0)
        page.get_by_role("button", name="Go on to").click()
    expect(page.locator("#messages li")).to_contain_text("Dora", timeout=20_000)
    expect(page.locator("#steps")).to_contain_text("an answering machine took it")


def test_who_presses_9_is_never_called_again(page: Page, playing: Playing):
    be_rung(page, playing, "Clara")
    press(page, "9")
    expect(page.get_by_role("log")).to_contain_text("never", timeout=20_000)
    page.get_by_role("button", name="Hang up").click()
    expect(page.locator("#next")).to_contain_text("On the do-not-contact list (they pressed 9", timeout=20_000)
    expect(page.get_by_role("button", name="Go on to")).to_be_hidden()


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "said"),
    [
        ("", {"name": " ", "language": "en"}, {}, 422, "Your name, please"),
        ("", {"name": "a" * 81, "language": "en"}, {}, 422, "one to 80 characters"),
        ("", {"name": "Ada\x00", "language": "en"}, {}, 422, "Your name, please"),
        ("", {"name": "Ada", "language": "tlh"}, {}, 422, "en, de, ro, ru"),
        ("", ["Ada"], {}, 422, "JSON object"),
        ("", {"name": "Ada", "language": "en"}, {"Origin": "http://elsewhere.example"}, 403, "another site"),
        ("/4711/go", {}, {}, 404, "ring somebody anew"),
        ("/4711/do", {"do": "accept"}, {}, 404, "ring somebody anew"),
    ],
)
def test_what_cannot_be_done_is_said(
    playing: Playing, path: str, body: object, headers: dict[str, str], status: int, said: str
):
    answer = httpx.post(f"{playing.url}/telephone{path}", json=body, headers=headers)
    assert (answer.status_code, said in answer.json()["error"]) == (status, True), answer.text
