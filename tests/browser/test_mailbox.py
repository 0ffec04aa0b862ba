"""Does the practice mailbox show a mail as its reader sees it, and let you answer? In a real browser."""

from __future__ import annotations

import shutil
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from support_mailbox import Mailbox, running_mailbox

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]
HOSTILE = """<html><body><h1>Price list</h1><script>parent.document.title = "taken over"</script>
<img src="https://tracker.example/pixel.gif" onerror="parent.document.title = 'taken over'">
<form action="https://evil.example"><button>Win</button></form></body></html>"""


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with running_mailbox() as running:
        mail = EmailMessage()
        mail["From"], mail["To"] = '"Anna, of Acme" <anna@acme.test>', "Bob <bob@reader.test>"
        mail["List-Unsubscribe"] = "<https://acme.test/u/1>, <mailto:reply+1@acme.test?subject=unsubscribe>"
        mail["Subject"], mail["Message-ID"] = "Your price list", "<1@acme.test>"
        mail.set_content("The price list, in plain words.")
        mail.add_alternative(HOSTILE, subtype="html")
        with smtplib.SMTP("127.0.0.1", running.smtp) as client:
            client.send_message(mail, "bounce+1@acme.test", ["bob@reader.test"])
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, mailbox: Mailbox) -> Iterator[Page]:
    page = browser.new_page()
    page.asked = []  # type: ignore[attr-defined]
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(mailbox.url)
    page.get_by_text("Your price list").click()
    expect(page.locator("#mail")).to_be_visible()
    yield page
    page.close()


def test_a_mail_is_seen_in_four_ways(page: Page):
    expect(page.locator("#from")).to_have_text("Anna, of Acme <anna@acme.test>")
    expect(page.frame_locator("#html").locator("h1")).to_have_text("Price list")
    page.get_by_role("button", name="Phone").click()
    assert page.locator("#html").bounding_box()["width"] == 390
    for tab, words in (
        ("Text", "in plain words"),
        ("Headers", "Message-ID: <1@acme.test>"),
        ("Raw", "tracker.example"),
    ):
        page.get_by_role("tab", name=tab).click()
        expect(page.locator(f"#{tab.lower()}")).to_contain_text(words)


def test_a_mail_can_do_nothing_but_be_read(page: Page, mailbox: Mailbox):
    expect(page.frame_locator("#html").locator("h1")).to_be_visible()
    page.frame_locator("#html").get_by_role("button", name="Win").click()
    expect(page).to_have_title("Practice mailbox · Opportune")
    assert [url for url in page.asked if not url.startswith((mailbox.url, "about:"))] == []


@pytest.mark.parametrize(
    ("button", "typed", "kind", "said"),
    [
        ("Reply", "Thursday at ten.", "human", "Thursday at ten."),
        ("Ask to stop", "", "human", "Please stop writing to me."),
        ("Unsubscribe", "", "unsubscribe", "of their mail program"),
        ("Out of office", "", "auto", "out of the office"),
        ("Bounce", "", "bounce", "550 5.1.1"),
        ("Report as spam", "", "complaint", "marked this mail as spam"),
    ],
)
def test_the_reader_answers_with_one_button(
    page: Page, mailbox: Mailbox, button: str, typed: str, kind: str, said: str
):
    page.get_by_label("Your answer").fill(typed)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator(".answer").last).to_contain_text(said)
    assert mailbox.get("/_sim/mails/1")["answers"][-1]["kind"] == kind
