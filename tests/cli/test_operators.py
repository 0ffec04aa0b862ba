"""Colleagues on a terminal: entered by number, on and off duty, and told apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from support_world import make_world

from opportune.cli import operators as command
from opportune.store.db import Database


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "test.db").write_bytes(sqlite_template.read_bytes())
    world = make_world(Database(f"sqlite:///{tmp_path / 'test.db'}"), tmp_path)
    monkeypatch.setattr(command, "world", lambda: world)
    yield world
    world.close()


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_a_colleague_is_entered_and_goes_on_and_off_duty(world, capsys):
    command.add("Anna [Stan]", "+44 20 7946 0301", "de")
    assert said(capsys) == "#1 Anna [Stan] +442079460301 off duty: not yet on"
    command.on("Anna [Stan]")
    assert said(capsys).endswith("on duty")
    command.off("#1", "lunch")
    command.listed()
    assert said(capsys).endswith("off duty: lunch 0 on duty; 0 calls wait for a colleague.")


def test_the_same_number_again_is_the_same_colleague(world, capsys):
    for name in ("Anna", "Anna Stan"):
        command.add(name, "+442079460301", "en")
    command.listed(json=True)
    found = json.loads(capsys.readouterr().out.splitlines()[-1])["colleagues"]
    assert [each["name"] for each in found] == ["Anna Stan"]


#: what is given -> what the refusal says
REFUSED = [
    (("Anna", "020 7946 0301", "en"), "write it like +44"),  # a local number means nothing to the carrier
    (("Anna", "nonsense", "en"), "no phone number"),
    (("Anna", "+442079460301", "xx"), "we brief in en, de, ro, ru"),
    (("  ", "+442079460301", "en"), "the name is empty"),
]


@pytest.mark.parametrize(("given", "told"), REFUSED)
def test_what_cannot_be_used_is_refused_with_a_remedy(world, capsys, given, told):
    with pytest.raises(typer.Exit):
        command.add(*given)
    assert told in " ".join(capsys.readouterr().err.split())


def test_two_of_one_name_are_told_apart_by_number(world, capsys):
    command.add("Anna", "+442079460301", "en")
    command.add("Anna", "+442079460302", "en")
    for who, told in (("Anna", "give the number instead"), ("Boris", "opportune operator list")):
        with pytest.raises(typer.Exit):
            command.on(who)
        assert told in " ".join(capsys.readouterr().err.split())
    command.on("+442079460302")
    assert said(capsys).endswith("+442079460302 on duty")
