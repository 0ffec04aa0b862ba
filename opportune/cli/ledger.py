"""The commands of what left and what did not: uncertain, allow, pause, resume, report, correct, replay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from opportune.cli import show, told_ledger
from opportune.cli.common import By, Contact, Json, app, world
from opportune.rules.facts import Instant
from opportune.work import afterwards, corrected, erasure, optout, replay, stops, uncertain, whom
from opportune.work.versions import NotAllowed

doubts = typer.Typer(invoke_without_command=True, help="What we are not sure whether it left.")
app.add_typer(doubts, name="uncertain")

Which = Annotated[str | None, typer.Argument(help="Key of the campaign; without one: everything.")]
Since = Annotated[str | None, typer.Option("--since", help="Like 2026-03-05T15:20+01:00; without a zone: UTC.")]
Why = Annotated[str, typer.Option("--why", help="How you know; it is kept.")]


class Left(StrEnum):
    SENT = "sent"
    NOT_SENT = "not-sent"


class List(StrEnum):
    LEFT = "left"
    STOPPED = "stopped"
    NOT_SURE = "not_sure"
    TWICE = "twice"


@contextmanager
def answering() -> Iterator[None]:
    try:
        yield
    except (NotAllowed, uncertain.Settled, whom.NotFound, ValueError) as refused:
        show.fail(str(refused))


@doubts.callback()
def listed(context: typer.Context, json: Json = False) -> None:
    """What we are not sure whether it left: since when, what speaks for what, and when it closes by itself."""
    if context.invoked_subcommand is None:
        found = uncertain.listed(world())
        show.as_json(found) if json else told_ledger.doubts(found)


@doubts.command("decide")
def decide(
    attempt: Annotated[int, typer.Argument(help="Number of the attempt, as `opportune uncertain` shows it.")],
    what: Annotated[Left, typer.Argument(help="sent: treated as sent; not-sent: it did not leave.")],
    why: Why = "",
    by: By = "",
) -> None:
    """You know whether it left: say so."""
    with answering():
        state = uncertain.decide(world(), attempt, left=what is Left.SENT, why=why, by=by)
    show.out.print(f"Attempt {attempt} is {'treated as sent' if state == 'assumed_sent' else 'not sent'}.")


@app.command()
def allow(contact: Contact, why: Why = "", by: By = "") -> None:
    """Take back a "do not contact" that was a mistake; the reason is kept."""
    with answering():
        undone = optout.allow(world(), contact, why=why, by=by)
    show.out.print(f"{undone} do-not-contact {'entry' if undone == 1 else 'entries'} taken back.")


@app.command()
def pause(which: Which = None, why: Why = "", by: By = "") -> None:
    """Stop a campaign, or everything, within a second; nothing is lost by it."""
    here = world()
    with answering():
        stops.pause(here, why=why, by=by, key=which)
    show.out.print(told_ledger.paused(which, afterwards.around(here, which)), markup=False, soft_wrap=True)


@app.command()
def resume(
    which: Which = None,
    stopped: told_ledger.ThenWhat = None,
    by: By = "",
    json: Json = False,
) -> None:
    """Go on after a pause."""
    here = world()
    then = stopped or told_ledger.ask(json)
    with answering():
        caught = stops.resume(here, by=by, key=which, stopped=then.value)
    told = told_ledger.goes_on(caught, then, afterwards.around(here, which))
    show.as_json({"caught": caught, "stopped": then.value}) if json else show.out.print(told, soft_wrap=True)


@app.command()
def report(
    since: Since = None,
    list_: Annotated[List | None, typer.Option("--list", help="Also the attempts behind this figure.")] = None,
    json: Json = False,
) -> None:
    """What left and what did not, around the last pause or crash."""
    with answering():
        found = afterwards.report(world(), _moment(since))
    show.as_json(found) if json else told_ledger.report(found, list_.value if list_ else None)


@app.command()
def correct(
    campaign: Annotated[str, typer.Argument(help="Key of the campaign.")],
    template: Annotated[str, typer.Option("--template", help="Mail template of the correction.")],
    since: Annotated[str, typer.Option("--since", help="From when on the wrong ones left.")],
    until: Annotated[str | None, typer.Option("--until", help="Until when; default: now.")] = None,
    by: By = "",
    json: Json = False,
) -> None:
    """Write once to exactly those whom something of this campaign reached in that time."""
    with answering():
        start = _moment(since)
        assert start is not None
        done = corrected.correct(world(), campaign, template=template, since=start, until=_moment(until), by=by)
    show.as_json(done) if json else told_ledger.corrected(done)


@app.command("replay")
def replay_(
    since: Since = None,
    opt_outs: Annotated[bool, typer.Option("--opt-outs", help="First what the journals say.")] = False,
    json: Json = False,
) -> None:
    """Apply what providers told us and we did not understand; after a restore also what the journals say."""
    here = world()
    with answering():
        start = _moment(since) or 0
    back = replay.opt_outs(here) if opt_outs else 0
    erased = erasure.again(here) if opt_outs else 0
    done = replay.again(here, start)
    figures = {"applied": done.applied, "failed": done.failed, "opt_outs": back, "erased": erased}
    show.as_json(figures) if json else told_ledger.replayed(figures)
    raise typer.Exit(1 if done.failed else 0)


def _moment(text: str | None) -> Instant | None:
    if text is None:
        return None
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--since: {text!r} is no moment; write one like 2026-03-05T15:20+01:00") from None
    return int((said if said.tzinfo else said.replace(tzinfo=UTC)).timestamp())
