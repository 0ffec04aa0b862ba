"""How are accounts shown on a terminal?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from opportune.cli.show import out
from opportune.settings import Settings
from opportune.store import models as m
from opportune.work import doors


def facts(user: m.User) -> dict[str, Any]:
    """Of one, for programs too."""
    names = ("id", "email", "name", "role", "active", "operator_id")
    about = {name: getattr(user, name) for name in names}
    return about | {"password": user.password_hash is not None, "second_factor": user.factor_seed is not None}


def one(user: m.User) -> None:
    out.print(_line(facts(user)), soft_wrap=True)


def all_of(found: list[dict[str, Any]]) -> None:
    for each in found:
        out.print(_line(each), soft_wrap=True)
    if not found:
        out.print("Nobody has an account. opportune user add YOU@EXAMPLE.COM --role admin", markup=False)


def link(settings: Settings, token: str) -> None:
    """It is worth an account: only here, in no log."""
    first, *others = doors.links(settings, token)
    out.print(f"Choose a password here, once, within a day: {first}", markup=False, soft_wrap=True)
    for other in others:
        out.print(f"On this machine: {other}", markup=False, soft_wrap=True)


def _line(user: Mapping[str, Any]) -> str:
    state = "" if user["active"] else "  [red]sent away[/]"
    if user["active"] and not user["password"]:
        state = "  [yellow]has no password yet[/]"
    factor = "  second factor" if user["second_factor"] else ""
    calls = f"  calls of colleague #{user['operator_id']}" if user["operator_id"] else ""
    role = user["role"].replace("_", " ")
    return f"[bold]{escape(user['email'])}[/]  {escape(user['name'])}  {role}{calls}{factor}{state}"
