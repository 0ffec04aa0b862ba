"""`opportune mail paused` and `opportune mail resume`: what of our mail waits, and go on with it."""

from __future__ import annotations

from typing import Annotated

import typer

from opportune.cli import show, told_mail
from opportune.cli.common import By, Json, world
from opportune.cli.mail import mail
from opportune.work import breaker


@mail.command("paused")
def paused(json: Json = False) -> None:
    """Sending domains, providers and accounts that are left alone for a while, and why."""
    here = world()
    found = breaker.told(here)
    if json:
        return show.as_json({"paused": found})
    told_mail.paused(found, here.clock.now())
    if not found:
        show.out.print("Nothing is paused.")


@mail.command("resume")
def resume(
    domain: Annotated[str, typer.Argument(help="Sending domain, or name of an account.")],
    by: By = "",
    json: Json = False,
) -> None:
    """Go on with the mail of a sending domain or an account now, instead of after its pause."""
    ended = breaker.resume(world(), domain.lower(), by=by)
    if not ended:
        show.fail(f"Nothing of {domain} is paused: see `opportune mail paused`")
    show.as_json({"resumed": ended}) if json else show.out.print(f"{domain} goes on.")
