"""Do people and programs see our numbers and what holds calls back, and can they go on?"""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from opportune.cli.common import app
from opportune.cli.common import world as open_here
from opportune.settings import settings
from opportune.store import models as m
from opportune.store.db import Database
from opportune.web import health
from opportune.work import calls_held, pace

OURS = "+442079460123"


@pytest.fixture
def db(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_template: Path):
    """Our token is wrong, Germany is switched off at Twilio, and we were too fast."""
    file = tmp_path / "home.db"
    file.write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("OPPORTUNE_DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.setenv("OPPORTUNE_SECRET", "a secret of the tests, long enough to sign")
    settings.cache_clear()
    database = Database(f"sqlite:///{file}")
    with database.write() as session:
        calls_held.stop(session, "20003: Authenticate", 4_000_000_000)
        calls_held.park(session, "DE", "21215: not allowed", 4_000_000_000)
        pace.slow(session, "10004: too many", 4_000_000_000)
    yield database
    database.close()


def opportune(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == code, done.output
    return " ".join(done.output.split())


def test_what_holds_calls_back_is_seen_everywhere_and_ends_when_somebody_says_so(db: Database) -> None:
    assert "Calls, calls: 20003: Authenticate" in opportune("status")
    told = opportune("calls", "held")
    assert "Calls, calls to DE: 21215: not allowed" in told
    assert "0.5 calls a second for now: 10004" in told
    shown = health._state(open_here())
    assert [each["what"] for each in shown["calls_held"]] == ["calls", "calls to DE", "pace"]
    assert "20003: Authenticate" in health._table(shown, {"to_board": ""})
    assert shown["mail_paused"] == []
    assert opportune("calls", "resume", "de") == "Calls go on."
    assert "calls to DE" not in opportune("calls", "held")
    assert opportune("calls", "resume", "--by", "Ann") == "Calls go on."
    assert opportune("calls", "held") == "Nothing holds calls back."
    assert "see `opportune calls held`" in opportune("calls", "resume", "FR", code=1)
    with db.read() as session:
        acts = session.scalars(select(m.Audit.who).where(m.Audit.act == "calls_resumed"))
        assert list(acts) == [getpass.getuser(), "Ann", "Ann"]


def test_a_number_of_ours_from_its_first_day_to_its_rest(db: Database) -> None:
    """E7, E11"""
    assert "OPPORTUNE_TWILIO_CALLER" in opportune("number", "list")
    opportune("number", "add", "+44 20 7946 0123", "--label", "sales")
    opportune("number", "note", OURS, "--directory", "listed as ours", "--by", "Ann")
    told = opportune("number", "list")
    assert f"{OURS} GB sales: in use; 0 calls, 0 complaints" in told
    assert "directories: listed as ours" in told
    opportune("number", "rest", OURS, "--why", "bad reviews")
    assert "rests until `number use`: bad reviews" in opportune("number", "list")
    opportune("number", "rest", OURS, "--why", "x", "--days", "3")  # shorter than it rests already: nothing changes
    opportune("number", "use", OURS)
    [number] = json.loads(opportune("number", "list", "--json"))["numbers"]
    assert (number["state"], number["rest_why"]) == ("in use", None)
    opportune("number", "remove", OURS)
    assert "taken out" in opportune("number", "list")


@pytest.mark.parametrize("words", [("add", "020 7946 0123"), ("use", "+442079460999"), ("note", OURS)])
def test_what_cannot_be_done_is_told(db: Database, words: tuple[str, str]) -> None:
    told = opportune("number", *words, code=1)
    assert "country's code" in told or "none of ours" in told or "say what you saw" in told
