"""What does a newcomer see first, and what is imported for it?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from opportune.cli import common, modules_of
from opportune.cli.panels import PANELS


def test_every_command_stands_in_one_panel_of_the_help():
    told = [name for names in PANELS.values() for name in names]
    assert sorted(told) == sorted(get_command(common.app).commands)


def test_a_command_imports_the_modules_of_its_own_subcommands_and_no_others():
    for name, command in get_command(common.app).commands.items():
        assert set(modules_of(["--practice", name, "--help"])) == set(_written_in(command)), name


def _written_in(command: Any) -> Iterator[str]:
    subcommands = getattr(command, "commands", {})
    if not subcommands:
        yield command.callback.__wrapped__.__module__
    for each in subcommands.values():
        yield from _written_in(each)


def test_a_word_that_is_no_command_is_answered_with_all_of_them():
    assert modules_of(["statsu"]) == modules_of([]) == modules_of(["--help"])
    assert len(set(modules_of([]))) > 30
