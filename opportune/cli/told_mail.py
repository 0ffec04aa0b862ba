"""What is paused of the mail, as sentences for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.markup import escape

from opportune.cli.show import out
from opportune.rules.facts import Instant


def paused(found: Sequence[dict[str, Any]], now: Instant) -> None:
    for each in found:
        left = max(0, each["until"] - now) // 60 + 1
        then = "one mail is asking whether it may go on" if each["asking"] else f"asked again in {left} minutes"
        line = f"Mail {each['what']} is paused: {each['why']} ({then})"
        out.print(f"[yellow]{escape(line)}[/]", soft_wrap=True)
