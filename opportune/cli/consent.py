"""`opportune consent`: what a person allowed and how we know, whose yes ends soon, and taking one back (E1)."""

from __future__ import annotations

from typing import Annotated

import typer
from typer.core import TyperGroup

from opportune.cli import show, told_consent
from opportune.cli.common import By, Contact, Json, app, world
from opportune.work import consent_history, consents
from opportune.work.whom import NotFound


class _ContactOrCommand(TyperGroup):
    """`opportune consent ana@firm.example` tells of Ana, as `opportune consent show ana@firm.example` does."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["show", *args]
        return super().parse_args(ctx, args)


consent = typer.Typer(cls=_ContactOrCommand, no_args_is_help=True, help="What somebody allowed, with its proof.")
app.add_typer(consent, name="consent")


@consent.command("show")
def shown(contact: Contact, json: Json = False) -> None:
    """Everything this person ever said yes or no to, in which words and how we know; and what holds now."""
    try:
        found = consent_history.history(world(), contact)
    except NotFound as error:
        show.fail(str(error))
    show.as_json(found) if json else told_consent.history(found)


@consent.command("withdraw")
def withdrawn(
    contact: Contact,
    why: Annotated[str, typer.Option("--why", help="How they told us; it is kept.")],
    channel: Annotated[
        str | None, typer.Option("--channel", help="call, call_auto, voicemail or email; else all.")
    ] = None,
    by: By = "",
) -> None:
    """They took it back: holds at once, also for what is planned."""
    try:
        whose = consents.withdraw_for(world(), contact, channel, why=why, by=by)
    except (NotFound, ValueError) as error:
        show.fail(str(error))
    show.out.print(f"Noted, and in force: contact {whose}, {channel or 'every channel'}.", markup=False)


@consent.command("expiring")
def expiring(
    days: Annotated[int, typer.Option("--days", min=1, max=3660, help="Within so many days.")] = 30, json: Json = False
) -> None:
    """Whose yes ends soon, and nothing followed it: ask them again before that."""
    found = consent_history.expiring(world(), days)
    show.as_json({"days": days, "expiring": found}) if json else told_consent.expiring(found, days)
