"""Does the form that a site has already bring its leads to us, in its own words, and nobody else's?"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from sqlalchemy import select
from starlette.applications import Starlette
from support_web import browsing
from support_world import TUESDAY, make_world

from channels.forms import BUILT_IN
from opportune.rules.form_document import read
from opportune.store import models as m
from opportune.store.db import Database
from opportune.web import webhook_in
from opportune.work import form_life, hook_secrets
from opportune.work.world import World

ANA = {"name": "Ana Stan", "email": "ana@acme.example", "consent_email": True, "country": "US"}
THEIRS = {"event": {"who": {"full": "Ana Stan", "mails": ["ana@acme.example"]}, "agreed": True}, "hidden": [1, [2]]}


@pytest.fixture
def world(sqlite_template, tmp_path: Path) -> Iterator[World]:
    db = Database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'forms.db')}")
    world = make_world(db, tmp_path, forms_per_minute=1)
    yield world
    world.close()


@pytest.fixture
def client(world) -> Iterator[httpx.Client]:
    with browsing(Starlette(routes=webhook_in.routes(world))) as client:
        yield client


def leads(world: World) -> list[m.Lead]:
    with world.db.read() as session:
        return list(session.scalars(select(m.Lead).order_by(m.Lead.id)))


def signed(world: World, body: bytes, at: int = TUESDAY, key: str = "callback") -> dict[str, str]:
    return {hook_secrets.HEADER: hook_secrets.sign(hook_secrets.of_form(world, key)[0], at, body)}


def send(client: httpx.Client, world: World, given: object, key: str = "callback", **how) -> httpx.Response:
    body = given if isinstance(given, bytes) else json.dumps(given).encode()
    return client.post(f"/hooks/{key}", content=body, headers=signed(world, body, key=key, **how))


def test_a_signed_delivery_is_a_lead_with_its_consent_and_the_same_again_is_none(client, world):
    answers = [send(client, world, ANA) for _ in range(3)]  # more than one a minute: webhooks are not limited
    assert [each.status_code for each in answers] == [201] * 3
    [lead] = leads(world)
    assert {each.json()["id"] for each in answers} == {lead.public_id}
    assert (lead.form, lead.answer_by, lead.handled_at, lead.held) == ("callback", "email", TUESDAY, False)
    with world.db.read() as session:
        assert [(each.channel, each.granted) for each in session.scalars(select(m.Consent))] == [("email", True)]


def test_the_form_says_which_of_their_words_are_which_of_ours(client, world):
    document = yaml.safe_load((BUILT_IN / "callback.yaml").read_text("utf-8"))
    fields = {"name": "event.who.full", "email": "event.who.mails.0", "consent_email": "event.agreed"}
    text = yaml.safe_dump(document | {"hook": {"fields": fields}}, allow_unicode=True)
    found, _ = read(text, "form.yaml")
    form_life.publish(world, found, text, author="test")
    assert send(client, world, THEIRS).status_code == 201
    [lead] = leads(world)
    assert [lead.fields[name] for name in fields] == ["Ana Stan", "ana@acme.example", "yes"]


def test_a_mapping_to_a_field_that_is_not_there_is_refused_by_name():
    text = (BUILT_IN / "callback.yaml").read_text("utf-8") + "hook: {fields: {nmae: x}}\n"
    found, problems = read(text, "form.yaml")
    assert (found, "`nmae` is no field" in problems[0].message) == (None, True)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {hook_secrets.HEADER: ""},
        {hook_secrets.HEADER: "t=1,v1=00"},
        {hook_secrets.HEADER: f"t={TUESDAY},v1={'0' * 64}"},
        {hook_secrets.HEADER: f"v1={'0' * 64},t="},
        {hook_secrets.HEADER: "t=٣,v1=x"},
        {hook_secrets.HEADER: "=" * 400},
    ],
)
def test_what_is_not_signed_is_refused_and_says_nothing_of_which_forms_there_are(client, world, headers):
    raw = {name: text.encode() for name, text in headers.items()}
    answers = [client.post(f"/hooks/{key}", json=ANA, headers=raw) for key in ("callback", "nothing", "%00", "a" * 999)]
    assert {(each.status_code, each.text) for each in answers} == {(401, answers[0].text)}
    assert leads(world) == []


@pytest.mark.parametrize(("late", "status"), [(300, 201), (301, 401), (-300, 201), (-301, 401)])
def test_a_signature_counts_for_five_minutes(client, world, late, status):
    assert send(client, world, ANA, at=TUESDAY - late).status_code == status


def test_the_signature_is_of_this_body_and_this_form(client, world):
    body = json.dumps(ANA).encode()
    assert client.post("/hooks/callback", content=body + b" ", headers=signed(world, body)).status_code == 401
    assert client.post("/hooks/callback", content=body, headers=signed(world, body, key="order")).status_code == 401


def test_a_renewed_secret_lets_the_one_before_hold_for_a_day(client, world):
    old = signed(world, b"{}", TUESDAY + 86_300), signed(world, b"{}", TUESDAY + 86_500)
    hook_secrets.renew(world, "callback", "test")
    for seconds, header, status in ((86_300, old[0], 422), (200, old[1], 401)):
        world.clock.move_to(world.clock.now() + seconds)
        assert client.post("/hooks/callback", content=b"{}", headers=header).status_code == status
    assert send(client, world, b"{}", at=TUESDAY + 86_500).status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"name=Ana&email=ana@acme.example", 201),  # form fields too
        (b"{", 400),
        (b"[]", 400),
        (b"\xff", 400),
        (b'{"name": "\\ud800"}', 400),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, 400),
        (b"{" + b'"a":{' * 9 + b"}" * 9 + b"}", 422),  # deeper than anybody means
        (b"", 422),
        (b"x", 400),
        (b'{"email": "bad@@"}', 422),
        (b'{"name": "' + b"x" * 65_536 + b'"}', 413),
    ],
)
def test_what_cannot_be_read_is_refused(client, world, body, status):
    assert send(client, world, body).status_code == status
