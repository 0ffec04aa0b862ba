"""Which commands are there? Each calls one use case and shows what came of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from opportune.cli import doctor as checks
from opportune.cli import show, told, told_mail, told_numbers, told_replies
from opportune.cli.common import Contact, Json, app, chosen_settings, user_name, world
from opportune.store import overview
from opportune.work import (
    breaker,
    calls_held,
    corrections,
    fitting,
    mailboxes,
    replies,
    segments,
    why,
)


@app.command()
def zone(
    contact: Contact,
    name: Annotated[str, typer.Argument(help="IANA zone, like Asia/Kathmandu.")],
) -> None:
    """State a person's time zone; what was planned for them is decided anew."""
    try:
        decided = corrections.set_zone(world(), contact, name, by=user_name())
    except (why.NotFound, ValueError) as error:
        show.fail(str(error))
    show.out.print(f"Noted: {name}. Decided anew in {decided} campaign{'s' * (decided != 1)}.")


@app.command()
def status(json: Json = False) -> None:
    """What is planned, due, waiting and in doubt."""
    here = world()
    figures = overview.figures(here.db, here.clock.now())
    with here.db.read() as session:  # E12, E6
        figures["known_of_people"] = fitting.completeness(session)
        groups = [asdict(each) for each in segments.segments(session)]
        figures["replies_to_answer"] = replies.waiting(session)
    paused, unread, held = breaker.told(here), mailboxes.troubles(here), calls_held.told(here)
    if json:
        waiting = {"mail_paused": paused, "mailboxes_not_read": unread, "calls_held": held}
        return show.as_json(figures | {"segments": groups, **waiting})
    told.figures(figures)
    told_numbers.held(held)
    told_mail.paused(paused, here.clock.now())
    told_replies.mailboxes(unread)


@app.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    world()
    show.out.print("The database is up to date.")


@app.command()
def doctor(json: Json = False) -> None:
    """What is missing before real people can be contacted, and what to do about it."""
    found = checks.examine(chosen_settings())
    good = all(finding.good for finding in found)
    show.as_json({"good": good, "findings": list(map(asdict, found))}) if json else told.findings(found)
    raise typer.Exit(0 if good else 1)
