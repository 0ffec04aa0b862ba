"""Coming in with an identity provider: a small real one on a loopback socket, which can lie in every way there is."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pyotp
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from pydantic import SecretStr
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from support_web import browsing
from support_world import make_world

from opportune.app import build
from opportune.store import models as m
from opportune.store.db import Database
from opportune.work import factor_setup, second_factor, sessions, tickets, users
from opportune.work.world import World

CLIENT, SECRET, ADA = "opportune", "our secret there", "ada@ours.example"
KEY = RSAKey.generate_key(2048, {"kid": "1"}, private=True)
OTHER = RSAKey.generate_key(2048, {"kid": "1"}, private=True)


class Provider:
    """OpenID Connect as far as we use it. `lies`: claims and header it gets wrong; None takes one away."""

    def __init__(self) -> None:
        self.codes: dict[str, dict[str, str]] = {}
        self.lies: dict[str, Any] = {}
        self.now, self.key, self.algorithm, self.about = 0, KEY, "RS256", {}
        self.address = ""

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.describe),
                Route("/keys", self.keys),
                Route("/token", self.token, methods=["POST"]),
            ]
        )

    async def describe(self, _request: Request) -> JSONResponse:
        told = {"issuer": self.address, "authorization_endpoint": f"{self.address}/authorize"}
        return JSONResponse(
            told | {"token_endpoint": f"{self.address}/token", "jwks_uri": f"{self.address}/keys"} | self.about
        )

    async def keys(self, _request: Request) -> JSONResponse:
        return JSONResponse(KeySet([KEY]).as_dict(private=False))

    def sign_in(self, where: str) -> str:
        """What its own login page does once somebody has signed in there: the code, and whatever we asked."""
        asked = dict(parse_qsl(urlsplit(where).query))
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = f"code{len(self.codes)}"
        self.codes[code] = asked
        return code

    async def token(self, request: Request) -> JSONResponse:
        given = dict(parse_qsl((await request.body()).decode()))
        kind, _, ours = request.headers["authorization"].partition(" ")
        assert (kind, base64.b64decode(ours).decode()) == ("Basic", f"{CLIENT}:{SECRET}")
        asked = self.codes.pop(given["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest()).decode()
        if asked is None or asked["code_challenge"] != challenge.rstrip("="):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        assert given["redirect_uri"] == asked["redirect_uri"]
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": self.signed(asked["nonce"])})

    def signed(self, nonce: str) -> str:
        told = {"iss": self.address, "sub": "248289761001", "aud": CLIENT, "nonce": nonce, "iat": self.now}
        told |= {"exp": self.now + 300, "email": ADA, "email_verified": True, "name": "Ada"} | self.lies
        claims = {name: value for name, value in told.items() if value is not None}
        if self.algorithm == "none":
            parts = (b'{"alg":"none"}', str(claims).replace("'", '"').replace("True", "true").encode())
            return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
        key = OctKey.import_key(KEY.as_pem(private=False)) if self.algorithm == "HS256" else self.key
        return jwt.encode({"alg": self.algorithm, "kid": "1"}, claims, key, algorithms=[self.algorithm])


@pytest.fixture(scope="module")
def serving() -> Iterator[tuple[Provider, str]]:
    provider = Provider()
    with browsing(provider.app()) as client:
        provider.address = str(client.base_url).rstrip("/")
        yield provider, provider.address


@pytest.fixture
def provider(serving: tuple[Provider, str]) -> Provider:
    served, address = serving
    fresh = Provider()
    served.__dict__.update(fresh.__dict__ | {"address": address})
    return served


@pytest.fixture
def world(sqlite_template: Path, tmp_path: Path, provider: Provider) -> Iterator[World]:
    (tmp_path / "test.db").write_bytes(sqlite_template.read_bytes())
    db = Database(f"sqlite:///{tmp_path / 'test.db'}")
    there = {"oidc_issuer": provider.address, "oidc_client": CLIENT, "oidc_secret": SecretStr(SECRET)}
    world = make_world(db, tmp_path, public_url="http://127.0.0.1", oidc_name="Ours & theirs", **there)
    provider.now = world.clock.now()
    yield world
    db.close()


@pytest.fixture
def browser(world: World) -> Iterator[httpx.Client]:
    with browsing(build(world, with_board=False)) as client:
        yield client


def ada(world: World, role: str = "marketer") -> m.User:
    return users.add(world, ADA, "Ada", role, None, "test")[0]


def go(browser: httpx.Client, provider: Provider, to: str = "/account") -> httpx.Response:
    """There and back."""
    sent = browser.get("/login/sso", params={"next": to})
    assert sent.status_code == 303
    code, asked = provider.sign_in(sent.headers["location"]), dict(parse_qsl(urlsplit(sent.headers["location"]).query))
    return browser.get("/login/sso/back", params={"code": code, "state": asked["state"]})


def failed(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.headers.get("location")) == (303, "/login?failed")


def test_whom_we_know_comes_in_and_gets_where_they_wanted(browser, provider, world):
    ada(world)
    assert "Ours &amp; theirs" in browser.get("/login").text
    assert go(browser, provider, "/board/hours").headers["location"] == "/board/hours"
    assert "marketer" in browser.get("/account").text


def test_whom_we_do_not_know_stays_out(browser, provider, world):
    assert failed(go(browser, provider))
    assert "did not vouch" in browser.get("/login?failed").text
    with world.db.read() as session:
        assert users.listed(session) == []


def test_a_setting_lets_newcomers_in_as_something(browser, provider, world):
    world.settings = world.settings.model_copy(update={"oidc_role": "viewer"})
    assert go(browser, provider).headers["location"] == "/account"
    with world.db.read() as session:
        assert [(each.email, each.role, each.name) for each in users.listed(session)] == [(ADA, "viewer", "Ada")]


def test_whom_we_sent_away_stays_out(browser, provider, world):
    """Also where newcomers may come in, and also once they were tied to their account there."""
    world.settings = world.settings.model_copy(update={"oidc_role": "viewer"})
    users.add(world, "root@ours.example", "Root", "admin", None, "test")
    ada(world)
    assert not failed(go(browser, provider))
    users.deactivate(world, ADA, "test")
    assert failed(go(browser, provider))


def test_an_address_given_to_somebody_else_opens_nothing(browser, provider, world):
    ada(world)
    assert not failed(go(browser, provider))
    provider.lies = {"sub": "somebody else"}
    assert failed(go(browser, provider))


def test_whoever_changed_their_address_there_is_known_again(browser, provider, world):
    ada(world)
    assert not failed(go(browser, provider))
    provider.lies = {"email": "ada.married@ours.example"}
    assert not failed(go(browser, provider))
    assert ADA in browser.get("/account").text


def test_a_second_factor_of_ours_is_asked_all_the_same(browser, provider, world):
    offer = factor_setup.offer(world, ada(world).id)
    with world.db.read() as session:
        seed = tickets.look(session, "factor", offer.ticket, world.clock.now()).data["seed"]
    code = pyotp.TOTP(second_factor.shared(world, seed)).at(world.clock.now())
    factor_setup.confirm(world, 1, offer.ticket, code)
    answer = go(browser, provider)
    assert "One more step" in answer.text
    assert "opportune" not in browser.cookies


#: what the provider says -> nobody comes in
LIES = [
    {"email_verified": False},
    {"email_verified": None},
    {"email_verified": "true"},  # a word is no yes
    {"nonce": "another visit"},
    {"nonce": None},
    {"aud": "another client"},
    {"aud": [CLIENT, "another"], "azp": "another"},
    {"iss": "https://evil.example"},
    {"iss": None},
    {"exp": 1},
    {"exp": None},
    {"sub": None},
    {"sub": 7},
    {"email": None},
    {"email": ["ada@ours.example"]},
    {"iat": 99_999_999_999},
]


@pytest.mark.parametrize("lies", LIES, ids=str)
def test_a_token_that_is_not_for_us_now_opens_nothing(browser, provider, world, lies):
    ada(world)
    provider.lies = lies
    assert failed(go(browser, provider))
    assert browser.get("/account").status_code == 401


@pytest.mark.parametrize("algorithm", ["none", "HS256", "another key"])
def test_a_token_that_the_provider_did_not_sign_opens_nothing(browser, provider, world, algorithm):
    """Also one signed with its public key as if that were a secret."""
    ada(world)
    if algorithm == "another key":
        provider.key = OTHER
    else:
        provider.algorithm = algorithm
    assert failed(go(browser, provider))


def test_nobody_ends_in_another_browser_what_they_began(browser, provider, world):
    """Login CSRF: the state belongs to the browser that was sent away."""
    ada(world)
    where = browser.get("/login/sso").headers["location"]
    state = dict(parse_qsl(urlsplit(where).query))["state"]
    with httpx.Client(base_url=browser.base_url, trust_env=False) as victim:
        assert failed(victim.get("/login/sso/back", params={"code": provider.sign_in(where), "state": state}))
        assert victim.get("/account").status_code == 401


def test_a_way_back_is_walked_once(browser, provider, world):
    ada(world)
    where = browser.get("/login/sso").headers["location"]
    state = dict(parse_qsl(urlsplit(where).query))["state"]
    code = provider.sign_in(where)
    assert not failed(browser.get("/login/sso/back", params={"code": code, "state": state}))
    provider.codes[code] = dict(parse_qsl(urlsplit(where).query))
    assert failed(browser.get("/login/sso/back", params={"code": code, "state": state}))


def test_a_code_of_somebody_elses_visit_is_not_ours(browser, provider, world):
    """PKCE: the code was drawn for another secret."""
    ada(world)
    stolen = provider.sign_in(browser.get("/login/sso").headers["location"])
    where = browser.get("/login/sso").headers["location"]
    state = dict(parse_qsl(urlsplit(where).query))["state"]
    assert failed(browser.get("/login/sso/back", params={"code": stolen, "state": state}))


@pytest.mark.parametrize("query", ["", "?state=&code=x", "?state=x&code=x", "?error=access_denied", "?state=ü&code=ü"])
def test_a_way_back_without_a_way_there_leads_nowhere(browser, query):
    assert failed(browser.get(f"/login/sso/back{query}"))


@pytest.mark.parametrize(
    "about",
    [{"issuer": "https://evil.example"}, {"token_endpoint": None}, {"jwks_uri": 7}],
    ids=str,
)
def test_a_provider_that_describes_another_one_is_not_believed(browser, provider, about):
    provider.about = about
    assert failed(browser.get("/login/sso"))


def test_next_leads_nowhere_else_after_the_provider_either(browser, provider, world):
    ada(world)
    assert go(browser, provider, "//evil.example").headers["location"] == "/"


def test_without_the_setting_there_is_no_such_way(world):
    world.settings = world.settings.model_copy(update={"oidc_issuer": ""})
    with browsing(build(world, with_board=False)) as browser:
        assert browser.get("/login/sso").status_code == 404
        assert failed(browser.get("/login/sso/back?state=x&code=x"))
        assert "/login/sso" not in browser.get("/login").text


def test_a_provider_beyond_this_machine_speaks_https(world):
    world.settings = world.settings.model_copy(update={"oidc_issuer": "http://id.example"})
    with browsing(build(world, with_board=False)) as browser:
        assert failed(browser.get("/login/sso"))


def test_the_history_names_how_they_came(browser, provider, world):
    ada(world)
    go(browser, provider)
    with world.db.read() as session:
        last = session.scalars(select(m.Audit).order_by(m.Audit.id.desc())).first()
    assert (last.act, last.who, last.data["how"]) == ("signed_in", ADA, "identity provider")
    assert sessions.reader(world, browser.cookies["opportune"]).email == ADA
