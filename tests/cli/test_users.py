"""Accounts on a terminal: made, changed, sent away, and a link that is worth an account is told once, here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer
from support_world import make_world

from opportune.cli import up
from opportune.cli import users as command
from opportune.settings import Settings
from opportune.store.db import Database
from opportune.work import chosen_passwords, operators

WORD = "four words nobody knows"


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "test.db").write_bytes(sqlite_template.read_bytes())
    world = make_world(Database(f"sqlite:///{tmp_path / 'test.db'}"), tmp_path, public_url="https://board.ours.example")
    monkeypatch.setattr(command, "world", lambda: world)
    yield world
    world.close()


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def token_in(text: str) -> str:
    found = re.findall(r"/login/link/([\w-]+)", text)
    assert len(set(found)) == 1
    return found[0]


def test_an_account_is_made_with_a_link_and_no_password(world, capsys):
    operators.add(world, "Anna [Stan]", "+442079460301")
    command.add("Ada@ours.example", "Ada [Root]", "operator", "Anna [Stan]")
    told = said(capsys)
    assert told.startswith("ada@ours.example Ada [Root] operator calls of colleague #1 has no password yet")
    assert "https://board.ours.example/login/link/" in told
    assert "On this machine: http://127.0.0.1:8080/login/link/" in told
    assert chosen_passwords.choose_password(world, token_in(told), WORD)


def test_roles_resets_and_goodbyes(world, capsys):
    command.add("root@ours.example", "", "admin")
    command.add("ada@ours.example", "Ada")
    command.role("ada@ours.example", "team_lead")
    assert said(capsys).endswith("ada@ours.example Ada team lead has no password yet")
    command.reset("ada@ours.example", second_factor=True)
    token_in(said(capsys))
    command.deactivate("ada@ours.example")
    assert said(capsys).endswith("sent away")
    command.listed(json=True)
    found = json.loads(capsys.readouterr().out)["users"]
    assert [(each["email"], each["role"], each["active"]) for each in found] == [
        ("root@ours.example", "admin", True), ("ada@ours.example", "team_lead", False),
    ]  # fmt: skip
    assert not any("hash" in name or "seed" in name for name in found[0])


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda: command.role("nobody@ours.example", "viewer"), "nobody signs in as"),
        (lambda: command.add("nonsense"), "no mail address"),
        (lambda: command.add("a@ours.example", "", "king"), "no role: viewer, marketer, operator, team_lead, admin"),
        (lambda: command.add("root@ours.example"), "has an account already"),
        (lambda: command.deactivate("root@ours.example"), "last admin"),
    ],
)
def test_what_cannot_be_done_says_why(world, capsys, act, told):
    command.add("root@ours.example", "", "admin")
    with pytest.raises(typer.Exit):
        act()
    assert told in " ".join(capsys.readouterr().err.split())


def test_the_first_start_tells_of_a_link_until_somebody_has_an_account(world, capsys, tmp_path):
    real = Settings(home=tmp_path, port=8099)
    up.say_first_link(real.model_copy(update={"practice": True}), world.db)
    assert capsys.readouterr().err == ""
    up.say_first_link(real, world.db)
    told = capsys.readouterr().err
    assert "http://127.0.0.1:8099/login/link/" in told
    assert len(token_in(told)) > 40
    command.add("root@ours.example", "", "admin")
    capsys.readouterr()
    up.say_first_link(real, world.db)
    assert capsys.readouterr().err == ""
