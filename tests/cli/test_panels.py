"""What does a newcomer see first?"""

from __future__ import annotations

from typer.main import get_command

from opportune.cli import common
from opportune.cli.panels import PANELS


def test_every_command_stands_in_one_panel_of_the_help():
    told = [name for names in PANELS.values() for name in names]
    assert sorted(told) == sorted(get_command(common.app).commands)
