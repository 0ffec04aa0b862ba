"""Do the pages of consent work without login, act only on a click, and tell a guesser nothing?"""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette
from support_web import browsing
from support_world import add_person, make_world, only

from opportune.store import models as m
from opportune.web import consent_pages
from opportune.work import confirming, consents
from opportune.work.consents import Origin, Said

EMAIL = Said("email", "Brightdesk may write to me by email about its offers.")
WRONG = [
    "0",
    "a" * 32,
    "%00",
    "%3Cscript%3Ealert(1)",
    "%F0%9F%99%82",
    "'%20OR%201=1",
    "x" * 900,
]


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    path = tmp_path / "pages.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def world(db, tmp_path):
    """A German who ticked the box for mail and allowed calls; our mail asks her."""
    world = make_world(db, tmp_path)
    person = add_person(world, consents=("call",))
    with world.db.write() as session:
        contact = session.get_one(m.Contact, person)
        consents.take(world, session, contact, [EMAIL], Origin("lead-1", "Brightdesk"), world.clock.now())
    return world


@pytest.fixture
def client(world):
    with browsing(Starlette(routes=consent_pages.routes(world))) as client:
        yield client


def link(world):
    return f"/confirm/{confirming.link_token(world, only(world, template='confirm').token)}"


def my(world):
    return f"/my/{only(world, template='confirm').token}"


def counts(world):
    with world.db.read() as session:
        tables = (m.Consent, m.Suppression, m.Audit, m.Outcome)
        return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def said(world):
    with world.db.read() as session:
        return [(row.channel, row.granted) for row in session.scalars(select(m.Consent).order_by(m.Consent.id))]


def test_looking_confirms_nothing_and_one_click_does(client, world):
    """Link scanners fetch: GET only shows the button."""
    page = client.get(link(world), params={"l": "de"})
    assert (page.status_code, said(world)) == (200, [("call", True)])
    assert '<html lang="de">' in page.text
    assert "Ja, ich stimme zu" in page.text
    done = client.post(link(world), headers={"user-agent": "Reader/2"})
    assert (done.status_code, said(world)) == (200, [("call", True), ("email", True)])
    with world.db.read() as session:
        proof = session.scalars(select(m.Consent.proof).order_by(m.Consent.id.desc())).first()
    assert (proof["confirmed_ip"], proof["confirmed_agent"]) == ("127.0.0.1", "Reader/2")


def test_right_and_wrong_tokens_are_answered_alike_and_nothing_is_reflected(client, world):
    before = counts(world)
    ask = client.get(link(world))
    for token in WRONG:
        for path in ("confirm", "my"):
            for answer in (
                client.get(f"/{path}/{token}"),
                client.post(f"/{path}/{token}", data={"what": "everything"}),
            ):
                assert answer.status_code == 200
                assert "script" not in answer.text
                assert "OR 1=1" not in answer.text
        wrong = client.get(f"/confirm/{token}")
        assert wrong.text == ask.text
        assert wrong.headers["content-security-policy"] == ask.headers["content-security-policy"]
    thanks = [client.post(path).text for path in (f"/confirm/{'a' * 32}", link(world), link(world))]
    assert thanks[0] == thanks[1] == thanks[2]
    assert counts(world)[1:] == before[1:]


def test_hundreds_of_guesses_over_the_wire_change_nothing(client, world):
    before = counts(world)
    touch = only(world, template="confirm")
    near = [touch.key, str(touch.id), touch.token[:-1], touch.token[:-1] + "%", touch.token.upper() + "x"]
    for token in [*near, *(world.signer.keyed("guess", str(n)) for n in range(150))]:
        client.post(f"/confirm/{token}")
        client.post(f"/my/{token}", data={"what": "everything"})
    assert counts(world) == before
    # What Message-ID and unsubscribe link carry; whoever guessed so often is answered like this, whatever the token.
    assert client.post(f"/confirm/{touch.token}").status_code == 429
    assert counts(world) == before


def test_a_person_sees_what_they_allowed_and_takes_one_back(client, world):
    client.post(link(world))
    page = client.get(my(world)).text
    assert page.count("You said yes on") == 2
    assert "Person 1" not in page
    assert "person1@firm.example" not in page  # a forwarded mail tells nobody who it was
    done = client.post(my(world), data={"what": "email"})
    assert done.text == client.post(f"/my/{'a' * 32}", data={"what": "email"}).text
    assert said(world)[-1] == ("email", False)
    page = client.get(my(world)).text
    assert page.count("You said yes on") == 1
    assert page.count("You said no") == 1
    client.post(my(world), data={"what": "everything"})
    assert client.get(my(world)).text.count("You said no") == 4
    with world.db.read() as session:
        assert session.scalar(select(m.Suppression.reason).where(m.Suppression.channel.is_(None)).limit(1))


def test_a_token_nobody_has_reads_like_somebody_who_never_said_anything(client, world):
    silent = add_person(world, 2, consents=())
    with world.db.write() as session:
        touch = session.scalars(select(m.Touch)).one()
        touch.contact_id = silent
    assert client.get(my(world)).text == client.get(f"/my/{'a' * 32}").text


@pytest.mark.parametrize("body", [{}, {"what": "fax"}, {"what": ""}, {"other": "email"}, {"what": "email\0"}])
def test_what_is_no_button_of_ours_changes_nothing(client, world, body):
    before = counts(world)
    assert client.post(my(world), data=body).status_code == 200
    assert counts(world) == before


def test_a_huge_body_is_not_read(client, world):
    assert client.post(my(world), content=b"what=everything&x=" + b"x" * 100_000).status_code == 200
    assert said(world) == [("call", True)]


def test_every_language_says_everything():
    english, *others = consent_pages._all().values()
    assert [set(words) for words in others] == [set(english)] * 3
    assert all(words["yes"].format(day="2026-03-03") != words["yes"] for words in (english, *others))
