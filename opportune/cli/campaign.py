"""The commands about the words of campaigns: check, show, compare, schema. Those that change their life: `life`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from opportune import law
from opportune.cli import show, told, told_campaign
from opportune.cli.common import By, Json, app, chosen_settings, world
from opportune.rules.differences import differences
from opportune.rules.document import schema
from opportune.work import campaign_story, campaigns, comparing
from opportune.work.versions import NotAllowed
from opportune.work.world import World

campaign = typer.Typer(no_args_is_help=True, help="Check, compare, approve and publish campaigns.")
app.add_typer(campaign, name="campaign")

Key = Annotated[str, typer.Argument(help="Key of the campaign.")]
Note = Annotated[str, typer.Option(help="What changed, for the history.")]


@contextmanager
def answering(json: bool) -> Iterator[None]:
    """A refusal is a sentence, or for a program one object; exit 1."""
    try:
        yield
    except campaigns.Refused as refused:
        show.as_json({"problems": list(map(asdict, refused.problems))}) if json else told.problems([], refused.problems)
        raise typer.Exit(1) from None
    except NotAllowed as refused:
        if json:
            show.as_json({"refused": str(refused)})
            raise typer.Exit(1) from None
        show.fail(str(refused))


@campaign.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(help="Campaign documents (YAML).")],
    store: Annotated[bool, typer.Option("--store", help="Keep them as checked versions, for an approval.")] = False,
    by: By = "",
    note: Note = "",
    json: Json = False,
) -> None:
    """Check campaign documents; needs no database, unless they are to be stored. Exit 1 when one has an error."""
    here = chosen_settings()
    book = law.load(*here.law_files, holidays=here.holidays)
    _, problems = campaigns.check(files, templates=here.templates, language=here.language, law=book)
    wrong = any(problem.severity == "error" for problem in problems)
    kept: list[str] = []
    if store and not wrong:
        with answering(json):
            kept = [campaigns.store(world(), file, author=by, note=note).sha for file in files]
    stored = {"stored": kept} if store else {}
    show.as_json({"problems": list(map(asdict, problems)), **stored}) if json else told.problems(files, problems)
    if kept and not json:
        show.out.print(f"Stored: {', '.join(sha[:12] for sha in kept)}. Somebody may approve within 24 hours.")
    raise typer.Exit(1 if wrong else 0)


@campaign.command("schema")
def schema_() -> None:
    """The JSON Schema of the document, for editors."""
    show.as_json(schema())


@campaign.command("show")
def show_(
    key: Key,
    version: Annotated[str | None, typer.Option(help="Beginning of a version's hash; default: the live one.")] = None,
    json: Json = False,
) -> None:
    """A campaign in words: what it says, its state, its people, its versions."""
    with answering(json):
        found = campaign_story.story(world(), key, version)
    show.as_json(found) if json else told_campaign.story(found)


@campaign.command("diff")
def diff(
    old: Annotated[str, typer.Argument(help="A file, a campaign's key, or KEY@HASH.")],
    new: Annotated[str, typer.Argument(help="What to compare it with.")],
    json: Json = False,
) -> None:
    """What differs between two versions, and how many people it would reach otherwise."""
    here = _world_if_any(old, new)
    with answering(json):
        one, other = comparing.document(here, old), comparing.document(here, new)
        effect = comparing.effect(here, one, other) if here else None
    found = differences(one, other)
    if json:
        show.as_json({"differences": list(map(asdict, found)), "effect": asdict(effect) if effect else None})
    else:
        told_campaign.differences(found, effect)


def _world_if_any(*documents: str) -> World | None:
    """Two files are compared without a database; where there is one, it tells whom the difference reaches."""
    url = chosen_settings().database
    there = not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).is_file()
    return world() if there or not all(Path(each).is_file() for each in documents) else None
