"""The commands about leads that wait for a look: who was so quick that it may have been a program?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import typer

from opportune.cli import show
from opportune.cli.common import By, Json, app, world
from opportune.store.models import Lead
from opportune.work import doubts, leads

lead = typer.Typer(no_args_is_help=True, help="Leads of forms that wait for a look: a person, or a program?")
app.add_typer(lead, name="lead")

Id = Annotated[str, typer.Argument(help="Id of the lead, as `opportune lead waiting` shows it.")]


@lead.command("waiting")
def waiting(json: Json = False) -> None:
    """Leads that are kept and not answered, each with what is odd about it."""
    rows = doubts.waiting(world())
    if json:
        show.as_json({"waiting": rows})
        return
    for row in rows:
        at = datetime.fromtimestamp(row["received_at"], UTC).strftime("%Y-%m-%d %H:%M UTC")
        said = ", ".join(f"{name}: {text}" for name, text in row["fields"].items())[:300]
        line = f"{row['lead']}  {row['form']}  {at}\n    {'; '.join(row['why'])}\n    {said}"
        show.out.print(line, markup=False, soft_wrap=True)
    if not rows:
        show.out.print("Nobody waits for a look.")


@lead.command("genuine")
def genuine(id: Id, by: By = "", json: Json = False) -> None:
    """A person after all: they are answered now, as if nothing had been odd."""
    here = world()
    found = _looked_at(lambda: doubts.genuine(here, id, by=by))
    leads.understand_waiting(here)
    _tell(found, "Taken. What they asked for follows now.", json)


@lead.command("spam")
def spam(
    id: Id, by: By = "", why: Annotated[str, typer.Option(help="For the history.")] = "", json: Json = False
) -> None:
    """A program or a joke: nothing follows from it; `genuine` takes that back."""
    here = world()
    found = _looked_at(lambda: doubts.spam(here, id, by=by, why=why))
    _tell(found, "Put aside. Nothing follows from it.", json)


def _looked_at(act: Callable[[], Lead]) -> Lead:
    try:
        return act()
    except doubts.NotWaiting as error:
        show.fail(str(error))


def _tell(found: Lead, words: str, json: bool) -> None:
    if json:
        show.as_json({"lead": found.public_id, "marks": found.marks})
    else:
        show.out.print(words)
