"""How are colleagues shown on a terminal?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from opportune.cli.show import out
from opportune.store import models as m


def facts(colleague: m.Operator) -> dict[str, Any]:
    """Of one, for programs too."""
    names = ("id", "name", "phone", "language", "on_duty_since", "off_duty_why", "misses", "house")
    return {name: getattr(colleague, name) for name in names}


def one(colleague: m.Operator) -> None:
    out.print(_line(facts(colleague)), soft_wrap=True)


def all_of(found: list[dict[str, Any]], waiting: Mapping[str, int]) -> None:
    for colleague in found:
        out.print(_line(colleague), soft_wrap=True)
    if not found:
        out.print('Nobody is entered. opportune operator add "NAME" +NUMBER', markup=False)
    on, calls = waiting["colleagues_on_duty"], waiting["calls_waiting_for_a_colleague"]
    out.print(f"{on} on duty; {calls} calls wait for a colleague.")


def _line(colleague: Mapping[str, Any]) -> str:
    off = f"off duty: {colleague['off_duty_why'] or 'not yet on'}"
    duty = "[green]on duty[/]" if colleague["on_duty_since"] is not None else f"[yellow]{escape(off)}[/]"
    stands_in = "  [dim]stands in: nobody is entered[/]" if colleague["house"] else ""
    return f"[bold]#{colleague['id']}[/]  {escape(colleague['name'])}  {colleague['phone']}  {duty}{stands_in}"
