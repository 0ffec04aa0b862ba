"""The commands: `opportune …`. Each is a few lines over a use case; `--json` wherever a program may read it."""

from __future__ import annotations

import os

from opportune.cli import (
    audit,
    campaign,
    commands,
    consent,
    explain,
    export,
    forms,
    inbound,
    keys,
    law,
    leads,
    ledger,
    life,
    lists,
    mail,
    mail_clicks,
    mail_keys,
    mail_pauses,
    mail_preflight,
    mail_visits,
    meetings,
    numbers,
    operators,
    people,
    person,
    replies,
    segments,
    show,
    users,
    voice,
    webhooks,
)
from opportune.cli.common import app
from opportune.settings import SettingError
from opportune.store.lock import Locked


def main() -> None:
    os.umask(0o077)  # what we write is about people: nobody else on this machine reads it
    try:
        app(prog_name="opportune")
    except (SettingError, Locked) as error:
        show.complain(str(error))
        raise SystemExit(1) from None


__all__ = [
    "audit",
    "campaign",
    "commands",
    "consent",
    "explain",
    "export",
    "forms",
    "inbound",
    "keys",
    "law",
    "leads",
    "ledger",
    "life",
    "lists",
    "mail",
    "mail_clicks",
    "mail_keys",
    "mail_pauses",
    "mail_preflight",
    "mail_visits",
    "main",
    "meetings",
    "numbers",
    "operators",
    "people",
    "person",
    "replies",
    "segments",
    "users",
    "voice",
    "webhooks",
]  # importing them registers their commands
