"""How is told what left, what did not, and what is in doubt?"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.markup import escape

from opportune.cli.show import out
from opportune.rules.facts import HOUR

THEN = {"send": "they leave now, in their hours", "drop": "dropped", "decide": "decided about anew"}


class Stopped(StrEnum):
    SEND = "send"
    DROP = "drop"
    DECIDE = "decide"


ThenWhat = Annotated[
    Stopped | None, typer.Option("--stopped", help="What becomes of those the pause caught; default: decide.")
]


def doubts(found: list[dict[str, Any]]) -> None:
    if not found:
        out.print("Nothing is in doubt.")
    for doubt in found:
        what = "call to" if doubt["channel"] == "call" else "mail to"
        out.print(
            f"[bold]{doubt['id']}[/]  {what} {escape(doubt['name'])}, not sure since {_age(doubt['age'])}; "
            f"closes by itself at {_clock(doubt['closes_at'])}",
            soft_wrap=True,
        )
        for each in doubt["evidence"]:
            out.print(
                f"      {_clock(each['at'])} {escape(each['what'] or '')} [dim]({each['who']})[/]", soft_wrap=True
            )
    if found:
        out.print('You know? opportune uncertain decide NUMBER sent|not-sent --why "…"', markup=False)


def sentence(found: dict[str, Any]) -> str:
    return f"Since {_clock(found['since'])}: {found['sentence']}"


def report(found: dict[str, Any], which: str | None) -> None:
    out.print(f"[bold]{sentence(found)}[/]")
    for each in found["lists"][which] if which else ():
        if "attempt" in each:
            what = f"{each['id']}  {each['channel']:<5} {each['name']} <{each['to'] or 'no address left'}>"
            out.print(f"  {what}  {each['state']}", markup=False, soft_wrap=True)
        else:
            out.print(f"  {each}", markup=False)


def corrected(done: dict[str, int]) -> None:
    out.print(f"{done['planned']:,} corrections are planned; they leave in the readers' hours.")
    if done["left_out"]:
        out.print(f"{done['left_out']:,} have no mail address, or get it already.")
    if done["not_sure"]:
        out.print(f"{done['not_sure']:,} not sure whether the first reached them: say it again once that is settled.")


def replayed(figures: dict[str, int]) -> None:
    out.print(f"{figures['applied']:,} applied, {figures['failed']:,} failed, {figures['opt_outs']:,} opt-outs back.")
    if figures["erased"]:
        out.print(f"Forgotten anew: {figures['erased']:,}.")


def ask(json: bool) -> Stopped:
    """What becomes of the stopped ones; nobody to ask: decide anew."""
    if json or not sys.stdin.isatty():
        return Stopped.DECIDE
    told = ", ".join(f"{name} ({words})" for name, words in THEN.items())
    return Stopped(typer.prompt(f"Those whom the pause caught: {told}", default=Stopped.DECIDE.value))


def goes_on(caught: int, then: Stopped, found: dict[str, Any]) -> str:
    return f"Going on. {caught:,} that the pause caught: {THEN[then.value]}.\n{sentence(found)}"


def paused(which: str | None, found: dict[str, Any]) -> str:
    what, until = (f"nothing of {which}", f"resume {which}") if which else ("nothing at all", "resume")
    return f"Paused: {what} leaves until `opportune {until}`.\n{sentence(found)}"


def _age(seconds: int) -> str:
    return f"{seconds // HOUR} h {seconds % HOUR // 60} min" if seconds >= HOUR else f"{seconds // 60} min"


def _clock(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%d %b %H:%M} UTC"
