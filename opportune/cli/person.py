"""What one person may ask of us: a copy of everything we know, and to be forgotten."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from opportune.cli import show
from opportune.cli.common import Answers, Contact, Json, app, world
from opportune.work import erasure, person_export, person_requests, whom
from opportune.work.sheets import SheetError

person = typer.Typer(no_args_is_help=True, help="What one person may ask: a copy of their data, or to be forgotten.")
app.add_typer(person, name="person")

Why = Annotated[str, typer.Option("--why", help="How they asked, without their name: it is kept.")]
Later = Annotated[bool, typer.Option("--request", help="Only note that they asked; a month is left to do it.")]


@person.command("export")
def export(
    contact: Contact,
    by: Answers,
    to: Annotated[Path | None, typer.Option("--to", help="The file (JSON) that is written.")] = None,
    why: Why = "",
    force: Annotated[bool, typer.Option("--force", help="Write over the file where there is one.")] = False,
    request: Later = False,
) -> None:
    """Everything we know of them, as a file for them."""
    if request:
        _ask(contact, "export", by, why)
        return
    if to is None:
        show.fail("--to: name the file that is written, say ana.json")
    if to.exists() and not force:
        show.fail(f"{to} is there already: name another file, or write over it with --force")
    try:
        counts = person_export.write(world(), contact, to, by=by, why=why)
    except (whom.NotFound, SheetError) as refused:
        show.fail(str(refused))
    show.out.print(f"{sum(counts.values()):,} rows of {len(counts)} kinds are in {escape(str(to))}.", soft_wrap=True)


@person.command("erase")
def erase(contact: Contact, by: Answers, why: Why, request: Later = False, json: Json = False) -> None:
    """Forget them: only what is counted stays, and a keyed hash of each address, so that they are left in peace."""
    if request:
        _ask(contact, "erase", by, why)
        return
    try:
        done = erasure.erase(world(), contact, by=by, why=why)
    except (whom.NotFound, ValueError) as refused:
        show.fail(str(refused))
    if json:
        show.as_json(asdict(done))
        return
    rows = sum(done.rows.values()) + sum(done.elsewhere.values())
    show.out.print(
        "They were erased before." if done.already else f"Erased: {rows:,} rows say nothing of them any more."
    )
    for url in done.recordings:
        show.out.print(f"Delete at the carrier: {escape(url)}", soft_wrap=True)
    if not done.compact:
        show.out.print("The database file is large: run `opportune person compact` at a quiet hour.", soft_wrap=True)


@person.command("requests")
def requests(json: Json = False) -> None:
    """Who asked and still waits, the most urgent first."""
    here = world()
    with here.db.read() as session:
        found = person_requests.waiting(session, here.clock.now())
    if json:
        show.as_json({"requests": found})
        return
    for each in found:
        day, left = datetime.fromtimestamp(each["due_at"], UTC).strftime("%Y-%m-%d"), each["days_left"]
        told = f"{left} days left" if left >= 0 else "[bold red]too late[/]"
        who = f"{each['kind']} #{each['contact_id']} {each['name']}, until {day}"
        show.out.print(f"{escape(who)} ({told}): {escape(each['why'])}", soft_wrap=True)
    if not found:
        show.out.print("Nobody waits for an answer.")


@person.command("compact")
def compact() -> None:
    """Write the database file anew, without what was deleted. Nobody can write meanwhile: about a minute for 5 GB."""
    world().db.clean(2**63)
    show.out.print("Written anew.")


def _ask(contact: str, kind: person_requests.Kind, by: str, why: str) -> None:
    try:
        row = person_requests.ask(world(), contact, kind, by=by, why=why)
    except (whom.NotFound, ValueError) as refused:
        show.fail(str(refused))
    day = datetime.fromtimestamp(row.due_at, UTC).strftime("%Y-%m-%d")
    show.out.print(f"Noted: to be done until {day}. `opportune person requests` lists what waits.", soft_wrap=True)
