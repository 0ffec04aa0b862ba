"""How does everything start? `opportune up`, `practice` and `demo`."""

from __future__ import annotations

from typing import Annotated

import typer

from opportune.cli import show, told
from opportune.cli.common import Json, app
from opportune.cli.up import up as run_everything
from opportune.rehearsal import practice as rehearsal
from opportune.settings import settings

Seed = Annotated[int, typer.Option(help="Another seed, other people's answers.")]
Days = Annotated[int, typer.Option(min=1, max=120, help="Days of practice time.")]
BlockMail = Annotated[bool, typer.Option("--block-mail", help="Practise with a mail server that does not answer.")]


@app.command()
def up(
    practice: Annotated[bool, typer.Option("--practice", help="With the stand-ins.")] = False, json: Json = False
) -> None:
    """Start everything: web, board, Prefect server, worker. Ctrl-C ends all of it."""
    raise typer.Exit(run_everything(practice=practice, as_json=json))


@app.command()
def practice(days: Days = 42, seed: Seed = 1, block_mail: BlockMail = False, json: Json = False) -> None:
    """Practise on the examples: the production engine, a virtual clock, nobody real is contacted."""
    raise typer.Exit(_practise(days, seed, block_mail, json))


@app.command()
def demo(
    exit_: Annotated[bool, typer.Option("--exit", help="Stop after the practice.")] = False,
    days: Days = 42,
    seed: Seed = 1,
    block_mail: BlockMail = False,
    json: Json = False,
) -> None:
    """The whole main job: practise on the examples, then everything up on the result."""
    code = _practise(days, seed, block_mail, json)
    if exit_ or code:
        raise typer.Exit(code)
    raise typer.Exit(run_everything(practice=True))


def _practise(days: int, seed: int, block_mail: bool, json: bool) -> int:
    options = rehearsal.Options(days=days, seed=seed, block_mail=block_mail)
    with show.progress("practising") as tell:
        result = rehearsal.practise(settings(), options, tell)
    show.as_json(result.figures) if json else told.practised(result.figures)
    for difference in result.differences:
        show.err.print(f"[bold red]differs[/] {difference}")
    wrong = result.differences or any(result.figures["violations"].values())
    return 1 if wrong else 0
