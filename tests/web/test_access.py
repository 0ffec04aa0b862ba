"""Who may open what: every route of the real application, and every page of the board, for a stranger and five roles.

The cases come from the application's own routes. A route that the table below does not name fails here, and is closed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from support_web import browsing
from support_world import add_person, make_world

from dashboards.app import PAGES
from opportune.app import build
from opportune.store import models as m
from opportune.store.db import Database
from opportune.work import access, sessions, users
from opportune.work.world import World

#: Who may, by the letters below: (s)tranger, (v)iewer, (m)arketer, (o)perator, team (l)ead, (a)dmin.
WHO = {"s": None, "v": "viewer", "m": "marketer", "o": "operator", "l": "team_lead", "a": "admin"}
ANYBODY, SIGNED_IN, PEOPLE, DESK, LEADS, NOBODY = "svmola", "vmola", "mla", "ola", "la", ""
FORMS = ("/forms/{key}", "/forms/{key}/embed", "/forms/{key}/embed.js", "/forms/{key}/challenge")
VOICE = (
    *(f"/voice/inbound{leaf}" for leaf in access.INBOUND),
    *(f"/voice/operator/{{token}}{leaf}" for leaf in access.COLLEAGUE),
    *(f"/voice/{{token}}{leaf}" for leaf in access.CALL),
)

#: The second writing of the table, on purpose: a slip in one of them shows.
MAY = {
    **{("GET", path): ANYBODY for path in FORMS},
    ("POST", "/forms/{key}"): ANYBODY,
    ("OPTIONS", "/forms/{key}"): ANYBODY,
    ("GET", "/openapi.json"): ANYBODY,
    ("POST", "/hooks/{key}"): ANYBODY,  # signed
    **{("POST", path): ANYBODY for path in VOICE},  # signed by the carrier
    ("GET", "/voice/said/{name}"): ANYBODY,
    **{(how, path): ANYBODY for how in ("GET", "POST") for path in ("/u/{token}", "/confirm/{token}", "/my/{token}")},
    ("GET", "/l/{token:path}"): ANYBODY,
    ("GET", "/visit.js"): ANYBODY,
    ("POST", "/visits"): ANYBODY,  # signed, and answered alike
    ("GET", "/health"): ANYBODY,  # a stranger hears one word: see below
    **{(how, path): ANYBODY for how in ("GET", "POST") for path in ("/login", "/login/link/{token}", "/logout")},
    ("POST", "/login/code"): ANYBODY,
    ("GET", "/login/sso"): ANYBODY,
    ("GET", "/login/sso/back"): ANYBODY,
    ("GET", "/"): SIGNED_IN,
    ("GET", "/account"): SIGNED_IN,
    ("POST", "/account/password"): SIGNED_IN,
    ("POST", "/account/second"): SIGNED_IN,
    ("POST", "/account/second/on"): SIGNED_IN,
    ("POST", "/account/second/off"): SIGNED_IN,
    ("GET", "/desk"): DESK,
    ("GET", "/desk/now"): DESK,
    ("POST", "/desk/duty"): DESK,
    ("POST", "/desk/inbound/{id:int}"): DESK,
    ("POST", "/desk/meetings/{id:int}"): DESK,
    ("POST", "/desk/wishes/{id:int}"): DESK,
    ("POST", "/desk/{token}"): DESK,
    ("GET", "/board/"): SIGNED_IN,
    ("GET", "/board/decisions"): PEOPLE,
    ("GET", "/board/waiting"): PEOPLE,
    ("GET", "/board/operators"): DESK,
    ("GET", "/review"): LEADS,
    ("POST", "/review/{id:int}"): LEADS,
    **{("GET", f"/board/{page}"): SIGNED_IN for page in
       ("channels", "hours", "cadence", "history", "sources", "compliance", "health", "report")},
    ("GET", "/board/csv/{name}"): SIGNED_IN,  # those with people in them are refused by the board itself
    ("GET", "/board/assets/{file:path}"): SIGNED_IN,
    ("GET", "/board/_dash-component-suites/{file:path}"): SIGNED_IN,
    ("GET", "/board/_dash-layout"): SIGNED_IN,
    ("GET", "/board/_dash-dependencies"): SIGNED_IN,
    ("POST", "/board/_dash-update-component"): SIGNED_IN,  # what it tells whom: below
    ("GET", "/board/_reload-hash"): SIGNED_IN,
    ("GET", "/board/_favicon.ico"): SIGNED_IN,
}  # fmt: skip
CASES = [(how, path, letter) for how, path in MAY for letter in WHO]


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("access")
    (folder / "test.db").write_bytes(sqlite_template.read_bytes())
    db = Database(f"sqlite:///{folder / 'test.db'}")
    world = make_world(db, folder, public_url="http://127.0.0.1")
    add_person(world, name="Maria Canary", email="canary@firm.example", phone="+493023125077")
    yield world
    db.close()


@pytest.fixture(scope="module")
def app(world: World) -> Starlette:
    return build(world)


@pytest.fixture(scope="module")
def browser(app: Starlette) -> Iterator[httpx.Client]:
    with browsing(app) as client:
        yield client


@pytest.fixture(scope="module")
def accounts(world: World) -> dict[str, m.User]:
    made = {
        letter: users.add(world, f"{role}@ours.example", role, role, None, "test")[0]
        for letter, role in WHO.items()
        if role
    }
    return made


@pytest.fixture(scope="module")
def who(world: World, accounts: dict[str, m.User]) -> Callable[[str], dict[str, str]]:
    """What the browser of somebody with this role sends: freshly signed in, for one of the routes signs out."""

    def headers(letter: str) -> dict[str, str]:
        if letter == "s":
            return {}
        with world.db.write() as session:
            token = sessions.begin(session, session.get(m.User, accounts[letter].id), None, world.clock.now())
        return {"Cookie": f"opportune={token}"}

    return headers


def asked(path: str) -> str:
    """An address that fits the path of a route."""
    return re.sub(r"\{[a-z]+:int\}", "1", re.sub(r"\{[a-z]+(:path)?\}", "abc", path))


def routes_of(app: Starlette) -> set[tuple[str, str]]:
    """Every route of the application, and of the board's within it."""
    found = set()
    for route in app.routes:
        if isinstance(route, Route):
            found |= {(how, route.path) for how in (route.methods or {"GET"}) - {"HEAD"}}
        else:
            assert isinstance(route, Mount), f"what is {route}?"
            assert route.path == "/board"
    return found


def test_every_route_of_the_application_has_a_row(app: Starlette):
    """A new one belongs into `work.access`, and here."""
    assert routes_of(app) - set(MAY) == set()


def test_every_row_is_of_a_route(app: Starlette):
    """Of the application, of Dash, or of the telephone, which is for practice only."""
    rows = {(how, row.path) for row in access.TABLE if row.who != "practice" for how in row.methods.split()}
    theirs = {(how, path) for how, path in rows if path.startswith("/board")}
    assert rows - theirs - routes_of(app) == set()


def test_every_page_of_the_board_has_a_row():
    paths = {f"/board{page.PATH}" for page in PAGES}
    assert {path for path in paths if ("GET", path) not in MAY} == set()


def test_a_page_with_people_is_for_those_who_may_see_people():
    """What a page says of itself, and what the gate says of it."""
    for page in PAGES:
        if getattr(page, "WITH_PEOPLE", False):
            assert MAY["GET", f"/board{page.PATH}"] in (PEOPLE, LEADS), page.__name__


@pytest.mark.parametrize(("how", "path", "letter"), CASES, ids=lambda value: str(value).replace("/", "_"))
def test_each_route_opens_for_those_who_may(
    browser: httpx.Client, who: Callable[[str], dict[str, str]], how: str, path: str, letter: str
):
    answer = browser.request(how, asked(path), headers=who(letter))
    if letter in MAY[how, path]:
        assert answer.status_code < 500, answer.text
        assert answer.text not in ("sign in first", "nothing here")
        assert "does not open this page" not in answer.text
    else:
        assert (answer.status_code, answer.text) == (401, "sign in first") if letter == "s" else (
            answer.status_code == 403 and "does not open this page" in answer.text
        )  # fmt: skip


@pytest.mark.parametrize("letter", list(WHO))
@pytest.mark.parametrize(
    "path",
    [
        "/nothing", "/board/nothing", "/desk/now/x", "/telephone", "/telephone/1/go", "/health/x", "/x/health",
        "/board//decisions", "/board/%2e%2e/desk", "/login/%2e%2e/desk", "/%2fdesk", "/DESK", "/desk%00", "/desk;x",
        "/forms", "/voice", "/l", "/board/csv/a/b", "/docs", "/metrics", "/api/events/in",
    ],
)  # fmt: skip
def test_what_stands_in_no_row_is_closed_for_everybody(browser, who, path, letter):
    """Also what only looks like an open address (CVE-2026-7722: `endswith('/health')`)."""
    answer = browser.get(path, headers=who(letter))
    assert answer.status_code == 404


def test_a_stranger_is_led_to_the_login_and_back(browser):
    answer = browser.get("/board/decisions?campaign=a b&show=call", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Fboard%2Fdecisions%3Fcampaign%3Da%2520b%26show%3Dcall"
    within = browser.get("/desk/now", headers={"Accept": "text/html", "Sec-Fetch-Dest": "iframe"})
    assert within.status_code == 401
    assert 'target="_top"' in within.text


def test_everybody_lands_where_they_work(browser, who):
    assert {letter: browser.get("/", headers=who(letter)).headers["location"] for letter in SIGNED_IN} == {
        "o": "/desk", **dict.fromkeys("vmla", "/board/"),
    }  # fmt: skip


def test_a_stranger_learns_of_health_one_word(browser, who):
    assert browser.get("/health").json() == {"ready": True}
    assert "version" in browser.get("/health", headers=who("v")).json()


@pytest.mark.parametrize("how", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/desk/duty", "/account/password", "/board/_dash-update-component", "/desk/abc"])
def test_no_other_site_acts_in_somebodys_name(browser, who, how, path):
    for foreign in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = browser.request(how, path, headers={**who("a"), **foreign})
        assert answer.status_code == (403 if how == "POST" else 405), foreign


def test_a_name_that_is_not_ours_is_refused(browser, who):
    """DNS rebinding."""
    answer = browser.get("/board/", headers={"Host": "evil.example", **who("a")})
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/desk", "/board/", "/board/_dash-layout", "/account"])
def test_what_stands_behind_the_gate_stays_there(browser, who, path):
    """In no cache, in no frame of another site, told to no other site."""
    headers = browser.get(path, headers=who("a")).headers
    assert "no-store" in headers["cache-control"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] in ("no-referrer", "same-origin")
    assert "frame-ancestors" in headers["content-security-policy"]


def test_a_plausible_cookie_opens_nothing(browser):
    for value in ("", "x", "admin", "1", "a" * 5000, "../../etc/passwd", "' OR 1=1 --", "%00"):
        assert browser.get("/board/", headers={"Cookie": f"opportune={value}"}).status_code == 401
