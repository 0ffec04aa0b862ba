"""The commands about segments (E6): count before keeping, merge what is tiny, split what is large; and fit (B15)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from opportune.cli import show, told, told_segments
from opportune.cli.campaign import Note, answering
from opportune.cli.common import By, Contact, Json, app, naming, world
from opportune.rules.segment import Segment, schema
from opportune.work import fit_story, fitting, segment_counts, segment_life, segment_sql, segments, whom
from opportune.work.world import World

segment = typer.Typer(no_args_is_help=True, help="Few and large groups of people, by typed conditions.")
app.add_typer(segment, name="segment")

File = Annotated[Path, typer.Argument(help="Segment document (YAML).")]
Key = Annotated[str, typer.Argument(help="Key of the segment.")]


@segment.command("list")
def list_(json: Json = False) -> None:
    """Every segment in use with its people as of now, and what to do about tiny and large ones."""
    _counted(world(), None, json)


@segment.command("show")
def show_(key: Key, json: Json = False) -> None:
    """The conditions of one segment, and how many people meet them now."""
    here = world()
    with answering(json), here.db.read() as session:
        found = segment_life.named(session, key)
    if not json:
        told_segments.conditions(found)
    _counted(here, [found], json)


@segment.command("count")
def count(file: File, json: Json = False) -> None:
    """How many people a document means now; nothing is kept."""
    here = world()
    _counted(here, [_checked(here, file, json)], json)


@segment.command("add")
def add(file: File, by: By = "", note: Note = "", json: Json = False) -> None:
    """Keep it: campaigns may name it. The same key again is its next version."""
    here = world()
    found = _checked(here, file, json)
    segment_life.keep(here, found, by=by, note=note)
    _counted(here, [found], json)
    with here.db.read() as session:
        told_segments.used(segment_life.used_by(session, found.key))


@segment.command("merge")
def merge(one: Key, other: Key, by: By = "", json: Json = False) -> None:
    """Whoever is in one of the two becomes one segment."""
    here = world()
    with answering(json):
        found = segment_life.merge(here, one, other, by=by)
    _counted(here, [found], json)


@segment.command("split")
def split(
    key: Key,
    field: Annotated[str, typer.Option("--by", help=f"One of {', '.join(segment_counts.FIELDS)}.")],
    who: Annotated[str, naming("--who", "Who does this, for the history.")] = "",
    json: Json = False,
) -> None:
    """One segment for each value that many people have, and one for everybody else."""
    here = world()
    with answering(json):
        found = segment_life.split(here, key, field, by=who)
    _counted(here, found, json)


@segment.command("suggest")
def suggest(json: Json = False) -> None:
    """Few and large groups of whoever was called: by outcome, customer or not, then by what they are."""
    with world().db.read() as session:
        found = segments.segments(session)
    show.as_json({"groups": list(map(asdict, found))}) if json else told_segments.groups(found)


@segment.command("completeness")
def completeness(json: Json = False) -> None:
    """Of how many people each field is known that tells a target customer (E12), and how many are one."""
    here = world()
    with here.db.read() as session:
        known, targets = fitting.completeness(session), fit_story.targets(here, session)
    show.as_json({"known": known, "targets": targets}) if json else told_segments.completeness(known, targets)


@segment.command("schema")
def schema_() -> None:
    """The JSON Schema of the document, for editors."""
    show.as_json(schema())


@app.command("fit")
def fit(contact: Contact, json: Json = False) -> None:
    """How much one person looks like our customers, and which known facts say so (B15)."""
    here = world()
    with here.db.read() as session:
        try:
            found = fit_story.story(here, session, whom.the_one(session, contact))
        except whom.NotFound as refused:
            show.fail(str(refused))
    show.as_json(asdict(found)) if json else told_segments.fit(found)


def _checked(here: World, file: Path, json: bool) -> Segment:
    found, problems = segment_life.check(here, file)
    if found is None:
        show.as_json({"problems": list(map(asdict, problems))}) if json else told.problems([file], problems)
        raise typer.Exit(1)
    return found


def _counted(here: World, chosen: Sequence[Segment] | None, json: bool) -> None:
    with here.db.read() as session:
        if chosen is None:
            chosen = [Segment.model_validate(row.document) for row in segment_sql.listed(session)]
        found = segment_counts.count(session, chosen, here.clock.now())
    show.as_json({"segments": list(map(asdict, found))}) if json else told_segments.counted(found)
