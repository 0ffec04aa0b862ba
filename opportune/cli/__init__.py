"""The commands: `opportune …`. Each is a few lines over a use case; `--json` wherever a program may read it.

Importing a module registers its commands. All of them take a second more than one of them, so only those of the command
that is asked for are imported; for the help, or a word that is none, all.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

from opportune.cli import show
from opportune.cli.common import app
from opportune.cli.panels import PANELS
from opportune.settings import SettingError
from opportune.store.lock import Locked

LEDGER = ("allow", "pause", "resume", "report", "correct", "replay", "uncertain")
#: Command -> its modules, where these are not named as it is.
MODULES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("demo", "practice", "up"), ("begin",)),
    **dict.fromkeys(("doctor", "migrate", "status", "zone"), ("commands",)),
    **dict.fromkeys(LEDGER, ("ledger",)),
    **dict.fromkeys(("segment", "fit"), ("segments",)),
    **dict.fromkeys(("number", "calls"), ("numbers",)),
    **dict.fromkeys(("why", "why-not"), ("explain",)),
    "campaign": ("campaign", "explain", "life"),
    "form": ("forms",),
    "import": ("lists",),
    "lead": ("leads",),
    "mail": ("mail", "mail_clicks", "mail_keys", "mail_pauses", "mail_preflight", "mail_visits"),
    "meeting": ("meetings",),
    "operator": ("operators",),
    "user": ("users",),
    "webhook": ("webhooks",),
}


def main() -> None:
    os.umask(0o077)  # what we write is about people: nobody else on this machine reads it
    register(sys.argv[1:])
    try:
        app(prog_name="opportune")
    except (SettingError, Locked) as error:
        show.complain(str(error))
        raise SystemExit(1) from None


def register(words: list[str]) -> None:
    """Import what this command needs."""
    for name in modules_of(words):
        import_module(name)


def modules_of(words: list[str]) -> list[str]:
    """The modules of the command that these words begin with; without one, of all commands."""
    command = next((word for word in words if not word.startswith("-")), "")
    known = [name for names in PANELS.values() for name in names]
    wanted = [command] if command in known else known
    return [f"{__name__}.{module}" for name in wanted for module in MODULES.get(name, (name,))]
