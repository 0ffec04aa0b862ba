"""One person, once: who may be one, who was merged, and taking that back; and who does not fit."""

from __future__ import annotations

from typing import Annotated

import typer

from opportune.cli import show, told_people
from opportune.cli.common import Answers, By, Contact, Json, app, world
from opportune.work import duplicates, fits, one_person, undo_merge, whom

people = typer.Typer(no_args_is_help=True, help="One person, once: who may be one with whom; and who does not fit.")
app.add_typer(people, name="people")

Why = Annotated[str, typer.Option("--why", help="How you know; it is kept.")]


@people.command("same")
def same(
    look: Annotated[
        bool, typer.Option("--look", help="Compare everybody now, as each night: the sure ones merge.")
    ] = False,
    json: Json = False,
) -> None:
    """Who may be one person, the surest first, with the reasons."""
    here = world()
    tally = duplicates.find(here, here.clock.now()) if look else {}
    with here.db.read() as session:
        found = [told_people.pair(*each) for each in duplicates.queue(session)]
    show.as_json({"pairs": found, **tally}) if json else told_people.pairs(found, tally)


@people.command("merge")
def merge(keep: Contact, gone: Contact, by: Answers, why: Why) -> None:
    """These two are one person: everything of the second becomes the first one's."""
    try:
        done = one_person.by_hand(world(), keep, gone, by=by, why=why)
    except (whom.NotFound, one_person.CannotMerge) as refused:
        show.fail(str(refused))
    show.out.print(
        f"{done.gone_id} is one with {done.kept_id} now. To take it back: opportune people unmerge {done.id} --why …"
    )


@people.command("apart")
def apart(one: Contact, other: Contact, by: By = "") -> None:
    """These two are two people: nobody is asked about them again."""
    try:
        a, b = duplicates.apart(world(), one, other, by=by)
    except (whom.NotFound, one_person.CannotMerge) as refused:
        show.fail(str(refused))
    show.out.print(f"{a} and {b} are two people; you are not asked again.")


@people.command("merges")
def merges(json: Json = False) -> None:
    """Who was merged with whom, the last one first."""
    with world().db.read() as session:
        found = [told_people.merge(each) for each in undo_merge.listed(session)]
    show.as_json({"merges": found}) if json else told_people.merges(found)


@people.command("unmerge")
def unmerge(
    merge_id: Annotated[int, typer.Argument(metavar="ID", help="As `opportune people merges` shows it.")],
    why: Why,
    by: By = "",
) -> None:
    """They were two people after all: everything goes back, and a no stays a no of both."""
    try:
        done = undo_merge.by_hand(world(), merge_id, by=by, why=why)
    except one_person.CannotMerge as refused:
        show.fail(str(refused))
    show.out.print(f"{done.gone_id} and {done.kept_id} are two people again.")


@people.command("disqualify")
def disqualify(
    contact: Contact,
    by: Answers,
    why: Why,
    undo: Annotated[bool, typer.Option("--undo", help="They fit after all: every campaign decides anew.")] = False,
) -> None:
    """They do not fit, as you found out: nothing of ours leaves any more, in any campaign. What they ask for does."""
    act = fits.fits_after_all if undo else fits.disqualify
    try:
        campaigns = act(world(), contact, why=why, by=by)
    except (whom.NotFound, ValueError) as refused:
        show.fail(str(refused))
    told = "They fit after all" if undo else "They do not fit: nothing is planned for them any more"
    show.out.print(f"{told}. Decided anew in {campaigns:,} campaigns.", soft_wrap=True)
