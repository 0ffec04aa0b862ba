"""Is the history of a consent told so that a colleague, or an authority, can check it?"""

from __future__ import annotations

import hashlib
import json
import time

import pytest
from support_world import add_person, make_world
from typer.testing import CliRunner

from opportune.cli.common import app
from opportune.rules.facts import DAY
from opportune.settings import settings
from opportune.store import contacts
from opportune.store import models as m
from opportune.store.db import Database
from opportune.work import confirming, consents
from opportune.work.consents import Origin, Said

NOW = 1_772_539_200  # 3 March 2026, 12:00 UTC
EMAIL = Said("email", "Brightdesk may write to me by email about its offers.", wording_version="7")


@pytest.fixture
def world(monkeypatch, tmp_path, sqlite_template):
    file = tmp_path / "home.db"
    file.write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("OPPORTUNE_DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.setenv("OPPORTUNE_SECRET", "a secret of the tests, long enough to sign")
    settings.cache_clear()
    database = Database(f"sqlite:///{file}")
    yield make_world(database, tmp_path, NOW)
    database.close()


def opportune(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == code, done.output
    return done.output


def confirmed(world):
    """A person of a list said yes to calls there, ticked mail on a form, and confirmed it two hours later."""
    person = add_person(world, consents=())
    letter = world.settings.home / "letter.pdf"
    letter.parent.mkdir(parents=True, exist_ok=True)
    letter.write_bytes(b"signed")
    with world.db.write() as session:
        fair = m.Source(key="fair-2026", kind="import", created_at=NOW - DAY, basis="cards handed over at the fair")
        consents.declare(fair, "Ann", consents.document(letter))
        session.add(fair)
        session.flush()
        proof = {"file": "fair.csv", "line": 12, "list": "fair-2026"}
        contacts.add_consents(session, [contacts.consent(
            person, "call", granted=True, at=NOW - DAY, wording="call me", source_id=fair.id, proof=proof,
        )])  # fmt: skip
        where = Origin("lead-1", "Brightdesk", page="https://shop.example/", ip="192.0.2.7", agent="Test/1",
                       form_version="f" * 64)  # fmt: skip
        contact = session.get_one(m.Contact, person)
        consents.take(world, session, contact, [EMAIL], where, NOW)
    with world.db.read() as session:
        token = session.query(m.ConsentPending.token).scalar()
    assert confirming.confirm(world, token, NOW + 7200, "198.51.100.9", "Reader/2")
    return person


def test_the_whole_story_with_its_proof(world):
    person = confirmed(world)
    told = " ".join(opportune("consent", str(person)).split())
    for words in (
        "calls by a colleague: yes, since 02 Mar 2026",
        "mail: yes, since 03 Mar 2026, to Brightdesk (consent 2)",
        "voicemail: nothing was ever said; the law of the place decides",
        "02 Mar 2026 12:00 UTC said yes to calls by a colleague “call me” (words 1). file fair.csv; line 12",
        "list fair-2026: cards handed over at the fair, declared by Ann",
        f"document letter.pdf, SHA-256 {hashlib.sha256(b'signed').hexdigest()}",
        "03 Mar 2026 12:00 UTC ticked mail on a form; asked again by mail; no longer open",
        "03 Mar 2026 14:00 UTC confirmed by mail their yes to mail, ticked on 03 Mar 2026",
        "“Brightdesk may write to me by email about its offers.” (words 7, form ffffffffffff). To Brightdesk.",
        "page https://shop.example/; from 192.0.2.7; with Test/1; confirmed from 198.51.100.9; with Reader/2",
    ):
        assert words in told
    data = json.loads(opportune("consent", "show", str(person), "--json"))
    assert [each["what"] for each in data["history"]] == ["yes", "asked", "confirmed"]
    assert data["history"][0]["source"]["document"] == "letter.pdf"


def test_taking_it_back_is_told_and_holds(world):
    person = confirmed(world)
    done = opportune(
        "consent", "withdraw", str(person), "--channel", "email", "--why", "said so by post", "--by", "Ann"
    )
    assert "in force" in done
    told = " ".join(opportune("consent", str(person)).split())
    assert "mail: no, since" in told
    assert "said no to mail" in told
    assert "by Ann; “said so by post”" in told
    assert "calls by a colleague: yes" in told


def test_whose_yes_ends_soon(world, monkeypatch):
    person = add_person(world, consents=(), country="GB", phone=None)
    soon = int(time.time()) + 10 * DAY
    with world.db.write() as session:
        contact = session.get_one(m.Contact, person)
        consents.take(world, session, contact, [Said("email", "yes", expires_at=soon)], Origin("lead"), NOW)
    assert "mail: Person 1 (contact 1)" in opportune("consent", "expiring", "--days", "30")
    assert opportune("consent", "expiring", "--days", "5") == "Nobody's yes ends within 5 days.\n"
    assert json.loads(opportune("consent", "expiring", "--json"))["expiring"][0]["until"] == soon


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("consent", "nobody@firm.example"), "nobody is known by"),
        (("consent", "withdraw", "nobody@firm.example", "--why", "so"), "nobody is known by"),
        (("consent", "withdraw", "person1@firm.example", "--why", "so", "--channel", "fax"), "--channel"),
        (("consent", "withdraw", "person1@firm.example", "--why", " "), "--why"),
    ],
)
def test_what_cannot_be_done_says_why(world, words, told):
    add_person(world)
    assert told in " ".join(opportune(*words, code=1).split())


def test_a_list_brings_its_basis_who_answers_for_it_and_the_document(world, tmp_path):
    """E1: told with each consent of the list."""
    people, letter = tmp_path / "fair.csv", tmp_path / "cards.pdf"
    people.write_text("name,email,consent_email,source\nAna,ana@firm.example,2026-02-01,stand 4\n")
    letter.write_bytes(b"signed")
    how = ("--country", "GB", "--basis", "cards at the fair", "--basis-by", "Ann Keller", "--document", str(letter))
    opportune("import", str(people), *how)
    told = " ".join(opportune("consent", "ana@firm.example").split())
    assert "list stand 4: cards at the fair, declared by Ann Keller" in told
    assert f"document cards.pdf, SHA-256 {hashlib.sha256(b'signed').hexdigest()}" in told
    assert "--basis" in opportune("import", str(people), "--document", str(letter), code=1)
