"""`opportune mail clicks CAMPAIGN`: which links of its mails were followed (F4)?"""

from __future__ import annotations

from rich.markup import escape

from opportune.cli import show
from opportune.cli.campaign import Key, answering
from opportune.cli.common import Json, world
from opportune.cli.mail import mail
from opportune.work import clicks
from opportune.work.versions import named


@mail.command("clicks")
def clicks_(key: Key, json: Json = False) -> None:
    """Links that were followed, machines apart. A click is a sign of interest, never a conversion."""
    here = world()
    with answering(json), here.db.read() as session:
        named(session, key)
    found = clicks.counted(here, key)
    if json:
        names = ("target", "people", "machines")
        return show.as_json({"clicks": [dict(zip(names, row, strict=True)) for row in found]})
    if not found:
        show.out.print(
            f"No link of {key} was followed. They are only counted with mails.track_clicks: true.", soft_wrap=True
        )
    for target, people, machines in found:
        told = f"likely people: {people:,}; mail scanners: {machines:,}"
        show.out.print(f"{escape(target)}\n  {told}", soft_wrap=True)
