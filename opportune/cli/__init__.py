"""The commands: `opportune …`. Each is a few lines over a use case; `--json` wherever a program may read it."""

from __future__ import annotations

from opportune.cli.commands import app


def main() -> None:
    app(prog_name="opportune")


__all__ = ["main"]
