"""Coming in through the pages, as a browser does it: without a script, and nobody comes in for somebody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pyotp
import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from support_web import browsing
from support_world import make_world, move_clock

from opportune.app import build
from opportune.store.db import Database
from opportune.web.login_form import onwards
from opportune.web.login_words import catalogue
from opportune.work import chosen_passwords, passwords, users
from opportune.work.world import World

WORD = "four words nobody knows"
TITLE = re.compile(r"<h1>(.*?)</h1>")


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Hashing costs next to nothing here."""
    folder = tmp_path_factory.mktemp("login")
    (folder / "test.db").write_bytes(sqlite_template.read_bytes())
    dear, passwords._hasher = passwords._hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._nobodys.cache_clear()
    db = Database(f"sqlite:///{folder / 'test.db'}")
    yield make_world(db, folder, public_url="http://127.0.0.1")
    passwords._hasher = dear
    passwords._nobodys.cache_clear()
    db.close()


@pytest.fixture(scope="module")
def app(world: World) -> Starlette:
    return build(world, with_board=False)


@pytest.fixture(scope="module")
def server(app: Starlette) -> Iterator[httpx.Client]:
    with browsing(app) as client:
        yield client


@pytest.fixture
def browser(server: httpx.Client) -> Iterator[httpx.Client]:
    """A browser of its own for each test."""
    with httpx.Client(base_url=server.base_url, trust_env=False, headers={"Accept": "text/html"}) as client:
        yield client


@pytest.fixture
def ada(world: World, request: pytest.FixtureRequest) -> str:
    """An admin of this test's own, by mail address."""
    email = f"ada{abs(hash(request.node.name))}@ours.example"
    _, token = users.add(world, email, "Ada <b>", "admin", None, "test")
    assert chosen_passwords.choose_password(world, token, WORD)
    move_clock(world, world.clock.now() + 3600)  # what other tests guessed wrong is over
    return email


def enter(browser: httpx.Client, email: str, word: str = WORD, to: str = "/desk", **headers: str) -> httpx.Response:
    return browser.post("/login", data={"email": email, "password": word, "next": to}, headers=headers)


def title(answer: httpx.Response) -> str:
    found = TITLE.search(answer.text)
    assert found, answer.text[:500]
    return unescape(found[1])


def hidden(answer: httpx.Response, name: str) -> str:
    return unescape(re.search(f'name="{name}" value="([^"]*)"', answer.text)[1])


def digits(answer: httpx.Response, world: World) -> str:
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", answer.text)[1]
    return pyotp.TOTP(key.replace(" ", "")).at(world.clock.now())


def test_in_by_the_form_and_out_by_the_button(browser, ada):
    assert enter(browser, ada).headers["location"] == "/desk"
    assert browser.get("/desk").status_code == 200
    left = browser.get("/logout")
    assert "Ada &lt;b&gt;" in left.text
    assert browser.post("/logout").headers["location"] == "/login"
    assert browser.get("/desk").headers["location"] == "/login?next=%2Fdesk"


def test_the_cookie_is_for_this_host_and_no_script(browser, ada):
    cookie = enter(browser, ada).headers["set-cookie"].lower()
    assert cookie.startswith("opportune=")
    assert all(part in cookie for part in ("httponly", "samesite=lax", "path=/"))
    assert not any(part in cookie for part in ("domain", "max-age", "expires"))


def test_under_https_it_is_secure_too(world, ada):
    """But for who comes through a tunnel to this machine, where there is no https."""
    secure = World(
        world.settings.model_copy(update={"public_url": "https://board.ours.example"}), world.db, world.clock, world.law
    )
    with browsing(build(secure, with_board=False)) as browser:
        cookie = enter(browser, ada, Host="board.ours.example").headers["set-cookie"]
        assert cookie.startswith("__Host-opportune=")
        assert "Secure" in cookie
        assert "Secure" not in enter(browser, ada).headers["set-cookie"]


def test_a_token_that_somebody_planted_is_worth_nothing(browser, ada):
    """Session fixation: each login makes a token of its own, whatever the browser held."""
    planted = {"Cookie": "opportune=planted"}
    tokens = {enter(browser, ada, **planted).headers["set-cookie"].split(";")[0] for _ in range(2)}
    assert len(tokens) == 2
    assert "opportune=planted" not in tokens
    browser.cookies.clear()
    assert browser.get("/desk", headers=planted).status_code == 303


def test_wrong_is_wrong_whoever_is_there(browser, ada):
    """The same page to the letter, but for what was typed."""
    pages = {
        re.sub(r'value="[^"]*"', "", enter(browser, email, "no such word").text)
        for email in (ada, "nobody@ours.example")
    }
    assert len(pages) == 1
    assert 'role="alert"' in pages.pop()


def test_too_many_are_asked_to_wait(browser, ada):
    for _ in range(5):
        assert enter(browser, ada, "wrong").status_code == 401
    held = enter(browser, ada)
    assert (held.status_code, held.headers["retry-after"]) == (429, "30")
    assert "Try again in 30 s" in held.text


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/login", {"email": "a@b.example", "password": WORD}),
        ("/login/code", {"ticket": "x", "code": "123456"}),
        ("/login/link/x", {"password": WORD}),
        ("/logout", {}),
    ],
)
@pytest.mark.parametrize(
    "foreign",
    [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
    ids=str,
)
def test_no_other_site_posts_these_forms(browser, path, data, foreign):
    """Not even to sign somebody in, as whom the other site likes."""
    assert browser.post(path, data=data, headers=foreign).status_code == 403


@pytest.mark.parametrize(
    "to",
    [
        "http://evil.example", "https:evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "///evil",
        "/\t/evil.example", "/\n//evil.example", " //evil.example", "javascript:alert(1)", "data:text/html,x", "evil",
        "/%0d%0aSet-Cookie:x=1\r\nSet-Cookie: y=1", "/\x00", "", "/" + "a" * 3000, "/а", "/a b", "/desk\\..\\x",
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(browser, ada, to):
    assert onwards(to) == "/"
    answer = enter(browser, ada, to=to)
    assert answer.headers["location"] == "/"
    assert "y=1" not in str(answer.headers)


@pytest.mark.parametrize("to", ["/desk", "/board/decisions?q=a%20b&show=call", "/board/#x", "/"])
def test_whoever_wanted_to_go_somewhere_gets_there(to):
    assert onwards(to) == to


def test_links_never_take_a_name_from_the_request(browser, ada):
    """A poisoned Host header."""
    assert enter(browser, ada, Host="evil.example").status_code == 400
    shown = browser.get("/login", headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"})
    assert "evil" not in shown.text


def test_the_second_factor_from_its_picture_to_the_codes_on_paper(browser, world, ada):
    enter(browser, ada)
    before = browser.cookies["opportune"]
    assert browser.post("/account/second", data={"old": "wrong"}).status_code == 401
    scan = browser.post("/account/second", data={"old": WORD})
    assert 'src="data:image/svg+xml' in scan.text
    ticket = hidden(scan, "ticket")
    for code in ("000000", "１２３４５６", "код"):
        wrong = browser.post("/account/second/on", data={"ticket": ticket, "code": code})
        assert wrong.status_code == 422
    assert hidden(wrong, "ticket") == ticket  # the same picture: the app has it already
    done = browser.post("/account/second/on", data={"ticket": ticket, "code": digits(scan, world)})
    codes = re.findall(r"<li><code>([0-9a-f-]+)</code>", done.text)
    assert len(codes) == 10
    assert browser.cookies["opportune"] != before  # all sessions ended; here is another one
    assert "10 recovery codes are left" in browser.get("/account").text

    browser.cookies.clear()
    asked = enter(browser, ada)
    assert title(asked) == "One more step"
    assert browser.get("/desk").status_code == 303
    half = {"ticket": hidden(asked, "ticket"), "next": hidden(asked, "next")}
    assert browser.post("/login/code", data={**half, "code": "000000"}).status_code == 401
    move_clock(world, world.clock.now() + 30)
    answer = browser.post("/login/code", data={**half, "code": digits(scan, world)})
    assert answer.headers["location"] == "/desk"
    assert browser.post("/account/second/off", data={"old": WORD}).headers["location"] == "/account?changed"
    assert "Off." in browser.get("/account").text


def test_a_picture_is_for_whom_it_was_drawn(browser, world, ada):
    """Nobody is given somebody else's second factor."""
    enter(browser, ada)
    scan = browser.post("/account/second", data={"old": WORD})
    users.add(world, "eve@ours.example", "Eve", "viewer", None, "test")
    _, token = users.reset(world, "eve@ours.example", "test")
    chosen_passwords.choose_password(world, token, WORD)
    browser.cookies.clear()
    enter(browser, "eve@ours.example")
    done = browser.post("/account/second/on", data={"ticket": hidden(scan, "ticket"), "code": digits(scan, world)})
    assert "recovery codes" not in done.text


def test_a_new_password_ends_the_others_and_not_this_one(browser, server, ada):
    enter(browser, ada)
    with httpx.Client(base_url=server.base_url, trust_env=False) as other:
        enter(other, ada)
        weak = browser.post("/account/password", data={"old": WORD, "password": "short"})
        assert weak.status_code == 422
        assert "too short" in weak.text
        assert other.get("/desk").status_code == 200
        done = browser.post("/account/password", data={"old": WORD, "password": "another four words here"})
        assert done.headers["location"] == "/account?changed"
        assert browser.get("/desk").status_code == 200
        assert other.get("/desk").status_code == 401
    browser.cookies.clear()
    assert enter(browser, ada).status_code == 401


def test_a_link_chooses_a_password_once(browser, world, ada):
    _, token = users.reset(world, ada, "test")
    for _ in range(2):  # what looks at links ahead of people uses none up
        assert title(browser.get(f"/login/link/{token}")) == "Choose a password"
    assert browser.post(f"/login/link/{token}", data={"password": "short"}).status_code == 422
    chosen = browser.post(f"/login/link/{token}", data={"password": "another four words here"})
    assert chosen.headers["location"] == "/login?chosen"
    again = browser.post(f"/login/link/{token}", data={"password": "yet another four words"})
    assert (again.status_code, title(again)) == (404, "This link does not work")
    assert browser.get(f"/login/link/{token}").status_code == 404
    assert enter(browser, ada, "another four words here").status_code == 303


def test_nobody_names_their_own_role(browser, world, ada):
    """Mass assignment: only the fields of the form count."""
    user, token = users.add(world, f"new{ada}", "New", "viewer", None, "test")
    browser.post(f"/login/link/{token}", data={"password": WORD, "role": "admin", "email": ada, "active": "1"})
    with world.db.read() as session:
        found = {each.email: each.role for each in users.listed(session)}
    assert found[user.email] == "viewer"


def test_what_somebody_typed_is_shown_as_text(browser):
    answer = enter(browser, '"><script>alert(1)</script>', to='/"><script>')
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(("path", "size"), [("/login", 70_000), ("/logout", 70_000)])
def test_a_body_that_is_too_large_is_not_read(browser, path, size):
    assert browser.post(path, content=b"email=" + b"a" * size).status_code == 413


@pytest.mark.parametrize("language", ["en", "ru", "ro"])
def test_the_pages_speak_three_languages(browser, ada, language):
    said = catalogue()[language]
    shown = browser.get(f"/login?lang={language}&next=/desk")
    assert title(shown) == said["sign_in"]
    assert f'<html lang="{language}"' in shown.text
    assert said["wrong"] in enter(browser, ada, "wrong").text  # the choice is remembered
    enter(browser, ada)
    assert title(browser.get("/account")) == said["account"]


def test_the_browsers_language_is_taken_unless_one_was_chosen(browser):
    assert title(browser.get("/login", headers={"Accept-Language": "ro-MD,ro;q=0.9"})) == catalogue()["ro"]["sign_in"]


def test_every_language_says_everything_with_the_same_names():
    """And Romanian with commas below, not cedillas."""
    words = catalogue()
    named = {
        language: {key: set(re.findall(r"\{\w+\}", text)) for key, text in words[language].items()}
        for language in words
    }
    assert named["ru"] == named["en"] == named["ro"]
    assert not re.search("[şţŞŢ]", "".join(words["ro"].values()))


def test_the_first_admin_makes_their_account_by_the_link_of_the_first_start(sqlite_template, tmp_path, world):
    """`world`: hashing is cheap while it is there."""
    (tmp_path / "empty.db").write_bytes(sqlite_template.read_bytes())
    db = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    empty = make_world(db, tmp_path, public_url="http://127.0.0.1")
    token = chosen_passwords.first_link(db, empty.clock.now())
    with browsing(build(empty, with_board=False)) as browser:
        assert title(browser.get(f"/login/link/{token}")) == "The first account"
        typed = {"name": "Root", "email": "no address", "password": WORD}
        wrong = browser.post(f"/login/link/{token}", data=typed)
        assert (wrong.status_code, "no email address" in wrong.text) == (422, True)
        made = browser.post(f"/login/link/{token}", data={**typed, "email": "Root@ours.example"})
        assert made.headers["location"] == "/login?chosen"
        again = browser.post(f"/login/link/{token}", data={**typed, "email": "evil@ours.example"})
        assert again.status_code == 404
        assert enter(browser, "root@ours.example").status_code == 303
        assert "Role: admin" in browser.get("/account").text
    db.close()


def test_practice_asks_nobody_at_this_machine_who_they_are(sqlite_template, tmp_path):
    (tmp_path / "practice.db").write_bytes(sqlite_template.read_bytes())
    db = Database(f"sqlite:///{tmp_path / 'practice.db'}")
    with browsing(build(make_world(db, tmp_path, practice=True), with_board=False)) as browser:
        assert browser.get("/desk").status_code == 200
        assert browser.get("/login").headers["location"] == "/"
        assert browser.get("/desk", headers={"Host": "ours.example"}).status_code == 401  # through a name: not here
        assert browser.get("/desk", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 401  # through a proxy
    db.close()
