"""Do people and programs see what is paused of the mail, and can they go on with it?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from opportune.cli.common import app
from opportune.settings import settings
from opportune.store import models as m
from opportune.store.db import Database
from opportune.work import breaker

SAID = "550 5.7.26 unauthenticated"


@pytest.fixture
def db(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_template: Path):
    """One domain is paused at Google, an account altogether."""
    file = tmp_path / "home.db"
    file.write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("OPPORTUNE_DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.setenv("OPPORTUNE_SECRET", "a secret of the tests, long enough to sign")
    settings.cache_clear()
    database = Database(f"sqlite:///{file}")
    with database.write() as session:
        breaker.fail(session, "from:acme.test to:google", breaker.BLOCKED, SAID, 4_000_000_000)
        breaker.fail(session, "account:default", breaker.LOGIN, "535 no", 4_000_000_001)
    yield database
    database.close()


def opportune(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == code, done.output
    return " ".join(done.output.split())


def test_a_person_reads_what_is_paused_and_why(db):
    for command in (("mail", "paused"), ("status",)):
        told = opportune(*command)
        assert f"Mail from acme.test to google is paused: {SAID} (asked again in" in told
        assert "Mail account default is paused: 535 no" in told


def test_a_program_reads_the_same(db):
    [google, account] = json.loads(opportune("mail", "paused", "--json"))["paused"]
    assert (google["what"], google["why"], google["until"] - google["since"]) == (
        "from acme.test to google",
        SAID,
        3600,
    )
    assert account["asking"] is False
    assert json.loads(opportune("status", "--json"))["mail_paused"] == [google, account]


def test_somebody_goes_on_with_a_domain_and_that_is_on_record(db):
    assert opportune("mail", "resume", "ACME.test", "--by", "ann") == "ACME.test goes on."
    assert "acme.test" not in opportune("mail", "paused")
    with db.read() as session:
        assert session.scalars(select(m.Audit.who).where(m.Audit.act == "mail_resumed")).all() == ["ann"]
    assert json.loads(opportune("mail", "resume", "default", "--json")) == {"resumed": 1}
    assert opportune("mail", "paused") == "Nothing is paused."


def test_what_is_not_paused_says_where_to_look(db):
    assert "Nothing of other.test is paused: see `opportune mail paused`" in opportune(
        "mail", "resume", "other.test", code=1
    )
