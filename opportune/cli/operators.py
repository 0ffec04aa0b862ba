"""Colleagues: who there is, and who is on duty."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from opportune.cli import show, told_operators
from opportune.cli.common import Json, app, world
from opportune.store import models as m
from opportune.work import operators

desk = typer.Typer(no_args_is_help=True, help="Colleagues who talk: who there is, and who is on duty.")
app.add_typer(desk, name="operator")

Who = Annotated[str, typer.Argument(help="Name, phone number, or #id.")]


@desk.command("add")
def add(
    name: Annotated[str, typer.Argument(help="How the colleague is called.")],
    phone: Annotated[str, typer.Argument(help="Number that is rung, like +442079460123.")],
    language: Annotated[str, typer.Option("--language", help="In which they are briefed: en, de, ro or ru.")] = "en",
) -> None:
    """A colleague who talks. Off duty until `opportune operator on`."""
    told_operators.one(_known(operators.add, name, phone, language))


@desk.command("on")
def on(who: Who) -> None:
    """From now on this colleague is rung."""
    told_operators.one(_known(operators.on_duty, who))


@desk.command("off")
def off(who: Who, why: Annotated[str, typer.Option("--why", help="Shown on the desk.")] = "said so") -> None:
    """Nobody rings this colleague any more; a talk under way goes on."""
    told_operators.one(_known(operators.off_duty, who, why))


@desk.command("list")
def listed(json: Json = False) -> None:
    """Every colleague, and how many calls wait for one."""
    here = world()
    with here.db.read() as session:
        found = [told_operators.facts(each) for each in operators.listed(session)]
    waiting = operators.waiting(here)
    show.as_json({"colleagues": found, **waiting}) if json else told_operators.all_of(found, waiting)


def _known(act: Any, *given: str) -> m.Operator:
    try:
        colleague: m.Operator = act(world(), *given)
    except operators.NoColleague as refused:
        show.fail(str(refused))
    return colleague
