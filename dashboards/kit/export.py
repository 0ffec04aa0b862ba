"""How do the numbers of a chart leave as a file? From the function that feeds the chart, its definition on top.

    export.register("hours-heat", ["weekday", "half_hour", "tried", "answered"], heat_rows, "hours.heat_definition")

serves `/board/csv/hours-heat.csv` under the same choices as the page, and puts a CSV link on the chart of that name.
Column names are English: programs read them. What people typed can run in no spreadsheet.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

import flask

from dashboards.context import board, only_with_people
from dashboards.kit.choices import Choice, choice
from dashboards.kit.format import stamp
from dashboards.kit.said import t
from opportune.rules.facts import Instant
from opportune.store.db import Database
from opportune.work.export_text import harmless

RowsOf = Callable[[Database, Instant, Choice], Iterable[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class File:
    columns: Sequence[str]
    rows_of: RowsOf
    definition: str  # key of the message
    people: bool  # names persons: not for everybody
    values: Mapping[str, Any]  # of the definition


FILES: dict[str, File] = {}


def register(
    name: str,
    columns: Sequence[str],
    rows_of: RowsOf,
    definition: str,
    *,
    with_people: bool = False,
    **values: Any,
) -> None:
    """`values`: what the definition leaves to be filled in."""
    FILES[name] = File(columns, rows_of, definition, with_people, values)


def serve(name: str) -> flask.Response:
    """`?campaign=…&goal=…&period=…`, as on the page."""
    file = FILES.get(name) or flask.abort(404)
    if file.people:
        only_with_people()
    here, chosen = board(), choice(**flask.request.args.to_dict())
    now = here.clock()
    written = StringIO()
    rows = csv.writer(written)
    rows.writerows([[f"# {line}"] for line in _about(file, now, chosen)])
    rows.writerow(file.columns)
    rows.writerows([_cell(value) for value in row] for row in file.rows_of(here.db, now, chosen))
    named = {"Content-Disposition": f'attachment; filename="opportune-{name}.csv"'}
    return flask.Response(written.getvalue(), mimetype="text/csv", headers=named)


def _about(file: File, now: Instant, chosen: Choice) -> list[str]:
    practice = [t("common.practice_data")] if board().practice else []
    choices = [f"{name}: {value}" for name, value in chosen.address.items()]
    return [t(file.definition, **file.values), t("common.as_of", at=stamp(now)), *practice, *choices]


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    return "" if value is None else harmless(str(value))
