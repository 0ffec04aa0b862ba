"""`opportune mail dkim-key SELECTOR`: a key to sign our mail with, and what the DNS must say of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from channels import dkim
from opportune.cli import show
from opportune.cli.common import Json, chosen_settings
from opportune.cli.mail import mail
from opportune.settings import SettingError, Settings

LONGEST = 255  # characters of one text in the DNS: a longer record is several in quotes


@mail.command("dkim-key")
def dkim_key(
    selector: Annotated[str, typer.Argument(help="A name of your choice for this key, like 2026a.")],
    kind: Annotated[
        Literal["rsa", "ed25519"], typer.Option(help="ed25519 is small, but Gmail cannot read it.")
    ] = "rsa",
    domain: Annotated[str, typer.Option(help="Domain that signs; by default the one of the settings.")] = "",
    file: Annotated[Path | None, typer.Option(help="Where the private key goes.")] = None,
    json: Json = False,
) -> None:
    """Make a key, or tell the record of one that is there; nothing is overwritten."""
    s = chosen_settings()
    where = (file or s.home / f"dkim-{selector}.pem").absolute()
    try:
        made = _make(where, kind, selector)
        signer = dkim.signer(selector, _domain(s, domain), where)
    except (SettingError, OSError) as error:
        show.fail(str(error))
    if json:
        told = {"name": signer.place, "type": "TXT", "value": signer.record, "file": str(where), "made": made}
        return show.as_json(told)
    lines = [
        f"{'Made' if made else 'There is already'} {where}; keep it secret and in your backup.",
        "",
        "1. Publish in the DNS, as TXT:",
        f"   {signer.place}",
        f"   {_quoted(signer.record)}",
        "",
        "2. Put into .env:",
        *_settings(signer, where),
        "",
        f"3. Look whether it is published: opportune mail preflight {signer.domain}",
    ]
    typer.echo("\n".join(lines))  # as it is, to be copied: no line is broken


def _make(where: Path, kind: str, selector: str) -> bool:
    """A key file that only we can read; False: there is one."""
    if not dkim.NAME.fullmatch(selector):
        raise SettingError(f"SELECTOR: {selector!r} is no name in the DNS; letters, digits, dots and hyphens")
    where.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(where, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as new:
            new.write(dkim.new_key(kind)[1])
    except FileExistsError:
        return False
    return True


def _domain(s: Settings, given: str) -> str:
    if not (domain := given or s.dkim_domain or s.mail_domain):
        raise SettingError("no domain: add --domain, or set OPPORTUNE_MAIL_DOMAIN to your sending domain")
    return domain


def _quoted(record: str) -> str:
    return " ".join(f'"{record[start : start + LONGEST]}"' for start in range(0, len(record), LONGEST))


def _settings(signer: dkim.Signer, where: Path) -> list[str]:
    names = {"SELECTOR": signer.selector, "DOMAIN": signer.domain, "KEY_FILE": where}
    return [f"   OPPORTUNE_DKIM_{name}={value}" for name, value in names.items()]
