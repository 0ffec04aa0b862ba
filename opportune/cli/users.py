"""Who may sign in to board and desk?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from opportune.cli import show, told_users
from opportune.cli.common import Json, app, user_name, world
from opportune.work import users
from opportune.work.access import ROLES
from opportune.work.users import NoUser

T = TypeVar("T")
accounts = typer.Typer(no_args_is_help=True, help="Who may sign in: accounts, roles, links to choose a password.")
app.add_typer(accounts, name="user")

Email = Annotated[str, typer.Argument(help="Mail address with which they sign in.")]
Role = Annotated[str, typer.Option("--role", help=f"One of: {', '.join(ROLES)}.")]
Operator = Annotated[
    str | None, typer.Option("--operator", help="The colleague they are: name, number or #id. An operator needs it.")
]


@accounts.command("add")
def add(
    email: Email,
    name: Annotated[str, typer.Option("--name", help="How the board calls them.")] = "",
    role: Role = "viewer",
    operator: Operator = None,
) -> None:
    """An account for somebody, and a link with which they choose a password: it works once, for a day."""
    here = world()
    user, token = _done(lambda: users.add(here, email, name, role, operator, _by()))
    told_users.one(user)
    told_users.link(here.settings, token)


@accounts.command("role")
def role(
    email: Email,
    new: Annotated[str, typer.Argument(help=f"One of: {', '.join(ROLES)}.")],
    operator: Operator = None,
) -> None:
    """Another role, from now on: they sign in anew."""
    here = world()
    told_users.one(_done(lambda: users.change_role(here, email, new, operator, _by())))


@accounts.command("reset")
def reset(
    email: Email,
    second_factor: Annotated[bool, typer.Option("--second-factor", help="Theirs is lost: turn it off too.")] = False,
) -> None:
    """The password is worth nothing any more; a link to choose a new one. They are signed out everywhere."""
    here = world()
    user, token = _done(lambda: users.reset(here, email, _by(), second_factor=second_factor))
    told_users.one(user)
    told_users.link(here.settings, token)


@accounts.command("deactivate")
def deactivate(email: Email) -> None:
    """They are out at once. What they did stays under their name."""
    here = world()
    told_users.one(_done(lambda: users.deactivate(here, email, _by())))


@accounts.command("list")
def listed(json: Json = False) -> None:
    """Everybody who may sign in, and who might once."""
    with world().db.read() as session:
        found = [told_users.facts(each) for each in users.listed(session)]
    show.as_json({"users": found}) if json else told_users.all_of(found)


def _by() -> str:
    return f"{user_name()}, command line"


def _done(act: Callable[[], T]) -> T:
    try:
        return act()
    except NoUser as refused:
        show.fail(str(refused))
