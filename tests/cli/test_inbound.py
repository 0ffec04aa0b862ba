"""Calls that came in, on a terminal: what is owed is listed, the most urgent first, and settled once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from support_world import TUESDAY, make_world

from opportune.cli import inbound as command
from opportune.store import models as m
from opportune.store.db import Database


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "test.db").write_bytes(sqlite_template.read_bytes())
    world = make_world(Database(f"sqlite:///{tmp_path / 'test.db'}"), tmp_path)
    monkeypatch.setattr(command, "world", lambda: world)
    with world.db.write() as session:
        for number, (due, state, said) in enumerate([(900, "promised", None), (300, "voicemail", "Call [me] back")]):
            facts = {"sid": f"CA{number}", "at": TUESDAY, "caller": f"+4930{number}", "called": "+44", "people": 0}
            kind = {"kind": "first_time", "language": "en", "rings": 0, "state": state, "said": said}
            session.add(m.InboundCall(**facts, **kind, due_at=TUESDAY + due))
    yield world
    world.close()


def test_what_is_owed_is_listed_and_settled_once(world, capsys):
    command.listed()
    first, second = capsys.readouterr().out.strip().splitlines()
    assert first.startswith("#2  unknown  +49301  voicemail, by 03 Mar 12:05 UTC")
    assert first.endswith("Call [me] back")
    assert second.startswith("#1  unknown  +49300  promised")
    command.done(2, "rang her", "Lou")
    command.listed(json=True)
    assert [each["id"] for each in json.loads(capsys.readouterr().out.splitlines()[-1])] == [1]
    for settled in (2, 7, 2**70):
        with pytest.raises(typer.Exit):
            command.done(settled, "", "Lou")
        assert "nothing is owed there" in capsys.readouterr().err
