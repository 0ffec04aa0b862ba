"""How do lists come in, and how is one taken back? `opportune import FILE`, `import list`, `import undo RUN`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from opportune.cli import show, told_lists
from opportune.cli.common import Json, app, must_sign, user_name, world
from opportune.store import imports
from opportune.work import dry_run as dry
from opportune.work import history_import, importing, places, registers, sheets, undo_import
from opportune.work.world import World

What = Annotated[str | None, typer.Argument(help="CSV or XLSX file of people; or `list`; or `undo` and a number.")]
Run = Annotated[int | None, typer.Argument(help="Number of the import to undo.")]
Country = Annotated[str | None, typer.Option(help="Country of local numbers without one, e.g. DE.")]
Basis = Annotated[str | None, typer.Option(help="Consent basis of the whole list, in your words.")]
BasisBy = Annotated[str | None, typer.Option("--basis-by", help="Who answers for the basis; default: you.")]
Document = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="File that shows it; its hash is kept.")
]
SaidNo = Annotated[Path | None, typer.Option(exists=True, help="CSV file of people who said no.")]
Register = Annotated[Path | None, typer.Option(exists=True, help="National do-not-call register, with --place.")]
Place = Annotated[str | None, typer.Option(help="Country of the register, e.g. US.")]
Source = Annotated[str | None, typer.Option(help="Name of the list; default: the file's name.")]
Bought = Annotated[bool, typer.Option("--bought", help="A bought list: quarantined (A14).")]
SheetName = Annotated[str | None, typer.Option(help="Sheet of a workbook; default: the first.")]
Mapping = Annotated[str | None, typer.Option(help="Mapping kept under this name, or its file.")]
SaveMapping = Annotated[str | None, typer.Option(help="Keep this list's mapping under a name.")]
Past = Annotated[Path | None, typer.Option("--history", exists=True, help="Calls and mails from before our time.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would happen and write nothing.")]


@app.command("import")
def import_(
    file: What = None, run: Run = None, country: Country = None, basis: Basis = None, basis_by: BasisBy = None,
    document: Document = None, said_no: SaidNo = None,
    register: Register = None, place: Place = None, source: Source = None, bought: Bought = False,
    sheet: SheetName = None, mapping: Mapping = None, save_mapping: SaveMapping = None, dry_run: DryRun = False,
    history: Past = None, json: Json = False,
) -> None:  # fmt: skip
    """Import people, people who said no, or both. Good rows go in, the others into a reject file with their reason."""
    here = world()
    if country and not (code := places.country_code(country)):
        show.fail(f"--country: {country!r} is not known; write a two-letter code such as DE, or its English name")
    country = code if country else None
    asked = {"country": country, "basis": basis, "source": source, "bought": bought, "sheet": sheet, "mapping": mapping}
    try:
        if file in ("list", "undo"):
            _look_back(here, file, run, json)
            return
        if history:
            _past(here, history, json)
            return
        if register and not dry_run:
            show.err.print(f"{registers.read(here, register, place):,} numbers of the register are closed for calls.")
        if not file and not said_no and not register:
            show.fail("name a CSV or XLSX file of people, or --said-no FILE of people who said no")
        if (basis_by or document) and not basis:
            show.fail("--basis-by and --document go with a basis: say it with --basis")
        if file and not Path(file).is_file():
            show.fail(f"{file}: there is no such file")
        if file and dry_run:
            _try(here, Path(file), said_no, asked, json)
        elif file or said_no:
            _take(here, file, said_no, save_mapping, asked | {"basis_by": basis_by, "document": document}, json)
    except (sheets.SheetError, undo_import.NoSuchRun) as error:
        show.fail(str(error))


def _take(
    here: World, file: str | None, said_no: Path | None, keep: str | None, asked: dict[str, Any], json: bool
) -> None:
    must_sign(here)
    if file:
        with show.progress("importing") as tell:
            result = importing.import_contacts(
                here, Path(file), said_no=said_no, save_mapping=keep, by=user_name(),
                progress=lambda done, total: tell(f"importing {done:,} of {total:,}", done / max(total, 1)), **asked,
            )  # fmt: skip
    elif said_no:
        result = importing.said_no_only(here, said_no, country=asked["country"])
    show.as_json(told_lists.import_json(result)) if json else told_lists.imported(result)


def _try(here: World, file: Path, said_no: Path | None, asked: dict[str, Any], json: bool) -> None:
    with show.progress("reading") as tell:
        result, samples = dry.dry_run(
            here, file, said_no=said_no, **asked,
            progress=lambda done, total: tell(f"reading {done:,} of {total:,}", done / max(total, 1)),
        )  # fmt: skip
    if json:
        show.as_json({"dry_run": True, **told_lists.import_json(result), "samples": samples})
    else:
        told_lists.imported(result)
        told_lists.samples(samples)


def _past(here: World, file: Path, json: bool) -> None:
    with show.progress("importing the past") as tell:
        found = history_import.import_history(
            here, file, by=user_name(),
            progress=lambda done, total: tell(f"importing {done:,} of {total:,}", done / max(total, 1)),
        )  # fmt: skip
    told_lists.history(found, json)


def _look_back(here: World, what: str, run: int | None, json: bool) -> None:
    if what == "list":
        with here.db.read() as session:
            told_lists.runs(imports.runs(session), json)
    elif run is None:
        show.fail("say which import to undo, like `opportune import undo 3`; see `opportune import list`")
    else:
        told_lists.undone(undo_import.undo(here, run), json)
