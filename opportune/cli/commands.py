"""Which commands are there? Each calls one use case and shows what came of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import DBAPIError

from opportune.cli import doctor as checks
from opportune.cli import show, told
from opportune.cli.up import up as run_everything
from opportune.rehearsal import practice as rehearsal
from opportune.rehearsal.standins import on_practice_data
from opportune.settings import Settings, settings
from opportune.store import overview
from opportune.work import campaigns, corrections, importing, sheets, why
from opportune.work.world import World, open_world

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Decides whether to call or write, and when.")
campaign = typer.Typer(no_args_is_help=True, help="Check and publish campaigns.")
app.add_typer(campaign, name="campaign")

PLACE = {"practice": False}  # which data the command is about
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Seed = Annotated[int, typer.Option(help="Same seed, same result.")]
Days = Annotated[int, typer.Option(min=1, max=120, help="Days of practice time.")]
BlockMail = Annotated[bool, typer.Option("--block-mail", help="Practise with a mail server that does not answer.")]


@app.callback()
def _start(
    practice: Annotated[bool, typer.Option("--practice", help="On the practice data that `make demo` left.")] = False,
) -> None:
    PLACE["practice"] = practice


def _settings() -> Settings:
    return on_practice_data(settings()) if PLACE["practice"] else settings()


def _world() -> World:
    """The world of the settings, its tables up to date."""
    try:
        world = open_world(_settings())
        if world.db.pending():
            world.db.migrate()
    except DBAPIError as error:
        show.fail(f"The database cannot be used: {error.orig}; check OPPORTUNE_DATABASE_URL, or run `opportune doctor`")
    return world


@app.command()
def up(
    practice: Annotated[bool, typer.Option("--practice", help="With the stand-ins.")] = False, json: Json = False
) -> None:
    """Start everything: web, board, Prefect server, worker. Ctrl-C ends all of it."""
    raise typer.Exit(run_everything(practice=practice, as_json=json))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV file of people.")],
    country: Annotated[str | None, typer.Option(help="Country of local numbers without one, e.g. DE.")] = None,
    basis: Annotated[str | None, typer.Option(help="Consent basis of the whole list, in your words.")] = None,
    said_no: Annotated[Path | None, typer.Option(exists=True, help="CSV file of people who said no.")] = None,
    source: Annotated[str | None, typer.Option(help="Name of the list; default: the file's name.")] = None,
    bought: Annotated[bool, typer.Option("--bought", help="A bought list: quarantined (A14).")] = False,
    json: Json = False,
) -> None:
    """Import people. Good rows go in, the others into a reject file with line and reason."""
    world = _world()
    try:
        with show.progress("importing") as tell:
            result = importing.import_contacts(
                world,
                file,
                country=country,
                basis=basis,
                said_no=said_no,
                source=source,
                bought=bought,
                progress=lambda done, total: tell(f"importing {done:,} of {total:,}", done / max(total, 1)),
            )
    except sheets.SheetError as error:
        show.fail(str(error))
    show.as_json(told.import_json(result)) if json else told.imported(result)


@campaign.command("check")
def campaign_check(
    files: Annotated[list[Path], typer.Argument(help="Campaign documents (YAML).")], json: Json = False
) -> None:
    """Check campaign documents; needs no database. Exit 1 when one has an error."""
    _, problems = campaigns.check(files)
    show.as_json({"problems": list(map(asdict, problems))}) if json else told.problems(files, problems)
    raise typer.Exit(1 if any(p.severity == "error" for p in problems) else 0)


@campaign.command("activate")
def campaign_activate(
    file: Annotated[Path, typer.Argument(help="Campaign document (YAML).")],
    note: Annotated[str, typer.Option(help="What changed, for the history.")] = "",
) -> None:
    """Publish a campaign: from now on the planner decides for its audience."""
    try:
        version = campaigns.activate(_world(), file, author="cli", note=note)
    except campaigns.Refused as refused:
        told.problems([file], refused.problems)
        raise typer.Exit(1) from None
    show.out.print(f"{file.name} is live as version {version.sha[:12]}; the planner takes it up within the hour.")


@app.command("why")
def why_(
    contact: Annotated[str, typer.Argument(help="Email address, phone number or id.")],
    campaign: Annotated[str | None, typer.Option(help="Only this campaign.")] = None,
    json: Json = False,
) -> None:
    """Why was this person called, written to, or left alone?"""
    try:
        story = why.why(_world(), contact, campaign)
    except why.NotFound as error:
        show.fail(str(error))
    show.as_json(story) if json else told.story(story)


@app.command()
def zone(
    contact: Annotated[str, typer.Argument(help="Email address, phone number or id.")],
    name: Annotated[str, typer.Argument(help="IANA zone, like Asia/Kathmandu.")],
) -> None:
    """State a person's time zone; what was planned for them is decided anew."""
    try:
        decided = corrections.set_zone(_world(), contact, name, by="cli")
    except (why.NotFound, ValueError) as error:
        show.fail(str(error))
    show.out.print(f"Noted: {name}. Decided anew in {decided} campaign{'s' * (decided != 1)}.")


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


@app.command()
def status(json: Json = False) -> None:
    """What is planned, due, waiting and in doubt."""
    world = _world()
    figures = overview.figures(world.db, world.clock.now())
    show.as_json(figures) if json else told.figures(figures)


@app.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    _world()
    show.out.print("The database is up to date.")


@app.command()
def doctor(json: Json = False) -> None:
    """What is missing before real people can be contacted, and what to do about it."""
    found = checks.examine(_settings())
    good = all(finding.good for finding in found)
    show.as_json({"good": good, "findings": list(map(asdict, found))}) if json else told.findings(found)
    raise typer.Exit(0 if good else 1)
