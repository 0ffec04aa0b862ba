"""What an operator can undo or decide from the command line, and what is kept of it."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from support_world import add_person, make_world, plan_everything, publish, touches
from typer.testing import CliRunner

from opportune import cli
from opportune.cli import common, told_ledger, up
from opportune.cli.common import app
from opportune.cli.told_ledger import Stopped
from opportune.store import models as m
from opportune.store import notes
from opportune.store.db import Database
from opportune.store.lock import Locked
from opportune.work import optout, stops, watch
from opportune.work.clock import RealClock
from opportune.work.world import World


@pytest.fixture
def database_url(tmp_path: Any, sqlite_template: Any) -> str:
    """One engine is enough for words."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


@pytest.fixture
def world(db: Database, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """One clerk with a mail planned; commands work on this world."""
    world = make_world(db, tmp_path)
    publish(world, "clarifications")
    add_person(world, status="staff", interest="warm")
    plan_everything(world)
    monkeypatch.setattr("opportune.cli.ledger.world", lambda: world)
    monkeypatch.setitem(common.PLACE, "practice", False)
    return world


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words), catch_exceptions=False)


def audit(world: World, act: str) -> list[tuple[str, str | None]]:
    with world.db.read() as session:
        return [(row.who, row.why) for row in session.scalars(select(m.Audit).where(m.Audit.act == act))]


def test_a_misclicked_do_not_call_is_taken_back_only_with_a_reason_and_recorded(world: World) -> None:
    optout.by_token(world, touches(world)[0].token, world.clock.now())
    person = str(touches(world)[0].contact_id)
    without = run("allow", person)
    assert (without.exit_code, "--why" in without.stderr, audit(world, "allowed")) == (1, True, [])
    undone = run("allow", person, "--why", "pressed the wrong button", "--by", "ana")
    assert (undone.exit_code, "3 do-not-contact entries taken back" in undone.stdout) == (0, True)
    assert audit(world, "allowed") == [("ana", "pressed the wrong button")]


@pytest.mark.parametrize(
    ("said", "then"),
    [("send", "send"), ("", "decide")],  # at a terminal it asks; Enter is the careful answer
)
def test_resume_asks_what_becomes_of_the_stopped_ones(
    world: World, monkeypatch: pytest.MonkeyPatch, said: str, then: str
) -> None:
    stops.pause(world, why="wrong price", by="ana", key=None)
    asked: list[str] = []

    def prompt(question: str, default: str) -> str:
        asked.append(question)
        return said or default

    monkeypatch.setattr(told_ledger.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(told_ledger.typer, "prompt", prompt)
    assert told_ledger.ask(json=False).value == then
    assert all(way.value in asked[0] for way in Stopped)


@pytest.mark.parametrize("command", [("resume",), ("campaign", "resume")])
def test_a_campaign_that_goes_on_is_asked_too(
    world: World, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """What was due in the pause leaves only if somebody says so."""
    monkeypatch.setattr("opportune.cli.life.world", lambda: world)
    stops.pause(world, why="wrong price", by="ana", key="clarifications")
    world.clock.move_to(touches(world)[0].due_at)  # type: ignore[attr-defined]
    told = json.loads(run(*command, "clarifications", "--stopped", "drop", "--json").stdout)
    assert (told["caught"], told["stopped"]) == (1, "drop")
    assert [touch.state for touch in touches(world)] == ["cancelled"]


def test_whoever_pauses_or_goes_on_reads_at_once_what_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """F4"""
    monkeypatch.setattr("opportune.cli.life.world", lambda: world)
    world.clock.move_to(touches(world)[0].due_at)  # type: ignore[attr-defined]
    sentence = "0 left, 1 stopped, 0 not sure, 0 twice"
    paused = run("campaign", "pause", "clarifications", "--why", "wrong price").stdout
    assert "nothing of clarifications leaves until `opportune resume clarifications`" in " ".join(paused.split())
    assert sentence in paused
    assert sentence in run("pause", "--why", "look").stdout
    assert sentence in run("campaign", "resume", "clarifications", "--stopped", "send").stdout
    assert sentence in run("resume", "--stopped", "drop").stdout


def test_up_tells_what_left_where_the_last_run_died(world: World, capsys: Any) -> None:
    """F4: only then."""
    chosen = world.settings.model_copy(update={"database_url": world.db.url})
    up.say_what_left(chosen, world.db)
    sends = watch.at_work(replace(world, clock=RealClock()))
    sends.__enter__()
    up.say_what_left(chosen, world.db)  # it lives
    assert capsys.readouterr().err == ""
    [(key, life)] = notes.starting(world.db, watch.AT_WORK).items()
    (gone := subprocess.Popen(["true"])).wait()
    notes.put(world.db, key, life | {"pid": gone.pid})
    up.say_what_left(chosen, world.db)
    assert "died while it was sending. Since" in (said := capsys.readouterr().err)
    assert "0 left, 1 stopped, 0 not sure, 0 twice" in said


def test_resume_says_in_json_what_became_of_them(world: World) -> None:
    run("pause", "--why", "wrong price")
    assert json.loads(run("resume", "--stopped", "drop", "--json").stdout)["stopped"] == "drop"
    assert len(audit(world, "resumed")) == 1


def test_a_database_that_somebody_holds_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """B2"""

    def held(**_given: object) -> None:
        raise Locked("the database is locked for 30 s by process 7 (backup): wait until it ends, or end it")

    monkeypatch.setattr(cli, "app", held)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert (ended.value.code, "by process 7 (backup): wait until it ends" in capsys.readouterr().err) == (1, True)
