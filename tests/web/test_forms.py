"""Is a lead stored before it is acknowledged, once, with its proof, whatever the visitor or a program sends?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from support_web import browsing

from channels.forms import FORMS
from opportune import law
from opportune.settings import Settings
from opportune.store.db import Database
from opportune.store.models import Consent, Contact, Lead, Touch
from opportune.web import forms
from opportune.work import arrivals, leads
from opportune.work.clock import VirtualClock
from opportune.work.world import World

NOW = 1_772_444_400  # Monday 2 March 2026, 09:40 UTC
GOOD = {"name": "Ana Stan", "email": "Ana@Acme.example", "phone": "+442079460123", "answer_by": "email"}


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    settings = Settings(home=tmp_path, secret="s" * 32, database_url=db.url, mail_domain="brightdesk.example")
    return World(settings, db, VirtualClock(NOW), law.load())


@pytest.fixture
def client(world: World) -> Iterator[httpx.Client]:
    with browsing(Starlette(routes=forms.routes(world))) as client:
        yield client


def rows(world: World, table: type) -> list:
    with world.db.read() as session:
        return list(session.scalars(select(table).order_by(table.id)))


class Page(HTMLParser):
    """What a visitor's browser would make of the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inputs: dict[str, dict[str, str | None]] = {}
        self.scripts: list[dict[str, str | None]] = []
        self.ticked: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        if tag in ("input", "textarea"):
            self.inputs[str(facts.get("name"))] = facts
            self.ticked += [facts.get("name")] if "checked" in facts else []
        if tag == "script":
            self.scripts.append(facts)


@pytest.mark.parametrize("key", FORMS)
def test_a_page_has_boxes_per_channel_that_nobody_ticked_and_names_the_advertiser(client, key):
    """E1."""
    answer = client.get(f"/forms/{key}")
    page = Page(answer.text)
    assert answer.status_code == 200
    assert page.ticked == []
    assert "consent_email" in page.inputs
    assert "brightdesk.example may write to me" in answer.text
    assert [each["src"] for each in page.scripts] == [f"/forms/{key}/embed.js"]  # no inline script
    assert "unsafe-inline" not in answer.headers["content-security-policy"].split("script-src")[1].split(";")[0]


def test_a_post_is_stored_understood_and_thanked_for(client, world):
    page = Page(client.get("/forms/callback?page=https://shop.example/prices").text)
    hidden = {name: facts.get("value") or "" for name, facts in page.inputs.items() if facts.get("type") == "hidden"}
    world.clock.move_to(sent := NOW + 30)
    given = GOOD | hidden | {"zone": "Asia/Kathmandu", "company": "Acme", "consent_call": "yes", "answer_by": "call"}
    answer = client.post("/forms/callback", data=given, headers={"User-Agent": "Test/1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/forms/callback?thanks=1")
    assert "shortly" in client.get(answer.headers["location"]).text
    (lead,) = rows(world, Lead)
    (ana,) = rows(world, Contact)
    assert (lead.form, lead.answer_by, lead.handled_at, lead.contact_id) == ("callback", "call", sent, ana.id)
    assert (lead.page, lead.ip, lead.agent) == ("https://shop.example/prices", "127.0.0.1", "Test/1")
    assert (ana.email, ana.phone, ana.country) == ("ana@acme.example", "+442079460123", "GB")
    assert (ana.zones, ana.zone_evidence, ana.held) == (["Asia/Kathmandu"], "stated", None)
    assert (ana.prefers, ana.prefers_strength, ana.interest, ana.asked_for_contact) == ("call", "stated", "hot", True)


def test_a_consent_keeps_who_when_where_and_which_text(client, world):
    """E1."""
    client.post(
        "/forms/newsletter", data=GOOD | {"consent_email": "yes", "country": "US", "page": "https://shop.example/"}
    )
    (said,) = rows(world, Consent)
    (lead,) = rows(world, Lead)
    assert (said.channel, said.granted, said.at, said.advertiser) == ("email", True, NOW, "brightdesk.example")
    assert said.wording == "brightdesk.example may write to me by email about its offers."
    assert (said.wording_version, said.page, said.ip) == (
        FORMS["newsletter"].version,
        "https://shop.example/",
        "127.0.0.1",
    )
    assert said.proof == {"lead": lead.public_id, "form": "newsletter"}
    (reader,) = rows(world, Contact)
    assert (reader.interest, reader.asked_for_contact, reader.prefers) == ("warm", False, None)  # B8: not called


def test_what_was_asked_for_is_planned_at_once(client, world):
    """A4: what a person just asked for does not wait for a slot, nor for a zone."""
    client.post("/forms/lead_magnet", data=GOOD | {"email": "ana@acme.example", "phone": ""})
    (touch,) = rows(world, Touch)
    assert (touch.kind, touch.channel, touch.due_at, touch.state) == ("requested", "email", NOW, "planned")
    assert rows(world, Contact)[0].held == "needs a time zone"


@pytest.mark.parametrize("key", ["lead_magnet", "booking"])
def test_what_a_form_itself_delivers_is_mailed_also_to_who_would_rather_be_called(client, world, key):
    """A12, A18: the page says that it is on its way; the choice is for later."""
    client.post(f"/forms/{key}", json=GOOD | {"answer_by": "call", "when": "2026-03-10T10:00"})
    assert [(touch.channel, touch.template) for touch in rows(world, Touch)] == [("email", "requested")]
    assert rows(world, Contact)[0].prefers == "call"


@pytest.mark.parametrize("key", ["chat", "order"])
def test_an_answer_is_given_as_they_chose(client, world, key):
    client.post(f"/forms/{key}", json=GOOD | {"answer_by": "call", "message": "How long?"})
    assert [touch for touch in rows(world, Touch) if touch.channel == "email"] == []


@pytest.mark.parametrize(("key", "template"), [("lead_magnet", "requested"), ("callback", "callback_promise")])
def test_who_asks_to_be_called_reads_who_will_ring(client, world, key, template):
    """C4, D5."""
    client.post(f"/forms/{key}", json=GOOD | {"answer_by": "email"})
    assert [touch.template for touch in rows(world, Touch) if touch.channel == "email"] == [template]


def test_a_known_person_stays_one_and_their_newest_number_counts(client, world):
    for phone in ("+442079460123", "+442079460124"):
        client.post("/forms/callback", json=GOOD | {"phone": phone})
    client.post("/forms/callback", json=GOOD | {"email": "", "phone": "+442079460124", "answer_by": "call"})
    client.post("/forms/callback", json=GOOD | {"email": "dan@acme.example", "name": "Dan"})
    ana, dan = rows(world, Contact)
    assert (ana.phone, dan.name) == ("+442079460124", "Dan")
    assert len(rows(world, Lead)) == 4


@pytest.mark.parametrize("by", ["header", "hidden field"])
def test_the_same_post_again_is_the_same_lead_and_a_corrected_one_is_another(client, world, by):
    headers = {"Idempotency-Key": "k"} if by == "header" else {}
    given = GOOD | ({} if by == "header" else {"key": "k"})
    answers = [client.post("/forms/callback", json=given, headers=headers) for _ in range(3)]
    assert {each.status_code for each in answers} == {201}
    assert len({each.json()["id"] for each in answers}) == 1
    client.post("/forms/callback", json=given | {"phone": "+442079460999"}, headers=headers)
    assert len(rows(world, Lead)) == 2
    assert len(rows(world, Contact)) == 1


def test_one_key_from_many_hands_at_one_moment_is_one_lead(client, world):
    def post(_: int) -> str:
        return client.post("/forms/callback", json=GOOD, headers={"Idempotency-Key": "k"}).json()["id"]

    with ThreadPoolExecutor(8) as hands:
        assert len(set(hands.map(post, range(16)))) == 1
    assert len(rows(world, Lead)) == 1


def test_without_a_key_each_post_is_its_own(client, world):
    for _ in range(2):
        client.post("/forms/callback", json=GOOD)
    assert len(rows(world, Lead)) == 2


def test_bad_input_shows_the_page_again_with_what_was_typed_and_stores_nothing(client, world):
    nasty = '"><script>alert(1)</script>'
    answer = client.post("/forms/callback", data=GOOD | {"name": nasty, "email": "bad@@", "consent_call": "yes"})
    assert answer.status_code == 422
    assert "Email: this address has a mistake." in answer.text
    page = Page(answer.text)
    assert page.inputs["name"]["value"] == nasty
    assert len(page.scripts) == 1  # typed text is text
    assert page.inputs["email"]["aria-invalid"] == "true"
    assert "consent_call" in page.ticked  # the visitor's own tick is kept
    assert rows(world, Lead) == []


def test_json_names_the_fields(client):
    answer = client.post("/forms/callback", json={"name": ""})
    assert answer.status_code == 422
    assert answer.json()["problems"].keys() == {"name", "answer_by"}


def test_nought_is_a_number_in_json_too(client, world):
    numbers = {"people": 10, "minutes": 0, "cost": 0.0}
    answer = client.post("/forms/calculator", json={"email": "ana@acme.example", **numbers})
    assert answer.status_code == 201, answer.text
    assert rows(world, Lead)[0].fields.items() >= {"people": "10", "minutes": "0", "cost": "0"}.items()


@pytest.mark.parametrize("name", ["page", "key", "zone"])
def test_a_sign_that_no_database_takes_costs_nobody_their_words(client, world, name):
    assert client.post("/forms/callback", json=GOOD | {name: "a\0b"}).status_code == 201
    assert client.post("/forms/callback", data=GOOD | {"message": "once more", name: "a\0b"}).status_code == 303
    assert len(rows(world, Lead)) == 2


def test_a_filled_trap_is_told_and_nothing_is_stored(client, world):
    answer = client.post("/forms/callback", data=GOOD | {"website_2": "https://spam.example"})
    assert answer.status_code == 422
    assert "hidden field" in answer.text
    russian = client.post("/forms/callback?lang=ru", data=GOOD | {"website_2": "x"})
    assert "скрытое поле" in russian.text
    assert rows(world, Lead) == []


FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"name=" + b"x" * 65_537, FORM, 413),
        (b"&".join(b"f%d=1" % n for n in range(200)), FORM, 400),  # too many fields
        (b"\xff\xfe", FORM, 400),  # no UTF-8
        (b"{", JSON, 400),
        (b"[" * 30_000, JSON, 400),  # too deep
        (b"[]", JSON, 400),
        (json.dumps({"name": {"$gt": ""}}).encode(), JSON, 400),  # no words
        (b'{"name": "\\ud800"}', JSON, 400),  # half a character
        (b'{"name": "a\\u0000b", "answer_by": "email"}', JSON, 422),
        (b"x", "multipart/form-data; boundary=b", 415),
        (b"", "text/plain", 415),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(client, world, body, kind, status):
    answer = client.post("/forms/callback", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert rows(world, Lead) == []


@pytest.mark.parametrize(
    "path", ["/forms/nothing", "/forms/nothing/embed.js", "/forms/nothing/embed", "/forms/%00", "/forms/" + "a" * 999]
)
def test_an_unknown_form_is_404_and_says_which_there_are(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "callback" in answer.text
    assert client.post("/forms/nothing", data=GOOD).status_code == 404


def test_other_sites_may_post_json_and_nothing_else(client):
    asked = client.options("/forms/callback", headers={"Origin": "https://shop.example"})
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, "*")
    assert "Idempotency-Key" in asked.headers["access-control-allow-headers"]
    assert client.post("/forms/callback", json=GOOD).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in client.post("/forms/callback", data=GOOD).headers
    assert "access-control-allow-origin" not in client.get("/forms/callback").headers


def test_the_code_to_copy_and_its_script_are_served(client):
    assert "&lt;script src=" in client.get("/forms/callback/embed").text
    answer = client.get("/forms/callback/embed.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "iframe" in answer.text


def test_a_lead_we_cannot_understand_is_kept_and_tried_again(client, world, monkeypatch):
    """What was acknowledged is never lost, not even by our own fault."""

    def broken(*_args: object) -> None:
        raise RuntimeError("our fault")

    with monkeypatch.context() as fault:
        fault.setattr(arrivals, "leads_arrived", broken)
        assert client.post("/forms/callback", json=GOOD).status_code == 201
    (lead,) = rows(world, Lead)
    assert (lead.handled_at, lead.contact_id, rows(world, Contact)) == (None, None, [])
    assert leads.understand_waiting(world) == 1
    assert rows(world, Lead)[0].handled_at == NOW
    assert [each.name for each in rows(world, Contact)] == ["Ana Stan"]
