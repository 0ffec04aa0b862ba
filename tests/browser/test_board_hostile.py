"""Does anything that strangers typed run on the board? Two hundred scripts, wherever a stranger can put one."""

from __future__ import annotations

import itertools
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import support_browser
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select
from support_board import NOW, seed
from support_browser import launched
from support_web import browsing
from support_world import make_world

from dashboards.app import PAGES
from opportune.app import build
from opportune.store import models as m
from opportune.store.db import Database

pytestmark = support_browser.MARKS
page, window = support_browser.page, support_browser.window
RUN = "window.hit=1;alert(1)"
TAGS = (
    "<script>{}</script>",
    "<ScRiPt>{}</sCrIpT>",
    "<script>{}//",
    "<<script>{}//<</script>",
    "<scr<script>ipt>{}</script>",
    "<img src=x onerror={}>",
    '<img src=x onerror="{}">',
    "<img/src=x/onerror={}>",
    "<svg onload={}>",
    "<svg/onload={}>",
    "<svg><script>{}</script></svg>",
    "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<body onload={}>",
    "<iframe srcdoc='<script>parent.hit=1</script>'>",
    "<iframe src='javascript:{}'>",
    "<a href='javascript:{}'>x</a>",
    "<input autofocus onfocus={}>",
    "<details open ontoggle={}>x</details>",
    "<video><source onerror={}></video>",
    "<math><mtext></mtext><script>{}</script></math>",
    "<style>@import 'javascript:{}'</style>",
    "<base href='javascript:{}//'>",
    "<object data='javascript:{}'>",
    "<marquee onstart={}>x</marquee>",
    "<form action='javascript:{}'><input type=submit></form>",
    "javascript:{}",
    "{{{{{}}}}}",
    "${{{}}}",
    "{{{{constructor.constructor('{}')()}}}}",
    "[x](javascript:{})",
)
BREAKS = ("{}", '">{}', "'>{}", "</title>{}", "-->{}", "]]>{}", "</textarea>{}")


def payloads() -> list[str]:
    return [out.format(tag.format(RUN)) for out, tag in itertools.product(BREAKS, TAGS)][:200]


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The whole application, the desk too, in practice: nobody signs in."""
    folder = tmp_path_factory.mktemp("hostile")
    db = Database(f"sqlite:///{shutil.copy(sqlite_template, folder / 'hostile.db')}")
    seed(db, 200)
    _poison(db)
    _leave_words(db)
    with browsing(build(make_world(db, folder, NOW, practice=True))) as client:
        yield str(client.base_url).rstrip("/")
    db.close()


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:
    yield from launched()


def _poison(db: Database) -> None:
    """Names and titles of people, companies, sources, campaigns, callers, marks of leads, what a provider said."""
    bad = payloads()
    dice = random.Random(3)
    with db.write() as session:
        for person, text in zip(session.scalars(select(m.Contact)), itertools.cycle(bad)):
            person.name, person.title, person.email = text, dice.choice(bad), f"{dice.choice(bad)}@example.com"[:200]
        for row in (*session.scalars(select(m.Company)), *session.scalars(select(m.Campaign))):
            row.name = dice.choice(bad)
        for source in session.scalars(select(m.Source)):
            source.key = bad[5]
        for decision in session.scalars(select(m.Decision)):
            decision.held = dice.choice(bad)[:60] if decision.held else None
            decision.reasons = [{"code": dice.choice(bad), "rule": dice.choice(bad), "values": {}}, *decision.reasons]
        for touch in session.scalars(select(m.Touch).limit(60)):
            touch.template, touch.result = dice.choice(bad)[:60], dice.choice(bad)[:60]
            said = {"text": dice.choice(bad), "CallStatus": dice.choice(bad)}
            told = {
                "provider": "twilio",
                "kind": dice.choice(bad)[:60],
                "event_key": f"bad{touch.id}",
                "received_at": NOW,
            }
            session.add(m.ProviderEvent(**told, touch_id=touch.id, payload=said, occurred_at=NOW))


def _leave_words(db: Database) -> None:
    """What callers are called by their network, what they said, what a form's page had in its address (UTM), what a
    mail server wrote as it sent a mail back, what a person asked for in their own words."""
    bad = payloads()
    with db.write() as session:
        people = list(session.scalars(select(m.Contact.id).limit(50)))
        for n in range(50):
            said = {"caller_name": bad[n], "said": bad[50 + n], "note": bad[100 + n], "caller": bad[150 + n][:60]}
            call = {"called": "+44", "people": 0, "kind": "first_time", "language": "en", "state": "voicemail"}
            session.add(m.InboundCall(sid=f"CA{n}", at=NOW, due_at=NOW, rings=0, **call, **said))
        for n, person in enumerate(people):
            utm = {f"utm_{name}": bad[(n * 4 + place) % 200] for place, name in enumerate(("source", "medium", "term"))}
            form = {"form": "callback", "form_version": "x", "contact_id": person, "received_at": NOW + n}
            page = f"https://a.example/?utm_campaign={bad[(n * 4 + 3) % 200]}"[:200]
            keys = {"public_id": f"lead{n}", "idempotency_key": f"lead{n}"}
            session.add(m.Lead(**form, **keys, page=page, fields={**utm, "message": bad[n * 4 % 200]}))
        mails = session.scalars(select(m.Touch).where(m.Touch.channel == "email").limit(60))
        for touch, text in zip(mails, bad, strict=False):
            touch.state, touch.result = "bounced", None
            told = {"provider": "smtp", "kind": "bounce", "event_key": f"bounce{touch.id}", "received_at": NOW}
            back = {"text": text, "diagnostic": text, "status": "5.1.1"}
            session.add(m.ProviderEvent(**told, touch_id=touch.id, payload=back, occurred_at=NOW))
            moved = {"was": "sent", "now": "bounced", "at": NOW, "who": "inbox", "fence": 0, "data": {}}
            session.add(m.TouchEvent(touch_id=touch.id, **moved, why=text[:400]))


@pytest.fixture
def quiet(window: BrowserContext, page: Page) -> Iterator[Page]:
    yield page
    assert page.evaluate("window.hit") is None


def test_nothing_that_strangers_typed_runs_on_any_page(quiet: Page, address: str) -> None:
    assert len(payloads()) == 200
    for path in [each.PATH for each in PAGES]:
        quiet.goto(f"{address}/board{path}")
        expect(quiet.locator("h1")).to_be_visible()
        quiet.wait_for_load_state("networkidle")
        assert quiet.evaluate("window.hit") is None, path


def test_nothing_runs_in_a_list_that_is_read_to_its_end_nor_in_a_story(quiet: Page, address: str) -> None:
    quiet.goto(f"{address}/board/decisions")
    expect(quiet.locator("#decisions-count")).to_have_text("200 decisions")
    for _ in range(8):
        quiet.mouse.move(700, 600)
        quiet.mouse.wheel(0, 1200)
    expect(quiet.locator(".ag-cell", has_text="javascript:").first).to_be_visible()
    for number in (1, 60, 120):
        quiet.goto(f"{address}/board/decisions?id={number}&q=%3Cimg%20src=x%20onerror=alert(1)%3E")
        expect(quiet.get_by_role("dialog").locator(".steps > li")).to_have_count(8)


def test_nothing_runs_at_the_desk(quiet: Page, address: str) -> None:
    quiet.goto(f"{address}/desk")
    expect(quiet.locator("form[action^='/desk/inbound/']")).to_have_count(50)
    for text in (payloads()[0], payloads()[51], payloads()[101]):
        expect(quiet.get_by_text(text, exact=False).first).to_be_visible()
    for path in ("/desk/now", "/review"):
        quiet.goto(f"{address}{path}")
        expect(quiet.locator("h1")).to_be_visible()


def test_a_mail_that_came_back_tells_why_and_runs_nothing(quiet: Page, address: str) -> None:
    quiet.goto(f"{address}/board/decisions?show=email")
    for row in range(3):
        cell = quiet.locator(".ag-center-cols-container .ag-row").nth(row).locator(".ag-cell").first
        expect(cell).not_to_be_empty()  # until its block has come a row is there and opens nothing
        cell.click()
        story = quiet.get_by_role("dialog")
        expect(story.locator(".steps > li")).to_have_count(8)
        story.locator("details summary").first.click()
        quiet.keyboard.press("Escape")
        expect(quiet.get_by_role("dialog")).to_have_count(0)


def test_nothing_in_an_address_runs(quiet: Page, address: str) -> None:
    for name in ("campaign", "version", "goal", "status", "period", "lang", "q", "show", "id", "reason"):
        quiet.goto(f"{address}/board/decisions?{name}=%22%3E%3Cscript%3Ewindow.hit%3D1%3C/script%3E#%3Cscript%3E")
        expect(quiet.locator("h1")).to_be_visible()
