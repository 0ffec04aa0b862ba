"""`opportune mail visits [CAMPAIGN]`: what became of readers on our site (F4)?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from opportune.cli import show
from opportune.cli.campaign import answering
from opportune.cli.common import Json, world
from opportune.cli.mail import mail
from opportune.work import visits
from opportune.work.versions import named


@mail.command("visits")
def visits_(
    key: Annotated[str | None, typer.Argument(metavar="CAMPAIGN", help="Key of the campaign; none: all.")] = None,
    json: Json = False,
) -> None:
    """Visits of our sites that mails brought, of those who agreed to be counted there: time on page, bounce."""
    here = world()
    if key is not None:
        with answering(json), here.db.read() as session:
            named(session, key)
    found = visits.counted(here, key)
    if json:
        return show.as_json({"visits": [{**asdict(each), "bounce_95": each.span} for each in found]})
    if not here.settings.sites:
        show.out.print("No site reports visits yet: name yours in OPPORTUNE_SITES (docs/forms.md).", soft_wrap=True)
    for each in found:
        mails = f"mails: {each.mails:,}; likely people followed a link in {each.followed:,}"
        show.out.print(f"[bold]{escape(each.campaign)}[/]\n  {mails}\n  {_told(each)}", soft_wrap=True)


def _told(found: visits.Visits) -> str:
    if found.median is None:
        return "visits told with consent: 0"
    low, high = found.span
    share = f"{found.bounced / found.visits:.0%} (95 %: {low:.0%} to {high:.0%})"
    told = f"visits told with consent: {found.visits:,}; time in sight, median: {found.median:,.0f} s"
    return f"{told}; gone at once: {found.bounced:,}, {share}"
