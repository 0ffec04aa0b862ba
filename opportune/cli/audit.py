"""Who did what, and was it changed afterwards?"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from sqlalchemy import select

from opportune.cli import show
from opportune.cli.common import Json, app, world
from opportune.store import models as m
from opportune.work import anchors, person_rows, whom

audit = typer.Typer(no_args_is_help=True, help="Who did what, kept as a chain that shows when it was changed.")
app.add_typer(audit, name="audit")


@audit.command("verify")
def verify(json: Json = False) -> None:
    """Was an entry changed, removed or moved? Exit 1 when one was."""
    found = anchors.verify(world())
    if json:
        show.as_json(asdict(found))
    elif found.broken:
        for each in found.broken[:50]:
            show.complain(each)
    else:
        told = (
            f"{found.entries:,} entries, none changed or removed; {found.anchors:,} of them noted outside the database"
        )
        blanked = f"; {found.blanked:,} blanked by erasures" if found.blanked else ""
        show.out.print(told + blanked)
    raise typer.Exit(1 if found.broken else 0)


@audit.command("show")
def entries(
    about: Annotated[str, typer.Option(help="Only about this person: email address, phone number or id.")] = "",
    last: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 50,
    json: Json = False,
) -> None:
    """The newest entries, of everybody or about one person."""
    with world().db.read() as session:
        query = select(m.Audit).order_by(m.Audit.id.desc()).limit(last)
        if about:
            try:
                query = query.where(person_rows.audited(session, whom.the_one(session, about).id))
            except whom.NotFound as refused:
                show.fail(str(refused))
        found = [_told(row) for row in session.scalars(query)]
    if json:
        show.as_json({"entries": found})
        return
    for each in found:
        why = f": {each['why']}" if each["why"] else ""
        told = f"{each['at']}  {each['who']}  {each['act']}  {each['subject'] or ''}{why}"
        show.out.print(f"[bold]{each['id']}[/]  {escape(told)}", soft_wrap=True)
    if not found:
        show.out.print("Nothing is noted.")


def _told(row: m.Audit) -> dict[str, Any]:
    at = datetime.fromtimestamp(row.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return {"at": at} | {name: getattr(row, name) for name in ("id", "who", "act", "subject", "why", "data")}
