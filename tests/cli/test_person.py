"""Can a colleague hand somebody their data, note a request, forget them, and seal addresses, by commands alone?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from opportune.cli.common import app
from opportune.settings import settings
from opportune.store import addresses, sealed
from opportune.store import models as m
from opportune.store.db import Database

MAIL = "ana@firm.example"


@pytest.fixture
def db(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    file = tmp_path / "home.db"
    file.write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("OPPORTUNE_DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.setenv("OPPORTUNE_SECRET", "a secret of the tests, long enough to sign")
    settings.cache_clear()
    database = Database(f"sqlite:///{file}")
    with database.write() as session:
        said = {"name": "Ana", "status": "staff", "business": True, "interest": "cold", "bought": False, "email": MAIL}
        ana = m.Contact(id=7, **said, language="en", zones=[], asked_for_contact=False, created_at=1, version=1)
        session.add(ana)
        session.flush()
        session.add(addresses.address(ana, "email", MAIL, MAIL))
        calls = {"caller": "c", "called": "d", "people": 1, "kind": "first_time", "language": "en", "rings": 0}
        session.add(m.InboundCall(sid="s", at=1, **calls, state="message", contact_id=7, recording_url="https://rec"))
    yield database
    database.close()
    sealed.use([])


def opportune(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == code, done.output
    return " ".join(done.output.split())


BY = ("--by", "bob", "--why", "by letter")


def test_a_copy_is_written_and_what_is_missing_is_said(db: Database, tmp_path: Path) -> None:
    file = tmp_path / "ana.json"
    assert "rows of" in opportune("person", "export", MAIL, "--to", str(file), "--by", "bob")
    assert json.loads(file.read_text())["who_you_are"][0]["name"] == "Ana"
    assert "--to: name the file" in opportune("person", "export", MAIL, "--by", "bob", code=1)
    other = str(tmp_path / "other.json")
    assert "nobody is known" in opportune("person", "export", "x@y.example", "--to", other, "--by", "bob", code=1)
    nowhere = str(tmp_path / "nowhere" / "ana.json")
    assert "choose another folder" in opportune("person", "export", MAIL, "--to", nowhere, "--by", "bob", code=1)


def test_a_file_that_is_there_is_written_over_only_when_told_to(db: Database, tmp_path: Path) -> None:
    file = tmp_path / "ana.json"
    file.write_text("somebody else's")
    export = ("person", "export", MAIL, "--to", str(file), "--by", "bob")
    assert "is there already" in opportune(*export, code=1)
    assert file.read_text() == "somebody else's"
    opportune(*export, "--force")
    assert json.loads(file.read_text())["who_you_are"][0]["name"] == "Ana"


def test_a_request_is_listed_until_they_are_forgotten(db: Database) -> None:
    assert "to be done until" in opportune("person", "erase", MAIL, *BY, "--request")
    assert "erase #7 Ana" in opportune("person", "requests")
    assert json.loads(opportune("person", "requests", "--json"))["requests"][0]["why"] == "by letter"
    assert "say how they asked" in opportune("person", "erase", MAIL, "--by", "bob", "--why", " ", "--request", code=1)
    assert "Delete at the carrier: https://rec" in opportune("person", "erase", MAIL, *BY)
    assert "erased before" in opportune("person", "erase", "#7", *BY)
    assert json.loads(opportune("person", "erase", "#7", *BY, "--json"))["already"]
    assert opportune("person", "requests") == "Nobody waits for an answer."
    assert "erased: nothing of them is known" in opportune("why", "7", code=1)
    assert opportune("person", "compact") == "Written anew."


def test_after_a_restore_they_are_forgotten_anew(db: Database, tmp_path: Path) -> None:
    db.clean(0)  # what stands in the log is in the file
    backup = (tmp_path / "home.db").read_bytes()
    with db.read() as session:
        assert session.scalars(select(m.Contact.name)).all() == ["Ana"]
    opportune("person", "erase", MAIL, *BY)
    db.close()
    for each in tmp_path.glob("home.db*"):
        each.unlink()
    (tmp_path / "home.db").write_bytes(backup)
    assert "Forgotten anew: 1." in opportune("replay", "--opt-outs")
    with db.read() as session:
        assert session.scalars(select(m.Contact.name)).all() == ["erased"]


def test_addresses_are_sealed_and_opened_again(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "makes a key" in opportune("keys", "rotate", code=1)
    key = opportune("keys", "new")
    monkeypatch.setenv("OPPORTUNE_DATA_KEYS", json.dumps([key]))
    settings.cache_clear()
    assert "address.value: 1 plain" in opportune("keys", "status")
    assert "3 values were written anew" in opportune("keys", "rotate")
    told = json.loads(opportune("keys", "status", "--json"))
    assert told["columns"]["contact.email"] == {told["keys"][0]: 1}
    assert "Ana" in opportune("consent", MAIL)
    monkeypatch.setenv("OPPORTUNE_DATA_KEYS", "[]")
    settings.cache_clear()
    assert CliRunner().invoke(app, ["keys", "status"]).exit_code == 1  # the house does not start without its key
    monkeypatch.setenv("OPPORTUNE_DATA_KEYS", json.dumps([key]))
    settings.cache_clear()
    assert "3 values" in opportune("keys", "rotate", "--open")
