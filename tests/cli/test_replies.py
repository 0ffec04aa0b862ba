"""The reply inbox on a terminal: what people wrote waits until somebody says it is done (B7)."""

from __future__ import annotations

from pathlib import Path

import pytest
from support_world import add_person, make_world

from channels.inbox import read
from opportune.cli import replies as command
from opportune.cli import show, told_replies
from opportune.store.db import Database
from opportune.work import replies


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Three replies: a question, a "stop", and one of a stranger."""
    db = Database(f"sqlite:///{tmp_path / 'test.db'}")
    db.migrate()
    world = make_world(db, tmp_path)
    ana = add_person(world, name="Ana [Stan]")
    wrote = (
        ("one", "What does it [cost]?", ana, None),
        ("two", "stop", ana, "everything"),
        ("three", "Hi", None, None),
    )
    with db.write() as session:
        for key, text, contact, said in wrote:
            back = read(f"From: {key}@firm.example\nSubject: Re: [x] hello\n\n{text}\n".encode())
            replies.keep(session, key, back, world.clock.now(), contact_id=contact, touch_id=None, said=said)
    monkeypatch.setattr(command, "world", lambda: world)
    yield world
    world.close()


def said(capsys: pytest.CaptureFixture[str], found, everything: bool = False) -> str:
    told_replies.replies(found, everything=everything)
    return " ".join(capsys.readouterr().out.split())


def test_what_waits_is_told_with_who_wrote_it_and_how_to_go_on(world, capsys):
    told = said(capsys, replies.listed(world))
    assert "Ana [Stan] <one@firm.example>: Re: [x] hello What does it [cost]?" in told
    assert "stop" not in told
    assert "opportune replies done NUMBER" in told


def test_all_of_them_are_told_with_what_became_of_each(world, capsys):
    command.done(1, note="told [the] price", by="ana")
    told = said(capsys, replies.listed(world, everything=True), everything=True)
    assert "<three@firm.example>, whom we do not know" in told
    assert "asked to be left alone; done" in told
    assert "handled by ana: told [the] price" in told
    assert said(capsys, replies.listed(world)).startswith("No reply waits")


def test_a_number_that_is_none_is_a_sentence(world, capsys):
    with pytest.raises(show.typer.Exit):
        command.done(99, note="", by="ana")
    assert "there is no reply 99" in capsys.readouterr().err


def test_a_mailbox_that_is_not_read_is_told_since_when(capsys):
    told_replies.mailboxes([{"since": 1_772_000_000, "why": "mailbox [x] cannot be read", "mailbox": "x"}])
    assert "Not read since 2026-02-25 06:13 UTC: mailbox [x] cannot be read" in " ".join(
        capsys.readouterr().out.split()
    )
