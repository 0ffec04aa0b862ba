"""How do people and results leave? `opportune export contacts|results FILE.csv`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from opportune.cli import show
from opportune.cli.common import Json, app, world
from opportune.work import export as out
from opportune.work.sheets import SheetError

What = Annotated[
    Literal["contacts", "results"], typer.Argument(help="Whom we know, or what was done and what came of it.")
]
File = Annotated[Path, typer.Argument(help="CSV file to write.")]
Campaign = Annotated[str | None, typer.Option(help="Only those in this campaign.")]
Layout = Annotated[
    str | None, typer.Option(help="Columns as hubspot, salesforce, pipedrive, bitrix24 or amocrm names them.")
]


@app.command()
def export(what: What, file: File, campaign: Campaign = None, layout: Layout = None, json: Json = False) -> None:
    """Write people or results into a CSV file that no spreadsheet takes for formulas."""
    here = world()
    try:
        write = out.contacts_to if what == "contacts" else out.results_to
        count = write(here, file, campaign=campaign, layout=layout)
    except SheetError as error:
        show.fail(str(error))
    if json:
        show.as_json({"file": str(file), "rows": count})
    else:
        show.out.print(f"{count:,} {what} written to {file}.", markup=False)
