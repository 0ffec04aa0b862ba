"""Are webhooks and doubtful leads handled by commands that say what they did, and refuse with a sentence?"""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from channels.form_answers import check
from channels.forms import FORMS
from opportune.cli.common import app
from opportune.settings import SettingError, settings
from opportune.work import doubts, leads
from opportune.work.world import open_world

ANA = {"name": "Ana Stan", "email": "ana@acme.example", "answer_by": "email"}


@pytest.fixture
def world(monkeypatch, tmp_path, sqlite_template):
    file = tmp_path / "home.db"
    file.write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("OPPORTUNE_DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.setenv("OPPORTUNE_SECRET", "a secret of the tests, long enough to sign")
    settings.cache_clear()
    world = open_world(settings())
    yield world
    world.close()


def opportune(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == code, done.output
    return done.output


def told(*words: str) -> dict:
    return json.loads(opportune(*words, "--json"))


def test_a_webhook_is_added_listed_tried_and_removed(world):
    added = told("webhook", "add", "https://crm.example/hook", "--event", "lead.taken")
    assert (added["id"], added["secret"][:6]) == (1, "whsec_")
    assert "contact.opted_out" in opportune("webhook", "add", "https://crm.example/all")
    assert told("webhook", "list")["webhooks"][0]["events"] == ["lead.taken"]
    assert "https://crm.example/hook" in opportune("webhook", "list")
    assert told("webhook", "deliveries") == {"deliveries": []}
    opportune("webhook", "on", "1")
    opportune("webhook", "remove", "1")
    assert len(told("webhook", "list")["webhooks"]) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add", "http://crm.example"), "https"),
        (("add", "https://crm.example", "--event", "nothing"), "lead.taken"),
        (("remove", "9"), "no webhook 9"),
        (("on", "9"), "no webhook 9"),
        (("test", "9"), "no webhook 9"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(world, words, says):
    assert says in opportune("webhook", *words, code=1)


def test_what_cannot_be_signed_is_refused_before_it_is_kept(world, monkeypatch):
    before = told("form", "secret", "callback")
    monkeypatch.setenv("OPPORTUNE_SECRET", "")
    settings.cache_clear()
    for words in (("webhook", "add", "https://crm.example/hook"), ("form", "secret", "callback", "--new")):
        assert isinstance(CliRunner().invoke(app, words).exception, SettingError)
    monkeypatch.setenv("OPPORTUNE_SECRET", "a secret of the tests, long enough to sign")
    settings.cache_clear()
    assert told("webhook", "list") == {"webhooks": []}
    assert told("form", "secret", "callback") == before


def test_the_secret_of_a_form_is_told_and_renewed(world):
    first = told("form", "secret", "callback")
    assert first["address"].endswith("/hooks/callback")
    assert told("form", "secret", "callback") == first
    assert told("form", "secret", "callback", "--new")["secret"] != first["secret"]
    assert "there are" in opportune("form", "secret", "nothing", code=1)


def test_doubtful_leads_are_shown_answered_and_put_aside(world):
    for name in ("Ana", "Bot"):
        answers = check(FORMS["callback"], ANA | {"name": name})
        row = leads.row(world, FORMS["callback"], answers, leads.Visit(name), world.clock.now())
        with world.db.write() as session:
            leads.leads.store_leads(session, [row | doubts.marked(["fast"])])
    assert "sooner" in opportune("lead", "waiting")
    ana, bot = (each["lead"] for each in told("lead", "waiting")["waiting"])
    assert "follows now" in opportune("lead", "genuine", ana, "--by", "Eve")
    assert told("lead", "spam", bot)["marks"] == "fast,spam"
    assert "Nobody waits" in opportune("lead", "waiting")
    assert "waits for a look" in opportune("lead", "genuine", ana, code=1)
