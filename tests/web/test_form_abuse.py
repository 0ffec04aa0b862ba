"""Is a program that posts forms slowed down and kept apart, and does no person lose a word by that?"""

from __future__ import annotations

import base64
import hashlib
import json
import re
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

from channels.forms import BUILT_IN, version_of
from opportune.rules.form_document import read
from opportune.store import models as m
from opportune.store.db import Database
from opportune.web import consent_pages, forms, unsubscribe
from opportune.work import doubts, form_life, leads
from opportune.work.world import World

ANA = {"name": "Ana Stan", "email": "ana@acme.example", "answer_by": "email"}


@pytest.fixture
def world(sqlite_template, tmp_path: Path) -> Iterator[World]:
    db = Database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'forms.db')}")
    world = make_world(db, tmp_path, forms_per_minute=20, forms_per_person=5)
    yield world
    world.close()


@pytest.fixture
def client(world) -> Iterator[httpx.Client]:
    rooms = (forms, consent_pages, unsubscribe)
    with browsing(Starlette(routes=[route for room in rooms for route in room.routes(world)])) as client:
        yield client


def rows(world: World, table: type) -> list:
    with world.db.read() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def guarded(world: World, guard: str, key: str = "callback") -> None:
    """The built-in form, published with this guard."""
    document = yaml.safe_load((BUILT_IN / f"{key}.yaml").read_text("utf-8")) | {"guard": guard}
    text = yaml.safe_dump(document, allow_unicode=True)
    found, problems = read(text, "form.yaml")
    assert found, problems
    assert version_of(text)
    form_life.publish(world, found, text, author="test")
    world.clock.move_to(world.clock.now() + 1)  # the live form is looked up once a second


def shown(client: httpx.Client, key: str = "callback") -> dict[str, str]:
    """The hidden fields of a page just shown."""
    text = client.get(f"/forms/{key}").text
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text))


def after(world: World, seconds: int) -> None:
    world.clock.move_to(world.clock.now() + seconds)


@pytest.mark.parametrize(
    ("seconds", "mark"),
    [
        (0, "fast"),
        (1, "fast"),
        (2, None),  # a browser that fills in names and numbers by itself
        (86_400, None),
        (86_401, "old"),
    ],
)
def test_what_no_person_could_have_typed_is_kept_and_waits_for_a_look(client, world, seconds, mark):
    page = shown(client)
    after(world, seconds)
    answer = client.post("/forms/callback", data=page | ANA)
    assert answer.is_redirect  # a program is told nothing
    [lead] = rows(world, m.Lead)
    assert (lead.marks, lead.held, lead.fields["name"]) == (mark, mark is not None, "Ana Stan")
    assert [len(rows(world, each)) for each in (m.Contact, m.Touch)] == ([0, 0] if mark else [1, 1])


@pytest.mark.parametrize(
    "ticket",
    ["x", "1.2.3", f"{TUESDAY}..", f"{TUESDAY}.abc.{'0' * 32}", "9" * 400, "٣.a.b", "-5.a.b", "\x00", "<script>"],
)
def test_a_ticket_that_is_not_ours_marks_the_lead_and_no_more(client, world, ticket):
    assert client.post("/forms/callback", data=ANA | {"ticket": ticket}).is_redirect
    assert [each.marks for each in rows(world, m.Lead)] == ["foreign"]


def test_the_ticket_of_another_form_is_foreign(client, world):
    page = shown(client, "order")
    after(world, 30)
    client.post("/forms/callback", data=page | ANA)
    assert [each.marks for each in rows(world, m.Lead)] == ["foreign"]


def test_one_page_may_be_sent_a_few_times_with_corrections_and_not_a_hundred(client, world):
    page = shown(client)
    after(world, 30)
    for number in range(7):
        client.post("/forms/callback", data=page | ANA | {"email": f"ana{number}@acme.example"})
    assert [each.marks for each in rows(world, m.Lead)] == [None] * 5 + ["again"] * 2


def test_the_time_of_a_page_that_was_refused_began_when_it_was_first_shown(client, world):
    page = shown(client)
    after(world, 30)
    again = client.post("/forms/callback", data=page | {"name": ""}).text
    assert f'name="ticket" value="{page["ticket"]}"' in again


def test_a_plain_form_on_a_foreign_page_needs_no_ticket(client, world):
    client.post("/forms/callback", data=ANA)
    assert [(each.held, each.handled_at is not None) for each in rows(world, m.Lead)] == [(False, True)]


def test_unless_the_form_asks_for_one(client, world):
    guarded(world, "page")
    client.post("/forms/callback", data=ANA)
    assert [each.marks for each in rows(world, m.Lead)] == ["no_page"]


def solved(puzzle: dict) -> str:
    number = next(n for n in range(puzzle["maxNumber"] + 1)
                  if hashlib.sha256(f"{puzzle['salt']}{n}".encode()).hexdigest() == puzzle["challenge"])  # fmt: skip
    told = {name: puzzle[name] for name in ("algorithm", "challenge", "salt", "signature")}
    return base64.b64encode(json.dumps(told | {"number": number}).encode()).decode()


def test_a_puzzle_is_solved_once_and_its_answer_used_once(client, world):
    guarded(world, "proof")
    page = shown(client)
    after(world, 30)
    answer = solved(client.get("/forms/callback/challenge").json())
    for proof in (answer, answer, "", "none", base64.b64encode(b"[1]").decode(), base64.b64encode(b"{}").decode()):
        client.post(
            "/forms/callback", data=page | ANA | {"proof": proof, "email": f"p{len(rows(world, m.Lead))}@x.example"}
        )
    marks = [(each.marks or "").replace(",again", "").replace("again,", "") for each in rows(world, m.Lead)]
    assert marks == ["", *["no_proof"] * 5]
    other = solved(client.get("/forms/order/challenge").json())
    after(world, 1)
    client.post("/forms/callback", data=page | ANA | {"proof": other, "email": "other@x.example"})
    assert "no_proof" in rows(world, m.Lead)[-1].marks


def test_a_throw_away_address_is_said_and_answered(client, world):
    client.post("/forms/callback", data=ANA | {"email": "ana@mail.yopmail.com"})
    [lead] = rows(world, m.Lead)
    assert (lead.marks, lead.held) == ("disposable", False)
    assert len(rows(world, m.Touch)) == 1


def test_after_a_look_everything_follows_or_nothing(client, world):
    page = shown(client)
    for name in ("Ana", "Bot"):
        client.post("/forms/callback", data=page | ANA | {"name": name, "email": f"{name}@acme.example".lower()})
    assert leads.understand_waiting(world) == 0
    ana, bot = doubts.waiting(world)
    assert ana["why"] == [doubts.HOLD["fast"]]
    doubts.genuine(world, ana["lead"], by="Eve")
    doubts.spam(world, bot["lead"], by="Eve", why="a program")
    assert leads.understand_waiting(world) == 1
    assert [each.name for each in rows(world, m.Contact)] == ["Ana"]
    assert doubts.waiting(world) == []
    with pytest.raises(doubts.NotWaiting, match="lead waiting"):
        doubts.genuine(world, ana["lead"], by="Eve")
    with pytest.raises(doubts.NotWaiting, match="already"):
        doubts.spam(world, bot["lead"], by="Eve")
    doubts.genuine(world, bot["lead"], by="Ada")  # it was none
    assert leads.understand_waiting(world) == 1
    assert [(each.act, each.who) for each in rows(world, m.Audit)] == [
        ("lead is genuine", "Eve"),
        ("lead is spam", "Eve"),
        ("lead is genuine", "Ada"),
    ]


@pytest.mark.parametrize("as_json", [True, False])
def test_who_posts_too_often_is_told_when_to_come_back(client, world, as_json):
    how = {"json": {}} if as_json else {"data": {"x": "y"}}
    answers = [client.post("/forms/callback?lang=ro", **how) for _ in range(25)]
    assert [each.status_code for each in answers] == [422] * 20 + [429] * 5
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 120
    assert "Așteptați" in (answers[-1].json()["error"] if as_json else answers[-1].text)
    assert client.get("/forms/callback").status_code == 200


def test_one_address_cannot_be_used_again_and_again(client, world):
    answers = [client.post("/forms/callback", json=ANA | {"message": str(n)}).status_code for n in range(7)]
    assert answers == [201] * 5 + [429] * 2
    assert client.post("/forms/callback", json=ANA | {"email": "dan@acme.example"}).status_code == 201


def test_who_was_told_to_wait_does_not_get_in_by_sending_the_same_once_more(client, world):
    def send(number):
        headers = {"Idempotency-Key": f"visit {number}"}
        return client.post("/forms/callback", json=ANA | {"message": str(number)}, headers=headers).status_code

    assert [send(number) for number in (0, 1, 2, 3, 4, 5, 5, 5)] == [201] * 5 + [429] * 3
    assert send(0) == 201, "what was taken is answered as before"


@pytest.mark.parametrize("path", ["/u", "/my", "/confirm"])
def test_right_and_wrong_tokens_are_answered_alike_also_after_many_guesses(client, world, path):
    client.post("/forms/lead_magnet", data=ANA)
    [touch] = rows(world, m.Touch)
    wrong = [client.post(f"{path}/{number:032x}", data={"what": "everything"}) for number in range(62)]
    assert [each.status_code for each in wrong] == [200] * 60 + [429] * 2
    right = client.post(f"{path}/{touch.token}", data={"what": "everything"})
    assert (right.status_code, len(right.content)) == (429, len(wrong[-1].content))
    assert right.headers["retry-after"].isdecimal()
    if path != "/confirm":  # a no is heard whatever else is going on
        assert [each.reason for each in rows(world, m.Suppression)][:1] != []
