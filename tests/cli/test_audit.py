"""Does a colleague see who did what to whom, and whether the list of that was changed?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from opportune.cli.common import app
from opportune.settings import settings
from opportune.store import audit
from opportune.store import models as m
from opportune.store.db import Database


@pytest.fixture
def db(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_template: Path):
    file = tmp_path / "home.db"
    file.write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("OPPORTUNE_DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.setenv("OPPORTUNE_SECRET", "a secret of the tests, long enough to sign")
    settings.cache_clear()
    database = Database(f"sqlite:///{file}")
    with database.write() as session:
        said = {"name": "Ana", "status": "staff", "business": True, "interest": "cold", "bought": False}
        session.add(m.Contact(id=7, **said, language="en", zones=[], asked_for_contact=False, created_at=1, version=1))
        session.flush()
        session.add(m.Reply(id=3, mail_key="a", contact_id=7, at=1, sender="ana@acme.example"))
        audit.write(session, 1_700_000_000, "bob", "set_zone", "contact 7", data={"zone": "Europe/Berlin"})
        audit.write(session, 1_700_000_001, "bob", "handled_reply", "reply 3", "called back")
        audit.write(session, 1_700_000_002, "bob", "paused", "everything", "lunch")
    yield database
    database.close()


def opportune(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == code, done.output
    return " ".join(done.output.split())


def test_everything_and_what_is_about_one_person_is_shown(db: Database) -> None:
    assert "bob paused everything: lunch" in opportune("audit", "show")
    told = json.loads(opportune("audit", "show", "--about", "7", "--json"))["entries"]
    assert [(each["at"], each["act"]) for each in told] == [("2023-11-14 22:13:21", "handled_reply"),
                                                            ("2023-11-14 22:13:20", "set_zone")]  # fmt: skip
    assert "nobody is known by '8'" in opportune("audit", "show", "--about", "8", code=1)


def test_a_changed_entry_is_named_and_the_command_fails(db: Database) -> None:
    assert opportune("audit", "verify").startswith("3 entries, none changed or removed")
    with db.write() as session:
        session.execute(text("UPDATE audit SET who = 'eve' WHERE id = 2"))
    assert "entry 2: who did what, or when, was changed" in opportune("audit", "verify", code=1)
    assert len(json.loads(opportune("audit", "verify", "--json", code=1))["broken"]) == 1
