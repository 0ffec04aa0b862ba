"""Whatever strangers send to what is open to strangers: does it stay words, in its place, with us?"""

from __future__ import annotations

import asyncio
import csv
import json
import shutil
import socket
import threading
from collections.abc import Awaitable, Iterator
from itertools import islice
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx
import pytest
from abuse.asking import DESK, Answer, Bones, ask
from abuse.corpora import CRLF, CSV, PATHS, REDIRECTS, SQL, SSRF, XSS, guesses
from sqlalchemy import func, select
from starlette.applications import Starlette
from support_web import browsing, signed_in
from support_world import make_world

from channels import web_post
from channels.forms import FORMS
from opportune.store import models as m
from opportune.store.db import Database
from opportune.web import clicks, consent_pages, desk, forms, openapi, unsubscribe, webhook_in
from opportune.web.away import HANDLERS
from opportune.work import confirming, consents, export, hook_secrets, importing, leads, optout
from opportune.work.world import World

ROOMS = (forms, webhook_in, openapi, unsubscribe, consent_pages, clicks, desk)
FORM, JSON = b"application/x-www-form-urlencoded", b"application/json"
ANA = {"name": "Ana", "email": "ana@acme.example", "phone": "+442079460123", "answer_by": "email"}
FULL = ("name", "email", "phone", "company", "message", "when", "product", "answer", "zone", "country", "language",
        "page", "t", "key", "answer_by", "ticket", "proof", "consent_email")  # fmt: skip
PRECIOUS = (m.Contact, m.Consent, m.Suppression, m.Touch, m.Outcome)


@pytest.fixture(scope="module")
def home(sqlite_template, tmp_path_factory) -> Iterator[tuple[World, Starlette]]:
    folder: Path = tmp_path_factory.mktemp("abuse")
    db = Database(f"sqlite:///{shutil.copy(sqlite_template, folder / 'abuse.db')}", durable=False)
    world = make_world(db, folder)
    routes = [route for room in ROOMS for route in room.routes(world)]
    yield world, signed_in(Starlette(routes=routes, exception_handlers=HANDLERS))
    world.close()


@pytest.fixture
def world(home) -> World:
    return home[0]


@pytest.fixture
def app(home) -> Starlette:
    return home[1]


def counts(world: World) -> list[int]:
    with world.db.read() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in PRECIOUS]


def everywhere(app: Starlette, path: str, evil: str) -> Iterator[Awaitable[Answer]]:
    """One text in every field, in the query, in the headers, as a form and as JSON, and on the page itself."""
    raw = evil.replace("\0", "").replace("\r", "").replace("\n", "").encode("utf-8")
    headers = {"content-type": FORM, "user-agent": raw, "referer": raw, "accept-language": raw, "idempotency-key": raw}
    query = urlencode({"lang": evil, "page": evil, "within": evil, "thanks": evil, "t": evil}).encode()
    fields = dict.fromkeys(FULL, evil)
    yield ask(app, "POST", path, query, urlencode(fields).encode(), headers)
    yield ask(app, "POST", path, query, json.dumps(fields).encode(), headers | {"content-type": JSON})
    yield ask(app, "GET", path, query.replace(b"thanks=", b"no="), b"", headers)


def send_everywhere(app: Starlette, evils: list[str], paths: list[str]) -> list[tuple[str, Answer]]:
    """Each text to one of the paths in turn, so that each path hears of many."""

    async def all_of() -> list[tuple[str, Answer]]:
        found = []
        for place, evil in enumerate(evils):
            path = paths[place % len(paths)]
            found += [(evil, await each) for each in everywhere(app, path, evil)]
        return found

    return asyncio.run(all_of())


PATHS_OF_FORMS = [f"/forms/{key}" for key in FORMS]


def test_the_corpora_have_the_sizes_they_are_said_to_have():
    sizes = [len(set(each)) for each in (XSS, CRLF, CSV, SQL, PATHS, SSRF, REDIRECTS)]
    assert sizes == [200, 250, 60, 150, 60, 150, 120]


def test_scripts_stay_words_on_every_page(app):
    plain = {}
    for evil, answer in send_everywhere(app, ["x" * 40, *XSS, *XSS], PATHS_OF_FORMS):
        assert answer.status in (200, 303, 422), (evil, answer)
        if b"text/html" not in answer.header("content-type").encode():
            continue
        bones = Bones(answer.body.decode())
        assert [each for each in bones.found if any(name.startswith("on") for name in each[1])] == [], evil
        assert sum(tag == "script" for tag, _ in bones.found) == 1, evil  # our own, by its address
        assert [link for link in bones.links if link.lower().lstrip().startswith(("javascript:", "data:text"))] == [], (
            evil
        )
        assert "script-src 'self'" in answer.header("content-security-policy")
        plain.setdefault((answer.status, frozenset(tag for tag, _ in bones.found)), evil)
    assert len(plain) <= 8  # which elements a page has depends on the form and its state, not on the words


def test_what_was_stored_stays_words_where_colleagues_read_it(app, world):
    async def all_of() -> None:
        for number, evil in enumerate(XSS):
            given = ANA | {
                "name": evil[:200],
                "message": evil,
                "company": evil[:200],
                "email": f"x{number}@acme.example",
            }
            given |= {"answer_by": "call", "phone": f"+4420794{60000 + number}"}
            answer = await ask(app, "POST", "/forms/callback", b"", json.dumps(given).encode(), {"content-type": JSON})
            assert answer.status in (201, 422), evil
        leads.understand_waiting(world)
        shown = Bones((await ask(app, "GET", "/desk")).body.decode())
        assert len(shown.found) > 200  # they are all there
        assert {tag for tag, _ in shown.found} <= DESK
        assert [each for each in shown.found if any(name.startswith("on") for name in each[1])] == []
        assert [link for link in shown.links if "script:" in link.lower()] == []

    asyncio.run(all_of())


def test_no_line_end_gets_into_a_header(app):
    names: set[bytes] = set()
    for evil, answer in send_everywhere(app, CRLF, PATHS_OF_FORMS):
        assert answer.status < 500, evil
        for name, value in answer.headers:
            assert not set(b"\r\n\0") & set(value), evil
            names.add(name)
    assert not {b"set-cookie", b"x-planted", b"bcc", b"refresh"} & names


def test_no_line_end_gets_into_a_header_on_a_real_socket_either(app):
    with browsing(app) as client:
        host, port = client.base_url.host, client.base_url.port
        for evil in CRLF[::10]:
            body = urlencode({"name": evil, "key": evil, **{k: v for k, v in ANA.items() if k != "name"}})
            request = (
                f"POST /forms/callback?lang={quote(evil)}&within={quote(evil)} HTTP/1.1\r\nHost: x\r\n"
                "Connection: close\r\n"
                f"Content-Type: {FORM.decode()}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
            )
            with socket.create_connection((host, port)) as line:
                line.sendall(request.encode())
                said = b"".join(iter(lambda line=line: line.recv(65536), b""))
            head = said.split(b"\r\n\r\n")[0].lower()
            assert head.split(b" ")[1] in (b"303", b"422"), evil
            assert b"planted" not in head
            assert b"evil.example" not in head


def test_no_statement_is_run_and_nothing_is_lost(app, world):
    before = counts(world)
    found = send_everywhere(app, SQL, [*PATHS_OF_FORMS, "/u/x", "/my/x", "/confirm/x"])
    assert {answer.status for _, answer in found} <= {200, 201, 303, 422, 429}
    for evil in SQL:
        assert not optout.by_token(world, evil, world.clock.now())
        assert not consents.by_token(world, evil, None, world.clock.now())
    leads.understand_waiting(world)
    assert all(now >= then for now, then in zip(counts(world), before, strict=True))


def test_no_file_is_read(app):
    async def all_of() -> None:
        for evil in PATHS:
            for path in (
                f"/forms/{evil}",
                f"/forms/{evil}/embed.js",
                f"/forms/{evil}/embed",
                f"/l/{evil}",
                f"/hooks/{evil}",
            ):
                method = "POST" if path.startswith("/hooks") else "GET"
                answer = await ask(app, method, path, b"page=" + quote(evil).encode())
                assert answer.status in (401, 404, 405), path
                for word in (b"root:", b"[project]", b"OPPORTUNE_", b"SQLite format"):
                    assert word not in answer.body, path

    asyncio.run(all_of())


def test_nobody_is_led_to_another_site(app):
    async def all_of() -> None:
        for name, where in REDIRECTS:
            query = urlencode({name: where}).encode()
            body = urlencode(ANA | {name: where, "key": where}).encode()
            headers = {"content-type": FORM, "host": b"evil.example", "x-forwarded-host": b"evil.example"}
            for answer in (
                await ask(app, "POST", "/forms/callback", query, body, headers),
                await ask(app, "GET", f"/l/{where}", query, b"", headers),
                await ask(app, "POST", "/u/x", query, body, headers),
                await ask(app, "POST", "/my/x", query, body, headers),
            ):
                assert answer.status in (200, 303, 404, 422, 429), (name, where)
                target = answer.header("location")
                assert target == "" or (target.startswith("/forms/callback?thanks=1") and "evil" not in target)

    asyncio.run(all_of())


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """Somebody in our own network who should never hear of it."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    line, where = server.accept()
                except OSError:
                    return
                came.append(where)
                line.close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1], came
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def names_of_evil(host: str, _port: int) -> list[str]:
    """A name server that an attacker runs. Numbers in disguise are read as the system's own library reads them."""
    if host.endswith((".example", ".internal")):
        return ["8.8.8.8", "169.254.169.254"] if "rebind" in host else ["127.0.0.1"]
    if ":" in host:
        return [host]
    plain = host.encode("idna").decode().rstrip(".")
    return ["127.0.0.1" if plain.lower() == "localhost" else socket.inet_ntoa(socket.inet_aton(plain))]


def test_no_webhook_reaches_our_own_network(listener):
    port, came = listener
    for evil in SSRF:
        answer = web_post.post(evil.replace("{port}", str(port)), b"{}", {}, resolve=names_of_evil)
        assert not answer.told, evil
    assert came == []


def test_a_name_that_means_something_else_a_moment_later_changes_nothing(listener, monkeypatch):
    """DNS rebinding: looked up once, and just that address is connected to."""
    port, came = listener
    asked: list[str] = []
    to: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["8.8.8.8"] if len(asked) == 1 else ["127.0.0.1"]

    def connect(self: httpx.Client, method: str, url: str, **_: object) -> object:
        to.append(url)
        raise httpx.ConnectError("no way out of a test")

    monkeypatch.setattr(httpx.Client, "stream", connect)
    answer = web_post.post(f"https://rebind.evil.example:{port}/hook", b"{}", {}, resolve=rebinding)
    assert (asked, to) == (["rebind.evil.example"], [f"https://8.8.8.8:{port}/hook"])
    assert (answer.told, came) == (False, [])


def test_no_formula_leaves_in_an_export_and_a_list_full_of_evil_comes_in_as_words(world, tmp_path):
    evils = [*CSV, *XSS[:60], *SQL[:60], *CRLF[:60]]
    path = tmp_path / "evil.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Name", "Email", "Company", "Notes", "City"])
        for number, evil in enumerate(evils):
            writer.writerow(
                [
                    evil.replace("\0", ""),
                    f"evil{number}@list.example",
                    evil.replace("\0", ""),
                    evil.replace("\0", ""),
                    evil[:50],
                ]
            )
    report = importing.import_contacts(world, path, country="DE")
    assert report.new + report.rejected + report.merged == len(evils)
    assert report.new >= len(evils) - 70  # those with line ends may be refused
    out = tmp_path / "out.csv"
    assert export.contacts_to(world, out) >= report.new
    with out.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    runs = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    formulas = [cell for cell in cells if cell.lstrip(" \u00a0\u200b").startswith(runs)]
    assert [cell for cell in formulas if not cell.removeprefix("+").isdecimal()] == []


def test_a_signed_webhook_with_evil_words_is_words_too(app, world):
    async def all_of() -> None:
        for evil in [*XSS[::10], *CRLF[::10], *SQL[::10]]:
            body = json.dumps(dict.fromkeys(FULL, evil)).encode()
            secret = hook_secrets.of_form(world, "callback")[0]
            seal = hook_secrets.sign(secret, world.clock.now(), body).encode()
            answer = await ask(app, "POST", "/hooks/callback", b"", body, {hook_secrets.HEADER: seal})
            assert answer.status in (201, 422), evil
            assert answer.header("content-type") == "application/json"

    asyncio.run(all_of())


def test_ten_thousand_guessed_tokens_do_nothing_and_each_is_answered_like_the_right_one(app, world):
    given = ANA | {"email": "real@acme.example", "name": "Real", "country": "DE", "consent_email": "yes"}
    asyncio.run(ask(app, "POST", "/forms/newsletter", b"", json.dumps(given).encode(), {"content-type": JSON}))
    with world.db.read() as session:
        touch = session.scalars(select(m.Touch).order_by(m.Touch.id.desc())).first()
        waits = session.scalars(select(m.ConsentPending).order_by(m.ConsentPending.id.desc())).first()
    assert touch
    assert waits
    now = world.clock.now()
    acts = (
        (touch.token, lambda guess: optout.by_token(world, guess, now)),
        (touch.token, lambda guess: consents.by_token(world, guess, None, now)),
        (waits.token, lambda guess: confirming.confirm(world, guess, now)),
    )
    before = counts(world)
    for real, act in acts:
        assert not any(map(act, islice(guesses(real), 3_334)))
    assert counts(world) == before

    async def alike() -> None:
        for path in ("/u", "/my", "/confirm"):
            right, wrong = [await ask(app, "GET", f"{path}/{token}") for token in (touch.token, "0" * 32)]
            assert (right.status, [name for name, _ in right.headers]) == (
                wrong.status,
                [name for name, _ in wrong.headers],
            )
            assert abs(len(right.body) - len(wrong.body)) < 200

    asyncio.run(alike())
